"""The client for threads."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Dict, Iterable, Iterator, List, Optional, Type

from . import _base
from ._base import OK, PENDING, OptionValue, PeerLike
from ._client import Connected
from ._errors import Detail, check, of_op
from ._ffi import ffi, lib
from ._files import Config
from ._pack import Data, pack, unpack
from ._signer import Signer
from ._threads import Endpoint, Flow, until_ended


class Stream(Flow):
    """A streamed answer: ``for chunk in stream``. Closing it early cancels it."""

    def read(self, timeout: Optional[float] = None) -> Optional[bytes]:
        """The next chunk, None after the last. Raises when the stream ended without success."""
        handle = self._read(timeout)
        if handle is None:
            if lib.ltn_op_status(self._open()) not in (OK, PENDING):
                raise of_op(self._open())
            return None
        return _base.take_bytes(handle)

    def end(self) -> None:
        """No chunk of ours follows."""
        detail = Detail()
        check(lib.ltn_op_end(self._open(), detail.ptr), detail)

    def close(self) -> None:
        """Lets go; cancels the rest. Harmless when repeated."""
        op, self._op = self._op, None
        if op is not None:
            ffi.release(op)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self.read()
        if chunk is None:
            raise StopIteration
        return chunk

    def __enter__(self) -> "Stream":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class Client(Endpoint):
    """Calls peers by their key. ``with Client(signer) as client:`` or ``start`` and ``close``."""

    def __init__(
        self,
        signer: Signer,
        *,
        config: Optional[Config] = None,
        log_level: Optional[str] = None,
        **options: OptionValue,
    ) -> None:
        super().__init__(signer, options, config, log_level)

    def start(self) -> "Client":
        """Starts; no connection is made yet. Raises ``ltn.Error`` when an option does not fit."""
        self._begin(self._start)
        return self

    def _start(self) -> None:
        detail = Detail()
        handle = self._make(lib.ltn_client_new, "ltn_client**", lib.ltn_client_free)
        self._configure(handle, lib.ltn_client_set, lib.ltn_client_set_config)
        check(lib.ltn_client_start(handle, detail.ptr), detail)
        self._handle = handle

    def close(self) -> None:
        """Ends what is outstanding, in whatever thread it waits, and waits until everything has."""
        self._shut(lib.ltn_client_stop, lib.ltn_client_wait)

    def __enter__(self) -> "Client":
        return self.start()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def set(self, name: str, value: OptionValue) -> None:
        """Sets an option; after start those that docs/options.md says change at any time."""
        if self._handle is None and not self._ended:
            _base.option_text(name, value)
            self._options[name] = value
            return
        _base.set_option(lib.ltn_client_set, self._live(), name, value)

    def _submit(
        self,
        what: int,
        peer: PeerLike,
        address: Optional[str],
        type: str,
        data: Data,
        timeout: Optional[float],
        flags: int = 0,
        chunk_timeout: Optional[float] = None,
        max_bytes: int = 0,
        priority: int = 0,
    ) -> Any:
        handle = self._live()
        key, where = _base.peer_argument(peer, address)
        name = _base.text_argument("type", type)
        body = pack(data)
        lent: Any = ffi.NULL
        if isinstance(body, bytes):
            if _base.should_lend(body):
                lent = _base.lend(body)
            view: Any = body
        else:
            view = ffi.from_buffer("uint8_t[]", body)
        out = ffi.new("ltn_op**")
        detail = Detail()
        status = lib.ltnpy_submit(
            handle,
            out,
            what,
            flags,
            key,
            where,
            name,
            len(name),
            view,
            len(view),
            lent,
            _base.milliseconds("timeout", timeout),
            0,
            _base.milliseconds("chunk_timeout", chunk_timeout),
            0,
            max_bytes,
            priority,
            detail.ptr,
        )
        if status != OK:
            detail.raise_for(status)
        return out[0]

    def call(
        self,
        peer: PeerLike,
        type: str,
        data: Data = None,
        *,
        address: Optional[str] = None,
        timeout: Optional[float] = None,
        priority: int = 0,
    ) -> Dict[str, Any]:
        """Asks a peer and returns its answer. ``timeout`` in seconds, over everything."""
        op = self._submit(0, peer, address, type, data, timeout, priority=priority)
        try:
            until_ended(op)
            return unpack(_base.op_buffer(op))
        finally:
            lib.ltn_op_free(op)

    def call_raw(
        self,
        peer: PeerLike,
        type: str,
        data: Data = None,
        *,
        address: Optional[str] = None,
        timeout: Optional[float] = None,
        priority: int = 0,
    ) -> memoryview:
        """As ``call``, but the answer stays MessagePack: a read-only view of the library's
        memory."""
        op = self._submit(0, peer, address, type, data, timeout, priority=priority)
        try:
            until_ended(op)
            out = ffi.new("ltn_bytes**")
            check(lib.ltn_op_data_retain(op, out))
            return _base.view_of(out[0])
        finally:
            lib.ltn_op_free(op)

    def stream(
        self,
        peer: PeerLike,
        type: str,
        data: Data = None,
        *,
        address: Optional[str] = None,
        timeout: Optional[float] = None,
        chunk_timeout: Optional[float] = None,
        max_bytes: int = 0,
        send: bool = False,
        priority: int = 0,
    ) -> Stream:
        """Asks for a streamed answer; iterate it, best inside ``with``. Times in seconds."""
        flags = 2 if send else 0
        return Stream(
            self._submit(
                1, peer, address, type, data, timeout, flags, chunk_timeout, max_bytes, priority
            )
        )

    def connect(
        self, peer: PeerLike, address: Optional[str] = None, *, timeout: Optional[float] = None
    ) -> Connected:
        """Reaches a peer and lets it prove its key, without asking it anything."""
        op = self._submit(2, peer, address, "", None, timeout)
        try:
            until_ended(op)
            rtt, setup = _base.op_number(op, "RTT_NS"), _base.op_number(op, "SETUP_NS")
            return Connected(
                _base.op_text(op, "HOTKEY") or "",
                _base.op_text(op, "ADDRESS") or "",
                _base.op_text(op, "ALPN") or "",
                _base.op_text(op, "FINGERPRINT") or "",
                None if rtt is None else rtt / 1e9,
                None if setup is None else setup / 1e9,
            )
        finally:
            lib.ltn_op_free(op)

    def registry_set(self, peers: Iterable[PeerLike]) -> List[Optional[Exception]]:
        """Sets the complete list of peers; one outcome each, None when it is proved and
        connected."""
        op, _, count = _base.registry(self._live(), list(peers))
        try:
            until_ended(op)
            return _base.outcomes(op, count)
        finally:
            lib.ltn_op_free(op)

    def peers(self) -> List[_base.PeerInfo]:
        """How every known peer is doing, as of now."""
        return _base.peers(lib.ltn_client_peers, self._live())

    def metrics(self) -> List[_base.Metric]:
        """All numbers and histograms, as of now."""
        return _base.metrics(lib.ltn_client_metrics, self._live())

    def stat(self, name: str) -> int:
        """One counter of docs/options.md by its name."""
        return _base.stat(lib.ltn_client_stat, self._live(), name)

    def connection_stats(self) -> Dict[str, str]:
        """State of the connections as texts, in the form of the package `btlightning`."""
        return _base.text_map(lib.ltn_client_connection_stats, self._live())
