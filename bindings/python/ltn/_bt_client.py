"""`Lightning`, the client of the package `btlightning`, over the blocking client."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import _base
from . import _bt_rules as rules
from . import _bt_values as values
from ._blocking_client import Client, Stream
from ._errors import ClosedError, Error
from ._ffi import lib
from ._loop import logger
from ._signer import Signer
from ._threads import until_ended


def wallet_signer(name: str, path: str, hotkey: str) -> Signer:
    try:
        return Signer.from_wallet(name, hotkey, path)
    except Error as error:
        raise ValueError(f"config error: failed to load hotkey from wallet: {error.text}") from None


class PyStreamingResponse:
    """Chunks of a streamed answer. Once it has ended it stays so."""

    _stream: Stream

    def __new__(cls, *args: Any, **kwargs: Any) -> "PyStreamingResponse":
        raise TypeError("No constructor defined")

    @classmethod
    def _of(cls, stream: Stream) -> "PyStreamingResponse":
        made = object.__new__(cls)
        made._stream = stream
        return made

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._stream.read()
        except Error as error:
            rules.raise_as_original(error)
        if chunk is None:
            raise StopIteration
        return chunk


class RustLightning:
    """The native class, with its positional arguments."""

    def __init__(
        self,
        wallet_hotkey: str,
        connect_timeout_secs: Optional[int] = None,
        idle_timeout_secs: Optional[int] = None,
        keep_alive_interval_secs: Optional[int] = None,
        reconnect_initial_backoff_secs: Optional[int] = None,
        reconnect_max_backoff_secs: Optional[int] = None,
        reconnect_max_retries: Optional[int] = None,
        max_connections: Optional[int] = None,
        max_frame_payload_bytes: Optional[int] = None,
        max_stream_payload_bytes: Optional[int] = None,
        stream_chunk_timeout_secs: Optional[int] = None,
    ) -> None:
        self._hotkey = rules.text(wallet_hotkey)
        self._settings = rules.client_settings(
            {
                "connect_timeout_secs": connect_timeout_secs,
                "idle_timeout_secs": idle_timeout_secs,
                "keep_alive_interval_secs": keep_alive_interval_secs,
                "reconnect_initial_backoff_secs": reconnect_initial_backoff_secs,
                "reconnect_max_backoff_secs": reconnect_max_backoff_secs,
                "reconnect_max_retries": reconnect_max_retries,
                "max_connections": max_connections,
                "max_frame_payload_bytes": max_frame_payload_bytes,
                "max_stream_payload_bytes": max_stream_payload_bytes,
                "stream_chunk_timeout_secs": stream_chunk_timeout_secs,
            }
        )
        self._signer: Optional[Signer] = None
        self._signer_failure: Optional[str] = None
        self._client: Optional[Client] = None
        self._endpoint = False
        self._miners: Dict[str, str] = {}
        self._lock = threading.RLock()

    # ---- Who we are.

    def set_validator_keypair(self, keypair_seed: Any) -> None:
        self._set_signer(Signer.from_seed(rules.seed(keypair_seed)))

    def set_python_signer(self, signer_callback: Callable[[bytes], bytes]) -> None:
        if not callable(signer_callback):
            raise TypeError(f"'{type(signer_callback).__name__}' object is not callable")

        def sign(message: bytes) -> bytes:
            try:
                signature = signer_callback(message)
            except Exception as error:
                self._signer_failure = f"Python signer call failed: {type(error).__name__}: {error}"
                raise
            try:
                signature = bytes(signature)
            except Exception as error:
                self._signer_failure = f"Failed to extract signature bytes: {error}"
                raise
            self._signer_failure = None
            return signature

        try:
            key = _base.decode_hotkey(self._hotkey, any_prefix=True)
        except Error:
            # As there, a hotkey that is none is only found out by whom it is shown to.
            key = Signer.from_seed(_base.generate_seed()).key
        self._set_signer(Signer.from_callback(key, sign))

    def set_wallet(
        self,
        wallet_name: str = "default",
        wallet_path: str = "~/.bittensor/wallets",
        hotkey_name: str = "default",
    ) -> None:
        self._set_signer(wallet_signer(wallet_name, os.path.expanduser(wallet_path), hotkey_name))

    def _set_signer(self, signer: Signer) -> None:
        with self._lock:
            self._signer = signer
            self._drop()

    # ---- Connections.

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _live(self) -> Client:
        """The client, made anew when it was closed or its signer failed at first."""
        with self._lock:
            if not self._endpoint:
                raise ConnectionError("connection error: QUIC endpoint not initialized")
            if self._signer is None:
                raise RuntimeError("signing error: No signer configured")
            if self._client is None:
                options: Dict[str, Any] = {
                    name: value for name, value in self._settings.items() if value is not None
                }
                if options.get("stream_chunk_timeout_secs") == 0:
                    del options["stream_chunk_timeout_secs"]
                client = Client(self._signer, ss58_any_prefix=True, **options)
                try:
                    client.start()
                except Error as error:
                    if error.category == "config":
                        rules.raise_as_original(error)
                    raise ConnectionError(
                        f"connection error: Failed to create QUIC endpoint: {error.text}"
                    ) from None
                self._client = client
            return self._client

    def initialize_connections(self, miners: List[Dict[str, Any]]) -> None:
        self._connect(rules.axons(miners), replace=False)

    def update_miner_registry(self, miners: List[Dict[str, Any]]) -> None:
        found = rules.axons(miners)
        if not self._endpoint:
            raise ConnectionError("connection error: QUIC endpoint not initialized")
        self._connect(found, replace=True)

    def _connect(self, found: List[rules.Axon], replace: bool) -> None:
        with self._lock:
            if self._signer is None:
                raise RuntimeError("signing error: No signer configured")
            self._endpoint = True
            client = self._live()
            if replace:
                self._miners.clear()
            self._miners.update({axon.hotkey: axon.address for axon in found})
            entries = list(self._miners.items())
        try:
            for entry, outcome in zip(entries, client.registry_set(entries)):
                if outcome is not None:
                    logger.warning("%s at %s: %s", entry[0], entry[1], outcome)
        except Error as error:
            # Nobody reached is no failure of this call; the next query tells.
            logger.warning("connecting failed: %s", error.text)

    # ---- Queries.

    def query_axon(
        self,
        axon_info: Dict[str, Any],
        request: Dict[str, Any],
        timeout_secs: Optional[float] = None,
    ) -> Dict[str, Any]:
        axon = rules.axon(axon_info)
        name, data = rules.request(request)
        timeout = rules.timeout(timeout_secs)
        op = self._submit(0, axon, name, values.pack(data), timeout)
        try:
            failure = self._outcome(op)
            taken = _base.op_number(op, "NETWORK_NS")
            answer = {} if failure is not None else values.unpack(_base.op_buffer(op))
            return {
                "success": failure is None,
                "data": answer,
                "latency_ms": (taken or 0) / 1e6,
                "error": failure,
            }
        finally:
            lib.ltn_op_free(op)

    def _submit(
        self, what: int, axon: rules.Axon, name: str, body: bytes, timeout: Optional[float]
    ) -> Any:
        for last in (False, True):
            client = self._live()
            try:
                return client._submit(
                    what,
                    (axon.hotkey, axon.address),
                    None,
                    name,
                    body,
                    float("inf") if timeout is None else timeout,
                )
            except ClosedError:
                self._signer_failed()
                # Closed by another thread, or by a self-test that failed: once more with a new one.
                with self._lock:
                    if self._client is client:
                        self._drop()
                if last:
                    raise ConnectionError("connection error: closed") from None
            except Error as error:
                self._signer_failed()
                rules.raise_as_original(error)
        raise AssertionError

    def _outcome(self, op: Any) -> Optional[str]:
        """None for success, the peer's text for its failure; raises for all others."""
        try:
            until_ended(op)
        except Error as error:
            if error.code == "HANDLER":
                prefix = "handler error: "
                return error.text[len(prefix) :] if error.text.startswith(prefix) else error.text
            self._signer_failed()
            rules.raise_as_original(error)
        return None

    def _signer_failed(self) -> None:
        if self._signer_failure is not None:
            raise RuntimeError(f"signing error: {self._signer_failure}") from None

    def query_axon_stream(
        self, axon_info: Dict[str, Any], request: Dict[str, Any]
    ) -> PyStreamingResponse:
        axon = rules.axon(axon_info)
        name, data = rules.request(request)
        op = self._submit(1, axon, name, values.pack(data), None)
        return PyStreamingResponse._of(Stream(op))

    def get_connection_stats(self) -> Dict[str, str]:
        client = self._client
        if client is None:
            return {"total_connections": "0", "active_miners": "0"}
        try:
            return client.connection_stats()
        except Error:
            return {"total_connections": "0", "active_miners": "0"}

    def close_all_connections(self) -> None:
        with self._lock:
            self._miners.clear()
            self._drop()


