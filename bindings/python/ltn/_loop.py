"""The runtime of one asyncio loop: driven by that loop, on its own thread.

Everything arrives through one queue that the loop drains after each step, so the library never
calls Python for an answer, a request or a signature, and no other thread ever wants the
interpreter's lock.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from typing import Any, Callable, Dict, List, Optional, Protocol

from . import _generated
from ._base import OK, reap
from ._errors import Detail, check
from ._ffi import ffi, lib

_EVENTS_AT_ONCE = 64
_OP_DONE = _generated.EVENTS["OP_DONE"]
_QUESTION = _generated.EVENTS["QUESTION"]
_CLOSED = _generated.EVENTS["CLOSED"]
_SIGNER_FAILED = _generated.EVENTS["SIGNER_FAILED"]

LEVELS = {"debug": 1, "info": 2, "warning": 3, "error": 4}
_PYTHON_LEVELS = {1: logging.DEBUG, 2: logging.INFO, 3: logging.WARNING, 4: logging.ERROR}
logger = logging.getLogger("ltn")


class Listener(Protocol):
    """Whoever holds an operation hears of its events here."""

    def _event(self, kind: int, status: int) -> None: ...


Asked = Callable[[Any, int], None]


@ffi.def_extern()  # type: ignore[untyped-decorator,unused-ignore]
def ltnpy_log(level: int, event: Any, fields: Any, user_data: Any) -> None:
    """A line of the library's log, for the `logging` module."""
    name = ffi.string(event).decode("utf-8", "replace")
    rest = ffi.string(fields).decode("utf-8", "replace")
    logger.log(_PYTHON_LEVELS.get(level, logging.INFO), "%s %s", name, rest)


def set_log(runtime: Any, level: str) -> None:
    if level not in LEVELS:
        raise ValueError(f"expected a log level among {', '.join(LEVELS)}, came {level!r}")
    check(lib.ltn_runtime_set_log(runtime, LEVELS[level], lib.ltnpy_log, ffi.NULL, ffi.NULL))


def new_queue() -> Any:
    out = ffi.new("ltn_queue**")
    detail = Detail()
    check(lib.ltn_queue_new(out, 0, detail.ptr), detail)
    return ffi.gc(out[0], lib.ltn_queue_free)


