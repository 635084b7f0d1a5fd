"""What the blocking client and server share: sliced waits, answering threads, start and close."""

from __future__ import annotations

import inspect
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from . import _base, _generated
from ._base import EMPTY, FULL, OK, PENDING, OptionValue
from ._errors import ClosedError, Detail, check, from_status, of_op
from ._ffi import ffi, lib
from ._files import Config
from ._loop import logger, new_queue, set_log
from ._pack import Buffer
from ._signer import Signer, SignFunction, answer_signature

if TYPE_CHECKING:
    from ._blocking_server import Request

SLICE_MS = 100
_QUESTION = _generated.EVENTS["QUESTION"]
_WITHDRAWN = _generated.EVENTS["WITHDRAWN"]
_CLOSED = _generated.EVENTS["CLOSED"]


class Slices:
    """How long each wait may be, out of a timeout in seconds (None: without end)."""

    def __init__(self, timeout: Optional[float]) -> None:
        self.end = None if timeout is None else time.monotonic() + timeout

    def next_ms(self) -> int:
        if self.end is None:
            return SLICE_MS
        return max(0, min(SLICE_MS, int((self.end - time.monotonic()) * 1000) + 1))

    def over(self) -> bool:
        return self.end is not None and time.monotonic() >= self.end


def until_ended(op: Any) -> None:
    while True:
        status = lib.ltn_op_wait(op, SLICE_MS)
        if status == OK:
            break
        if status != PENDING:
            check(status)
    if lib.ltn_op_status(op) != OK:
        raise of_op(op)


class Asker:
    """A queue, and threads that answer what comes: one, and more while all are busy."""

    def __init__(self, name: str, most: int) -> None:
        self.queue = new_queue()
        self.askers: Dict[int, Callable[[Any, int], None]] = {}
        self.ops: Dict[int, "Request"] = {}
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self._name = name
        self._most = most
        self._threads: List[threading.Thread] = []
        self._idle = 0
        self._tag = 0

    def ask(self, asked: Callable[[Any, int], None]) -> int:
        with self.lock:
            self._tag += 1
            self.askers[self._tag] = asked
            return self._tag

    def start(self) -> None:
        with self.lock:
            self._spawn()

    def _spawn(self) -> None:
        self._idle += 1
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        event = ffi.new("ltn_event[1]")
        count = ffi.new("size_t*")
        queue = self.queue
        while True:
            status = lib.ltn_queue_wait(queue, 10_000)
            if status == PENDING:
                continue
            if status != OK:
                return
            with self.lock:
                if lib.ltn_queue_drain(queue, event, count, 1, ffi.sizeof("ltn_event")) != OK:
                    return
                if count[0] == 0:
                    continue
                asked = self._take(event[0])
                if asked is None:
                    continue
                self._idle -= 1
                if self._idle == 0 and len(self._threads) < self._most:
                    self._spawn()
            try:
                asked(event[0].op, event[0].op_kind)
            except Exception:
                logger.exception("answering failed")
            finally:
                with self.lock:
                    self._idle += 1

    def _take(self, event: Any) -> Optional[Callable[[Any, int], None]]:
        """Under the lock: who answers, None when the event is dealt with."""
        if event.kind == _QUESTION:
            asked = self.askers.get(event.tag)
            if asked is None:
                lib.ltn_op_free(event.op)
            return asked
        if event.kind == _WITHDRAWN:
            # Under this lock an operation is also let go, so the address names the one it came for.
            request = self.ops.get(int(ffi.cast("uintptr_t", event.op)))
            if request is not None and lib.ltn_op_status(event.op) not in (OK, PENDING):
                request.withdrawn = True
        elif event.kind == _CLOSED:
            # The last event there is. Whoever went on waiting for the queue would keep the
            # runtime's thread from ending, and with it the wait for that.
            self.closed.set()
            lib.ltn_queue_close(self.queue)
        return None

    def end(self) -> None:
        lib.ltn_queue_close(self.queue)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(1.0)


