"""The client under asyncio."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Type

from . import _base
from ._base import OK, OptionValue, PeerLike
from ._endpoint import Endpoint
from ._errors import check, of_op
from ._ffi import ffi, lib
from ._files import Config
from ._flow import Stream, Upload
from ._loop import Waiter
from ._pack import Data, pack, unpack
from ._runtime import Runtime
from ._signer import Signer

_SEND = 2


class Connected(NamedTuple):
    """What is known of a peer after ``connect``. Times are seconds."""

    hotkey: str
    address: str
    protocol: str
    fingerprint: str
    rtt: Optional[float]
    setup: Optional[float]


class Client(Endpoint):
    """Calls peers by their key. ``async with Client(signer) as client:`` or ``start`` and
    ``close``.

    Options are those of docs/options.md, by name. The client belongs to the loop that started it.
    """

    def __init__(
        self,
        signer: Signer,
        *,
        runtime: Optional[Runtime] = None,
        config: Optional[Config] = None,
        **options: OptionValue,
    ) -> None:
        super().__init__(signer, runtime, config, options)

    async def start(self) -> "Client":
        """Starts on the running loop; no connection is made yet. Raises ``ltn.Error`` when an
        option does not fit."""
        handle = self._make(lib.ltn_client_new, "ltn_client**", lib.ltn_client_free)
        driver = self._running()
        try:
            self._configure(handle, lib.ltn_client_set, lib.ltn_client_set_config)
            check(lib.ltn_client_deliver_queue(handle, driver.queue))
            check(lib.ltn_client_start(handle, driver.detail.ptr), driver.detail)
        except BaseException:
            ffi.release(handle)
            self._unmake()
            raise
        self._handle = handle
        self._watch_closed()
        driver.started()
        return self

    async def close(self) -> None:
        """Ends what is outstanding and waits until everything has."""
        await self._shut(lib.ltn_client_stop)

    async def __aenter__(self) -> "Client":
        return await self.start()

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

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
        first_chunk_timeout: Optional[float] = None,
        chunk_timeout: Optional[float] = None,
        window_bytes: int = 0,
        max_bytes: int = 0,
        priority: int = 0,
    ) -> Any:
        handle, driver = self._live(), self._running()
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
        status = lib.ltnpy_submit(
            handle,
            driver.out_op,
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
            _base.milliseconds("first_chunk_timeout", first_chunk_timeout),
            _base.milliseconds("chunk_timeout", chunk_timeout),
            window_bytes,
            max_bytes,
            priority,
            driver.detail.ptr,
        )
        if status != OK:
            raise driver.detail.error(status)
        driver.kick()
        return driver.out_op[0]

    async def _ended_op(self, op: Any) -> None:
        """Waits for the end of an operation; the caller frees it, which cancels what has not
        ended."""
        driver = self._running()
        waiter = Waiter(driver.loop)
        key = driver.hold(op, waiter)
        try:
            status = await driver.wait(waiter.future)
        finally:
            del driver.ops[key]
        if status != OK:
            raise of_op(op)

    async def call(
        self,
        peer: PeerLike,
        type: str,
        data: Data = None,
        *,
        address: Optional[str] = None,
        timeout: Optional[float] = None,
        priority: int = 0,
    ) -> Dict[str, Any]:
        """Asks a peer and returns its answer. Cancelling the task cancels the call.

        ``timeout`` is in seconds over everything; None takes ``default_timeout_ms``, ``math.inf``
        waits without end.
        """
        op = self._submit(0, peer, address, type, data, timeout, priority=priority)
        driver = self._running()
        try:
            await self._ended_op(op)
            out, length = driver.out_data, driver.out_len
            check(lib.ltn_op_data(op, out, length))
            return unpack(ffi.buffer(out[0], length[0]))
        finally:
            driver.free(op)

    async def call_raw(
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
        driver = self._running()
        try:
            await self._ended_op(op)
            check(lib.ltn_op_data_retain(op, driver.out_bytes))
            return _base.view_of(driver.out_bytes[0])
        finally:
            driver.free(op)

    def stream(
        self,
        peer: PeerLike,
        type: str,
        data: Data = None,
        *,
        address: Optional[str] = None,
        timeout: Optional[float] = None,
        first_chunk_timeout: Optional[float] = None,
        chunk_timeout: Optional[float] = None,
        window_bytes: int = 0,
        max_bytes: int = 0,
        send: bool = False,
        priority: int = 0,
    ) -> Stream:
        """Asks for a streamed answer; iterate it, best inside ``async with``."""
        op = self._submit(
            1,
            peer,
            address,
            type,
            data,
            timeout,
            _SEND if send else 0,
            first_chunk_timeout,
            chunk_timeout,
            window_bytes,
            max_bytes,
            priority,
        )
        return Stream(self._running(), op)

    def upload(
        self,
        peer: PeerLike,
        type: str,
        data: Data = None,
        *,
        address: Optional[str] = None,
        timeout: Optional[float] = None,
        priority: int = 0,
    ) -> Upload:
        """A call whose request is followed by chunks; needs a peer that speaks btlightning/2."""
        op = self._submit(0, peer, address, type, data, timeout, _SEND, priority=priority)
        return Upload(self._running(), op)

    async def connect(
        self,
        peer: PeerLike,
        address: Optional[str] = None,
        *,
        timeout: Optional[float] = None,
    ) -> Connected:
        """Reaches a peer and lets it prove its key, without asking it anything."""
        op = self._submit(2, peer, address, "", None, timeout)
        driver = self._running()
        try:
            await self._ended_op(op)
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
            driver.free(op)

    async def registry_set(self, peers: Iterable[PeerLike]) -> List[Optional[Exception]]:
        """Sets the complete list of peers to keep connected.

        Returns one entry per peer: None when it is proved and connected, otherwise why not.
        """
        op, _, count = _base.registry(self._live(), list(peers))
        driver = self._running()
        driver.kick()
        try:
            await self._ended_op(op)
            return _base.outcomes(op, count)
        finally:
            driver.free(op)

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
