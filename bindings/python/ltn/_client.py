"""The client under asyncio."""

from __future__ import annotations

import asyncio
import warnings
from types import TracebackType
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Type

from . import _base, _generated
from ._base import EMPTY, FULL, OK, PENDING, OptionValue, PeerLike
from ._errors import ClosedError, Detail, check, of_op
from ._ffi import ffi, lib
from ._loop import Driver, Waiter, driver_of_loop, logger
from ._pack import Buffer, Data, pack, unpack
from ._signer import Signer, SignFunction, answer_signature, sign_on_loop

_OP_DONE = _generated.EVENTS["OP_DONE"]
_READABLE = _generated.EVENTS["READABLE"]
_WRITABLE = _generated.EVENTS["WRITABLE"]
_CLOSED = _generated.EVENTS["CLOSED"]
_COLLECT, _SEND = 1, 2


class Connected(NamedTuple):
    """What is known of a peer after ``connect``. Times are seconds."""

    hotkey: str
    address: str
    protocol: str
    fingerprint: str
    rtt: Optional[float]
    setup: Optional[float]


class Flow:
    """Reading and sending chunks on one operation, at the pace of the other side."""

    def __init__(self, driver: Driver, op: Any) -> None:
        self._driver = driver
        self._op = op
        self._key = driver.hold(op, self)
        self._status: Optional[int] = None
        self._wakers: Dict[int, asyncio.Future[int]] = {}

    def event(self, kind: int, status: int) -> None:
        if kind == _OP_DONE:
            self._status = status
            wakers = list(self._wakers.values())
        else:
            wakers = [self._wakers[kind]] if kind in self._wakers else []
        for waker in wakers:
            if not waker.done():
                waker.set_result(status)

    async def _until(self, kind: int) -> None:
        if kind in self._wakers:
            raise RuntimeError("expected one task at a time on this side of the stream, got two")
        self._wakers[kind] = self._driver.loop.create_future()
        try:
            await self._driver.wait(self._wakers[kind])
        finally:
            del self._wakers[kind]

    def _handle(self) -> Any:
        if self._op is None:
            raise ClosedError()
        return self._op

    async def _read_handle(self) -> Any:
        """The next chunk as an ltn_bytes that is ours, or None after the last."""
        out = self._driver.out_bytes
        while True:
            status = lib.ltn_op_read(self._handle(), out, 0)
            if status == OK:
                self._driver.kick()
                return out[0]
            if status == EMPTY:
                return None
            if status != PENDING:
                check(status)
            await self._until(_READABLE)

    async def _send(self, chunk: Buffer) -> None:
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected a chunk as bytes, got {type(chunk).__name__}")
        detail = Detail()
        lent = _base.lend(chunk) if isinstance(chunk, bytes) and _base.should_lend(chunk) else None
        while True:
            if lent is not None:
                status = lib.ltn_op_send_bytes(self._handle(), lent, 0, detail.ptr)
            else:
                data = ffi.from_buffer("uint8_t[]", chunk)
                status = lib.ltn_op_send(self._handle(), data, len(data), 0, detail.ptr)
            if status == OK:
                self._driver.kick()
                return
            if status != FULL:
                detail.raise_for(status)
            await self._until(_WRITABLE)

    def _let_go(self) -> None:
        if self._op is not None:
            op, self._op = self._op, None
            del self._driver.ops[self._key]
            self._driver.free(op)
            for waker in self._wakers.values():
                if not waker.done():
                    waker.set_result(0)

    def __del__(self) -> None:
        # The collector may run on any thread: the loop's own lets go, unless it is gone.
        if getattr(self, "_op", None) is not None:
            try:
                self._driver.loop.call_soon_threadsafe(self._let_go)
            except RuntimeError:
                lib.ltn_op_free(self._op)


class Stream(Flow):
    """A streamed answer: ``async for chunk in stream``. Leaving it early cancels it.

    With ``send=True`` chunks go the other way too: ``send`` and then ``end``.
    """

    async def read(self) -> Optional[bytes]:
        """The next chunk, None after the last. Raises when the stream ended without success."""
        handle = await self._read_handle()
        if handle is None:
            self._finish()
            return None
        return _base.take_bytes(handle)

    async def read_view(self) -> Optional[memoryview]:
        """As ``read`` without a copy: a read-only view that keeps the library's own memory."""
        handle = await self._read_handle()
        if handle is None:
            self._finish()
            return None
        return _base.view_of(handle)

    def _finish(self) -> None:
        status = lib.ltn_op_status(self._handle())
        if status not in (OK, PENDING):
            raise of_op(self._op)

    async def send(self, chunk: Buffer) -> None:
        await self._send(chunk)

    async def end(self) -> None:
        """No chunk of ours follows."""
        detail = Detail()
        check(lib.ltn_op_end(self._handle(), detail.ptr), detail)
        self._driver.kick()

    def cancel(self) -> None:
        """Tells the peer that nobody wants the rest."""
        self._let_go()

    async def close(self) -> None:
        self._let_go()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> bytes:
        chunk = await self.read()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def __aenter__(self) -> "Stream":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._let_go()


