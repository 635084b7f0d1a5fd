"""What client and server under asyncio have in common: options, start, signing, close."""

from __future__ import annotations

import asyncio
import contextlib
import os
import warnings
from typing import Any, Dict, Optional

from . import _base, _generated
from ._base import OptionValue
from ._errors import ClosedError, check
from ._ffi import ffi, lib
from ._files import Config
from ._loop import Driver, driver_of_loop, logger
from ._signer import Signer, SignFunction, answer_signature, sign_on_loop

_CLOSED = _generated.EVENTS["CLOSED"]


class Endpoint:
    """What client and server have in common: options, start, close."""

    def __init__(
        self,
        signer: Signer,
        runtime: Any,
        config: Optional[Config],
        options: Dict[str, OptionValue],
    ) -> None:
        if not isinstance(signer, Signer):
            raise TypeError(f"expected an ltn.Signer, came {type(signer).__name__}")
        for name, value in options.items():
            _base.option_text(name, value)
        self.signer = signer
        self._runtime = runtime
        self._config = config
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
            raise RuntimeError("expected a started object, came one before start()")
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
            raise RuntimeError("expected one start(), came a second")
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

    def _configure(self, handle: Any, set_one: Any, set_config: Any) -> None:
        for name, value in self._options.items():
            _base.set_option(set_one, handle, name, value)
        if self._config is not None:
            self._config._apply(set_config, handle)

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
                logger.error(
                    "the signer failed: %s", ffi.string(lib.ltn_status_name(status)).decode()
                )

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
            handle, driver = self._handle, self._driver
            assert driver is not None
            # The collector may run on any thread; the runtime is the loop's alone. Nothing of a
            # closed loop runs any more.
            with contextlib.suppress(RuntimeError):
                driver.loop.call_soon_threadsafe(_leave_later, driver, handle)


def _leave_later(driver: Driver, handle: Any) -> None:
    if driver.pid != os.getpid():
        return
    driver.objects.pop(int(ffi.cast("uintptr_t", handle)), None)
    ffi.release(handle)
    driver.leave()