class Lightning:
    """A client that queries miners over persistent connections."""

    def __init__(
        self,
        wallet_hotkey: str,
        connect_timeout_secs: Optional[int] = None,
        idle_timeout_secs: Optional[int] = None,
        keep_alive_interval_secs: Optional[int] = None,
        reconnect_initial_backoff_secs: Optional[int] = None,
        reconnect_max_backoff_secs: Optional[int] = None,
        reconnect_max_retries: Optional[int] = None,
        max_frame_payload_bytes: Optional[int] = None,
        max_stream_payload_bytes: Optional[int] = None,
    ) -> None:
        self.wallet_hotkey = wallet_hotkey
        self._rust_client = RustLightning(
            wallet_hotkey,
            connect_timeout_secs=connect_timeout_secs,
            idle_timeout_secs=idle_timeout_secs,
            keep_alive_interval_secs=keep_alive_interval_secs,
            reconnect_initial_backoff_secs=reconnect_initial_backoff_secs,
            reconnect_max_backoff_secs=reconnect_max_backoff_secs,
            reconnect_max_retries=reconnect_max_retries,
            max_frame_payload_bytes=max_frame_payload_bytes,
            max_stream_payload_bytes=max_stream_payload_bytes,
        )

    def set_validator_keypair(self, keypair_seed: bytes) -> None:
        self._rust_client.set_validator_keypair(keypair_seed)

    def set_python_signer(self, signer_callback: Callable[[bytes], bytes]) -> None:
        self._rust_client.set_python_signer(signer_callback)

    def set_wallet(
        self,
        wallet_name: str = "default",
        wallet_path: str = "~/.bittensor/wallets",
        hotkey_name: str = "default",
    ) -> None:
        self._rust_client.set_wallet(wallet_name, wallet_path, hotkey_name)

    def initialize_connections(self, miners: List[Any]) -> None:
        self._rust_client.initialize_connections(miners)

    def query_axon(self, axon_info: Any, request: Any, timeout_secs: Optional[float] = None) -> Any:
        return self._rust_client.query_axon(axon_info, request, timeout_secs)

    def query_axon_stream(self, axon_info: Any, request: Any) -> PyStreamingResponse:
        return self._rust_client.query_axon_stream(axon_info, request)

    def update_miner_registry(self, miners: List[Any]) -> None:
        self._rust_client.update_miner_registry(miners)

    def get_connection_stats(self) -> Any:
        return self._rust_client.get_connection_stats()

    def close(self) -> None:
        self._rust_client.close_all_connections()

    def __del__(self) -> None:
        try:
            if hasattr(self, "_rust_client"):
                self.close()
        except Exception:
            sys.stderr.write("Lightning.__del__: " + traceback.format_exc())