class Upload(Flow):
    """A call whose request is followed by chunks: ``send``, ``end``, then ``await result()``."""

    async def send(self, chunk: Buffer) -> None:
        await self._send(chunk)

    async def end(self) -> None:
        detail = Detail()
        check(lib.ltn_op_end(self._handle(), detail.ptr), detail)
        self._driver.kick()

    async def result(self) -> Dict[str, Any]:
        if self._status is None:
            await self._until(_OP_DONE)
        if self._status != OK:
            raise of_op(self._handle())
        return unpack(_base.op_buffer(self._handle()))

    async def close(self) -> None:
        self._let_go()

    async def __aenter__(self) -> "Upload":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._let_go()


class Endpoint:
    """What client and server have in common: options, start, close."""

    def __init__(self, signer: Signer, runtime: Any, options: Dict[str, OptionValue]) -> None:
        if not isinstance(signer, Signer):
            raise TypeError(f"expected an ltn.Signer, got {type(signer).__name__}")
        for name, value in options.items():
            _base.option_text(name, value)
        self.signer = signer
        self._runtime = runtime
        self._options = dict(options)
        self._driver: Optional[Driver] = None
        self._handle: Any = None
        self._ended = False
        self._closed: Optional[asyncio.Future[int]] = None
        self._tasks: "set[asyncio.Task[Any]]" = set()

    def _live(self) -> Any:
        if self._handle is None:
            if self._ended:
                raise ClosedError()
            raise RuntimeError("expected a started object, got one before start()")
        return self._handle

    def _running(self) -> Driver:
        if self._driver is None:
            self._live()
        assert self._driver is not None
        return self._driver

    def _make(self, function: Any, kind: str, free: Any) -> Any:
        if self._ended:
            raise ClosedError()
        if self._handle is not None:
            raise RuntimeError("expected one start(), got a second")
        driver: Driver = self._runtime._driver() if self._runtime else driver_of_loop()
        driver.users += 1
        try:
            signer = self.signer._attach(driver, self._sign)
            out = ffi.new(kind)
            check(function(out, driver.runtime, signer, driver.detail.ptr), driver.detail)
            self._driver = driver
            return ffi.gc(out[0], free)
        except BaseException:
            driver.leave()
            raise

    def _unmake(self) -> None:
        driver, self._driver = self._driver, None
        handle, self._handle = self._handle, None
        self._ended = True
        if handle is not None:
            ffi.release(handle)
        if driver is not None:
            driver.leave()

    def _watch_closed(self) -> None:
        driver = self._running()
        closed = self._closed = driver.loop.create_future()

        def told(kind: int, status: int) -> None:
            if kind == _CLOSED and not closed.done():
                closed.set_result(status)
            elif kind != _CLOSED:
                logger.error("the signer failed: %s", ffi.string(lib.ltn_status_name(status)).decode())

        driver.objects[int(ffi.cast("uintptr_t", self._handle))] = told

    async def _shut(self, stop: Any) -> None:
        if self._ended or self._handle is None:
            self._ended = True
            return
        driver, closed = self._running(), self._closed
        assert closed is not None
        if not closed.done():
            stop(self._handle)
            driver.kick()
            await driver.wait(asyncio.shield(closed))
        if self._ended:
            return
        driver.objects.pop(int(ffi.cast("uintptr_t", self._handle)), None)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._unmake()

    def _spawn(self, coroutine: Any) -> "asyncio.Task[Any]":
        task = self._running().loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _sign(self, op: Any, sign: SignFunction) -> None:
        self._spawn(self._sign_later(self._running(), op, sign))

    async def _sign_later(self, driver: Driver, op: Any, sign: SignFunction) -> None:
        try:
            answer_signature(op, await sign_on_loop(sign, bytes(_base.op_buffer(op))))
        except Exception:
            logger.exception("the signer's function failed")
            lib.ltn_op_fail(op, b"the signer's function failed")
        finally:
            driver.free(op)

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, stacklevel=2, source=self)


class Client(Endpoint):
    """Calls peers by their key. ``async with Client(signer) as client:`` or ``start`` and ``close``.

    Options are those of docs/options.md, by name. The client belongs to the loop that started it.
    """

    def __init__(self, signer: Signer, *, runtime: Any = None, **options: OptionValue) -> None:
        super().__init__(signer, runtime, options)

    async def start(self) -> "Client":
        handle = self._make(lib.ltn_client_new, "ltn_client**", lib.ltn_client_free)
        driver = self._running()
        try:
            for name, value in self._options.items():
                _base.set_option(lib.ltn_client_set, handle, name, value)
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
        """Waits for the end of an operation; the caller frees it, which cancels what has not ended."""
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
        """As ``call``, but the answer stays MessagePack: a read-only view of the library's memory."""
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
        return _base.peers(lib.ltn_client_peers, self._live())

    def metrics(self) -> List[_base.Metric]:
        return _base.metrics(lib.ltn_client_metrics, self._live())

    def stat(self, name: str) -> int:
        """One counter of docs/options.md by its name."""
        return _base.stat(lib.ltn_client_stat, self._live(), name)

    def connection_stats(self) -> Dict[str, str]:
        return _base.text_map(lib.ltn_client_connection_stats, self._live())


