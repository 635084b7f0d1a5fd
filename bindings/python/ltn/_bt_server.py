"""`LightningServer` of the package `btlightning`, over the blocking server."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Any, Callable, Dict, Iterable, Iterator, Optional

from . import _bt_rules as rules
from . import _bt_values as values
from ._blocking_server import Request, Server
from ._bt_client import wallet_signer
from ._errors import Error
from ._signer import Signer

# Handlers run on threads that are made as they are needed, up to this many.
_MOST_THREADS = 512


class RustLightningServer:
    """The native class, with its positional arguments."""

    def __init__(
        self,
        miner_hotkey: str,
        host: str,
        port: int,
        max_signature_age_secs: Optional[int] = None,
        idle_timeout_secs: Optional[int] = None,
        keep_alive_interval_secs: Optional[int] = None,
        nonce_cleanup_interval_secs: Optional[int] = None,
        max_connections: Optional[int] = None,
        max_nonce_entries: Optional[int] = None,
        handshake_timeout_secs: Optional[int] = None,
        max_handshake_attempts_per_minute: Optional[int] = None,
        max_concurrent_bidi_streams: Optional[int] = None,
        require_validator_permit: Optional[bool] = None,
        validator_permit_refresh_secs: Optional[int] = None,
        handler_timeout_secs: Optional[int] = None,
        max_frame_payload_bytes: Optional[int] = None,
    ) -> None:
        self._hotkey = rules.text(miner_hotkey)
        self._listen = f"{rules.text(host)}:{rules.whole(port, 65535)}"
        self._permit_needed = bool(require_validator_permit)
        self._settings = rules.server_settings(
            {
                "max_signature_age_secs": max_signature_age_secs,
                "idle_timeout_secs": idle_timeout_secs,
                "keep_alive_interval_secs": keep_alive_interval_secs,
                "nonce_cleanup_interval_secs": nonce_cleanup_interval_secs,
                "max_connections": max_connections,
                "max_nonce_entries": max_nonce_entries,
                "handshake_timeout_secs": handshake_timeout_secs,
                "max_handshake_attempts_per_minute": max_handshake_attempts_per_minute,
                "max_concurrent_bidi_streams": max_concurrent_bidi_streams,
                "validator_permit_refresh_secs": validator_permit_refresh_secs,
                "handler_timeout_secs": handler_timeout_secs,
                "max_frame_payload_bytes": max_frame_payload_bytes,
            }
        )
        self._signer: Optional[Signer] = None
        self._resolver: Optional[Callable[[], Any]] = None
        self._handlers: Dict[str, "tuple[Any, bool]"] = {}
        self._server: Optional[Server] = None
        self._lock = threading.RLock()

    def set_miner_keypair(self, keypair_seed: Any) -> None:
        self._signer = Signer.from_seed(rules.seed(keypair_seed))

    def set_miner_wallet(
        self,
        wallet_name: str = "default",
        wallet_path: str = "~/.bittensor/wallets",
        hotkey_name: str = "default",
    ) -> None:
        self._signer = wallet_signer(wallet_name, os.path.expanduser(wallet_path), hotkey_name)

    def set_validator_permit_resolver(self, callback: Callable[[], Any]) -> None:
        """`callback` takes nothing and returns a set of hotkeys."""
        self._resolver = callback

    def _permits(self) -> Iterable[str]:
        if self._resolver is None:
            raise RuntimeError("no ValidatorPermitResolver is configured")
        try:
            found = self._resolver()
        except Exception as error:
            raise RuntimeError(f"Python permit resolver call failed: {error}") from error
        if not isinstance(found, (set, frozenset)) or not all(
            isinstance(one, str) for one in found
        ):
            raise RuntimeError(
                f"Failed to extract validator set from Python: got {type(found).__name__}"
            )
        return found

    # ---- Handlers.

    def register_synapse_handler(
        self, synapse_type: str, handler: Callable[[Dict[str, Any]], Dict[str, Any]]
    ) -> None:
        def answer(request: Request) -> bytes:
            try:
                result = handler(values.unpack(request.raw))
            except Exception as error:
                raise RuntimeError(f"Python handler error: {error}") from error
            if not isinstance(result, dict):
                raise RuntimeError(
                    f"Python handler error: expected dict, came {type(result).__name__}"
                )
            return values.pack(result)

        self._register(rules.text(synapse_type), answer, False)

    def register_streaming_handler(
        self, synapse_type: str, handler: Callable[[Dict[str, Any]], Iterable[bytes]]
    ) -> None:
        def answer(request: Request) -> Iterator[bytes]:
            try:
                result = handler(values.unpack(request.raw))
            except Exception as error:
                raise RuntimeError(f"Python handler error: {error}") from error
            try:
                chunks = iter(result)
            except TypeError as error:
                raise RuntimeError(f"Python handler must return an iterable: {error}") from error
            while True:
                try:
                    chunk = next(chunks)
                except StopIteration:
                    return
                except Exception as error:
                    raise RuntimeError(f"Python iterator error: {error}") from error
                if not isinstance(chunk, (bytes, bytearray)):
                    raise RuntimeError(
                        f"Streaming handler must yield bytes: got {type(chunk).__name__}"
                    )
                yield bytes(chunk)

        self._register(rules.text(synapse_type), answer, True)

    def _register(self, name: str, answer: Any, stream: bool) -> None:
        with self._lock:
            self._handlers[name] = (answer, stream)
            if self._server is not None:
                self._server._register(name, answer, stream)

    # ---- Life.

    def start(self) -> None:
        with self._lock:
            if self._server is not None:
                self.stop()
            if self._signer is None:
                raise RuntimeError("signing error: No signer configured")
            options: Dict[str, Any] = {
                name: value for name, value in self._settings.items() if value is not None
            }
            server = Server(
                self._signer,
                workers=_MOST_THREADS,
                listen=self._listen,
                ss58_any_prefix=True,
                require_validator_permit=self._permit_needed,
                **options,
            )
            for name, (answer, stream) in self._handlers.items():
                server._register(name, answer, stream)
            if self._permit_needed:
                server.resolve_permits(self._permits)
            try:
                server.start()
            except Error as error:
                if error.category == "config":
                    rules.raise_as_original(error)
                raise ValueError(
                    f"config error: Failed to create QUIC endpoint: {error.text}"
                ) from None
            self._server = server

    def serve_forever(self) -> None:
        server = self._server
        if server is None:
            rules.refuse("server not started: call start() first")
        if self._permit_needed and self._resolver is None:
            rules.refuse(
                "require_validator_permit is enabled but no ValidatorPermitResolver is configured"
            )
        server.serve_forever()

    def stop(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()

    def get_connection_stats(self) -> Dict[str, str]:
        server = self._server
        try:
            if server is not None:
                return server.connection_stats()
        except Error:
            pass
        return {"total_connections": "0", "verified_connections": "0"}

    def cleanup_stale_connections(self, max_idle_seconds: int) -> None:
        idle = rules.whole(max_idle_seconds, rules.U64)
        server = self._server
        if server is not None:
            server.sweep(max(idle, 0.001))


class LightningServer:
    """A server that answers validators."""

    def __init__(
        self,
        miner_hotkey: str,
        host: str = "0.0.0.0",
        port: int = 8443,
        max_signature_age_secs: Optional[int] = None,
        idle_timeout_secs: Optional[int] = None,
        keep_alive_interval_secs: Optional[int] = None,
        nonce_cleanup_interval_secs: Optional[int] = None,
        max_nonce_entries: Optional[int] = None,
        max_frame_payload_bytes: Optional[int] = None,
    ) -> None:
        self._rust_server = RustLightningServer(
            miner_hotkey,
            host,
            port,
            max_signature_age_secs=max_signature_age_secs,
            idle_timeout_secs=idle_timeout_secs,
            keep_alive_interval_secs=keep_alive_interval_secs,
            nonce_cleanup_interval_secs=nonce_cleanup_interval_secs,
            max_nonce_entries=max_nonce_entries,
            max_frame_payload_bytes=max_frame_payload_bytes,
        )
        self.miner_hotkey = miner_hotkey
        self.host = host
        self.port = port

    def set_miner_keypair(self, keypair_seed: bytes) -> None:
        self._rust_server.set_miner_keypair(keypair_seed)

    def set_miner_wallet(
        self,
        wallet_name: str = "default",
        wallet_path: str = "~/.bittensor/wallets",
        hotkey_name: str = "default",
    ) -> None:
        self._rust_server.set_miner_wallet(wallet_name, wallet_path, hotkey_name)

    def register_synapse_handler(
        self, synapse_type: str, handler: Callable[[Dict[str, Any]], Dict[str, Any]]
    ) -> None:
        self._rust_server.register_synapse_handler(synapse_type, handler)

    def register_streaming_handler(
        self, synapse_type: str, handler: Callable[[Dict[str, Any]], Iterable[bytes]]
    ) -> None:
        self._rust_server.register_streaming_handler(synapse_type, handler)

    def start(self) -> None:
        self._rust_server.start()

    def serve_forever(self) -> None:
        self._rust_server.serve_forever()

    def stop(self) -> None:
        self._rust_server.stop()

    def get_connection_stats(self) -> Any:
        return self._rust_server.get_connection_stats()

    def cleanup_stale_connections(self, max_idle_seconds: int = 300) -> None:
        self._rust_server.cleanup_stale_connections(max_idle_seconds)

    def __del__(self) -> None:
        try:
            if hasattr(self, "_rust_server"):
                self.stop()
        except Exception:
            sys.stderr.write("LightningServer.__del__: " + traceback.format_exc())
