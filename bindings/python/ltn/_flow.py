"""Chunks on one operation under asyncio: streams of both directions."""

from __future__ import annotations

import asyncio
import weakref
from types import TracebackType
from typing import Any, Dict, Optional, Type

from . import _base, _generated
from ._base import EMPTY, FULL, OK, PENDING
from ._errors import ClosedError, Detail, check, of_op
from ._ffi import ffi, lib
from ._loop import Driver
from ._pack import Buffer, unpack

_OP_DONE = _generated.EVENTS["OP_DONE"]
_READABLE = _generated.EVENTS["READABLE"]
_WRITABLE = _generated.EVENTS["WRITABLE"]


class _Weak:
    """Passes events on while their object is there: the driver must not keep what its user
    dropped."""

    __slots__ = ("_of",)

    def __init__(self, flow: "Flow") -> None:
        self._of = weakref.ref(flow)

    def _event(self, kind: int, status: int) -> None:
        flow = self._of()
        if flow is not None:
            flow._event(kind, status)


class Flow:
    """Reading and sending chunks on one operation, at the pace of the other side."""

    def __init__(self, driver: Driver, op: Any) -> None:
        self._driver = driver
        self._op = op
        self._key = driver.hold(op, _Weak(self))
        self._status: Optional[int] = None
        self._wakers: Dict[int, asyncio.Future[int]] = {}

    def _event(self, kind: int, status: int) -> None:
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
            raise RuntimeError("expected one task at a time on this side of the stream, came two")
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
            raise TypeError(f"expected a chunk as bytes, came {type(chunk).__name__}")
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
        op, driver = getattr(self, "_op", None), self._driver
        if op is not None:
            try:
                driver.loop.call_soon_threadsafe(_let_go_later, driver, self._key, op)
            except RuntimeError:
                lib.ltn_op_free(op)


def _let_go_later(driver: Driver, key: int, op: Any) -> None:
    driver.ops.pop(key, None)
    driver.free(op)


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
        """One more chunk; waits while the other side is behind. One task at a time."""
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
        """As ``cancel``. Harmless when repeated and after the last chunk."""
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
        """One more chunk; waits while the other side is behind. One task at a time."""
        await self._send(chunk)

    async def end(self) -> None:
        """No chunk of ours follows."""
        detail = Detail()
        check(lib.ltn_op_end(self._handle(), detail.ptr), detail)
        self._driver.kick()

    async def result(self) -> Dict[str, Any]:
        """The answer, once it is there. Raises ``ltn.Error`` when there is none."""
        if self._status is None:
            await self._until(_OP_DONE)
        if self._status != OK:
            raise of_op(self._handle())
        return unpack(_base.op_buffer(self._handle()))

    async def close(self) -> None:
        """Lets go; cancels what has not been answered."""
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