class Driver:
    """A runtime, its queue, and who waits for what."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, log_level: Optional[str] = "warning"
    ) -> None:
        self.loop = loop
        self.pid = os.getpid()
        self.detail = Detail()
        self.runtime = self._new_runtime()
        if log_level is not None:
            set_log(self.runtime, log_level)
        self.queue = new_queue()
        self.ops: Dict[int, Listener] = {}
        self.askers: Dict[int, Asked] = {}
        self.objects: Dict[int, Callable[[int, int], None]] = {}
        self.users = 0
        self.out_op = ffi.new("ltn_op**")
        self.out_data = ffi.new("uint8_t const**")
        self.out_len = ffi.new("size_t*")
        self.out_bytes = ffi.new("ltn_bytes**")
        self._events = ffi.new("ltn_event[]", _EVENTS_AT_ONCE)
        self._count = ffi.new("size_t*")
        self._deadline = ffi.new("int64_t*")
        self._next_tag = 1
        self._fd = -1
        self._scheduled = False
        self._dispatching = False
        self._graveyard: List[Any] = []
        self._timer: Optional[asyncio.TimerHandle] = None
        self._timer_when = 0.0

    def _new_runtime(self) -> Any:
        out = ffi.new("ltn_runtime**")
        check(lib.ltn_runtime_new(out, 2, self.detail.ptr), self.detail)
        return ffi.gc(out[0], lib.ltn_runtime_free)

    # ---- Lifetime: as long as one client or server uses it.

    def started(self) -> None:
        """After the first start there is a descriptor to watch."""
        if self._fd < 0:
            out = ffi.new("int32_t*")
            check(lib.ltn_runtime_descriptor(self.runtime, out))
            self._fd = out[0]
            self.loop.add_reader(self._fd, self._turn)
        self.kick()

    def leave(self) -> None:
        self.users -= 1
        if self.users == 0:
            self.shut()

    def shut(self) -> None:
        with _lock:
            if _drivers.get(self.loop) is self:
                del _drivers[self.loop]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._fd >= 0 and self.pid == os.getpid() and not self.loop.is_closed():
            self.loop.remove_reader(self._fd)
        self._fd = -1
        lib.ltn_queue_close(self.queue)
        ffi.release(self.queue)
        ffi.release(self.runtime)
        self.runtime = self.queue = None
        reap()

    # ---- The loop.

    def kick(self) -> None:
        """Something was submitted: a turn soon, one for all that is submitted meanwhile."""
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._turn)

    def _timer_fired(self) -> None:
        self._timer = None
        self._turn()

    def _turn(self) -> None:
        self._scheduled = False
        if self.runtime is None:
            return
        self._step(0)
        self._arm(self._deadline[0])

    def _step(self, timeout_ms: int) -> int:
        """One step and its events; how many there were."""
        count = self._count
        status = lib.ltnpy_turn(
            self.runtime,
            self.queue,
            timeout_ms,
            self._events,
            count,
            _EVENTS_AT_ONCE,
            self._deadline,
        )
        if status != OK:
            logger.error("step failed: %s", ffi.string(lib.ltn_status_name(status)).decode())
            return 0
        number: int = count[0]
        if number:
            self._dispatch(number)
            if number == _EVENTS_AT_ONCE:
                self.kick()
        return number

    def _arm(self, deadline_ms: int) -> None:
        if deadline_ms < 0:
            return
        if deadline_ms == 0:
            self.kick()
            return
        when = self.loop.time() + deadline_ms / 1000
        if self._timer is not None:
            # A timer that comes early only costs a turn, which arms the right one.
            if self._timer_when <= when + 0.0005:
                return
            self._timer.cancel()
        self._timer_when = when
        self._timer = self.loop.call_at(when, self._timer_fired)

    def _dispatch(self, number: int) -> None:
        # Operations that are let go meanwhile are freed at the end: a later event of this batch may
        # still name one of them, and its address must not be given to another before.
        self._dispatching = True
        try:
            for index in range(number):
                event = self._events[index]
                try:
                    self._deliver(event)
                except Exception:
                    logger.exception("delivering an event failed")
        finally:
            self._dispatching = False
            if self._graveyard:
                dead, self._graveyard = self._graveyard, []
                for op in dead:
                    lib.ltn_op_free(op)
                self.kick()

    def _deliver(self, event: Any) -> None:
        kind = event.kind
        if kind == _QUESTION:
            asked = self.askers.get(event.tag)
            if asked is None:
                self.free(event.op)
            else:
                asked(event.op, event.op_kind)
        elif event.op != ffi.NULL:
            listener = self.ops.get(int(ffi.cast("uintptr_t", event.op)))
            if listener is not None:
                listener._event(kind, event.status)
        elif kind in (_CLOSED, _SIGNER_FAILED):
            told = self.objects.get(int(ffi.cast("uintptr_t", event.object)))
            if told is not None:
                told(kind, event.status)

    # ---- Operations.

    def hold(self, op: Any, listener: Listener) -> int:
        key = int(ffi.cast("uintptr_t", op))
        self.ops[key] = listener
        return key

    def free(self, op: Any) -> None:
        """Lets an operation go; one that has not ended is cancelled, a question is failed."""
        if self._dispatching:
            self._graveyard.append(op)
        else:
            lib.ltn_op_free(op)
            if self.runtime is not None:
                self.kick()

    def ask(self, asked: Asked) -> int:
        """A tag for questions that `asked` is to get."""
        tag = self._next_tag
        self._next_tag += 1
        self.askers[tag] = asked
        return tag

    async def wait(self, future: "asyncio.Future[int]") -> int:
        return await future


_drivers: Dict[asyncio.AbstractEventLoop, Driver] = {}
_lock = threading.Lock()


def driver_of_loop() -> Driver:
    """The driver of the running loop, made when there is none."""
    loop = asyncio.get_running_loop()
    with _lock:
        for other in [one for one in _drivers if one.is_closed()]:
            del _drivers[other]
        driver = _drivers.get(loop)
        if driver is None or driver.pid != os.getpid():
            driver = _drivers[loop] = Driver(loop)
        return driver


class Waiter:
    """Waits for the end of an operation and nothing else."""

    __slots__ = ("future",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.future: asyncio.Future[int] = loop.create_future()

    def _event(self, kind: int, status: int) -> None:
        if kind == _OP_DONE and not self.future.done():
            self.future.set_result(status)