class Endpoint:
    def __init__(
        self,
        signer: Signer,
        options: Dict[str, OptionValue],
        config: Optional[Config],
        log_level: Optional[str],
    ) -> None:
        if not isinstance(signer, Signer):
            raise TypeError(f"expected an ltn.Signer, came {type(signer).__name__}")
        for name, value in options.items():
            _base.option_text(name, value)
        self.signer = signer
        self._options = dict(options)
        self._config = config
        self._log_level = log_level
        self._handle: Any = None
        self._ended = False
        self._asker: Optional[Asker] = None
        self._state = threading.Lock()

    def _live(self) -> Any:
        handle = self._handle
        if handle is None:
            if self._ended:
                raise ClosedError()
            raise RuntimeError("expected a started object, came one before start()")
        return handle

    def _make(self, function: Any, kind: str, free: Any) -> Any:
        if self._ended:
            raise ClosedError()
        if self._handle is not None:
            raise RuntimeError("expected one start(), came a second")
        detail = Detail()
        if self.signer._sign is not None:
            self._asker = Asker("ltn-signer", 4)
            self._asker.start()
        signer = self.signer._attach(self._asker, _sign_now)  # type: ignore[arg-type]
        runtime = ffi.NULL
        if self._log_level is not None:
            made = ffi.new("ltn_runtime**")
            check(lib.ltn_runtime_new(made, 1, detail.ptr), detail)
            runtime = ffi.gc(made[0], lib.ltn_runtime_free)
            set_log(runtime, self._log_level)
        out = ffi.new(kind)
        check(function(out, runtime, signer, detail.ptr), detail)
        # The runtime is kept by its child; ours is let go when it goes.
        return ffi.gc(out[0], free)

    def _configure(self, handle: Any, set_one: Any, set_config: Any) -> None:
        for name, value in self._options.items():
            _base.set_option(set_one, handle, name, value)
        if self._config is not None:
            self._config._apply(set_config, handle)

    def _begin(self, begin: Any) -> None:
        """Runs what makes and starts the handle; what it left behind goes when it fails."""
        try:
            begin()
        except BaseException:
            asker, self._asker = self._asker, None
            if asker is not None:
                asker.end()
            raise

    def _shut(self, stop: Any, wait: Any) -> None:
        with self._state:
            handle, self._handle = self._handle, None
            first, self._ended = not self._ended, True
        if handle is not None and first:
            stop(handle)
            if self._asker is not None:
                self._asker.end()
            while wait(handle, SLICE_MS) == PENDING:
                pass
            self._handle_closed()
            # Other threads may still be inside a call on this handle: the last reference frees it.

    def _handle_closed(self) -> None:
        """For the server, whose threads end then."""

    def close(self) -> None:
        raise NotImplementedError

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, stacklevel=2, source=self)


def _sign_now(op: Any, sign: SignFunction) -> None:
    try:
        answer = sign(bytes(_base.op_buffer(op)))
        if inspect.iscoroutine(answer):
            answer.close()
            raise TypeError("expected a plain signing function, came a coroutine function")
        answer_signature(op, answer)
    except Exception:
        logger.exception("the signer's function failed")
        lib.ltn_op_fail(op, b"the signer's function failed")
    finally:
        lib.ltn_op_free(op)


class Flow:
    """Chunks in both directions on one operation."""

    def __init__(self, op: Any) -> None:
        self._op = ffi.gc(op, lib.ltn_op_free)

    def _read(self, timeout: Optional[float] = None) -> Any:
        out = ffi.new("ltn_bytes**")
        slices = Slices(timeout)
        while True:
            status = lib.ltn_op_read(self._open(), out, slices.next_ms())
            if status == OK:
                return out[0]
            if status == EMPTY:
                return None
            if status != PENDING:
                check(status)
            if slices.over():
                raise from_status(_generated.CODES["DEADLINE"], "no chunk came in time")

    def _open(self) -> Any:
        if self._op is None:
            raise ClosedError()
        return self._op

    def send(self, chunk: Buffer) -> None:
        """One more chunk; waits while the other side is behind."""
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected a chunk as bytes, came {type(chunk).__name__}")
        detail = Detail()
        lent = _base.lend(chunk) if isinstance(chunk, bytes) and _base.should_lend(chunk) else None
        while True:
            if lent is not None:
                status = lib.ltn_op_send_bytes(self._open(), lent, SLICE_MS, detail.ptr)
            else:
                data = ffi.from_buffer("uint8_t[]", chunk)
                status = lib.ltn_op_send(self._open(), data, len(data), SLICE_MS, detail.ptr)
            if status == OK:
                return
            if status != FULL:
                detail.raise_for(status)
            if lib.ltn_op_status(self._open()) not in (OK, PENDING):
                check(lib.ltn_op_status(self._open()))
