"""A runtime without sockets and clocks, so that programs test offline and repeatably.

Clients and servers that are given the same ``Runtime`` find each other under any ip:port. Time
moves only while something is awaited on them: then, as soon as the loop has nothing else to do,
the clock jumps to what comes next. The same seed gives the same run.
"""

from __future__ import annotations

import asyncio
from typing import Any, Optional

from ._errors import check
from ._ffi import ffi, lib
from ._loop import Driver
from ._runtime import Runtime as _Runtime

# Turns of the loop in which nothing happened before time moves: tasks pass things on by then.
_QUIET_TURNS = 8


class _VirtualDriver(Driver):
    def __init__(self, loop: asyncio.AbstractEventLoop, seed: int) -> None:
        self._seed = seed
        self._waiting = 0
        self._quiet = 0
        super().__init__(loop, None)

    def _new_runtime(self) -> Any:
        out = ffi.new("ltn_runtime**")
        check(lib.ltn_testing_runtime_new(out, self._seed, self.detail.ptr), self.detail)
        return ffi.gc(out[0], lib.ltn_runtime_free)

    def started(self) -> None:
        self.kick()

    def leave(self) -> None:
        self.users -= 1

    def kick(self) -> None:
        self._quiet = 0
        super().kick()

    def _turn(self) -> None:
        self._scheduled = False
        if self.runtime is None:
            return
        ahead = 0
        if self._quiet >= _QUIET_TURNS and self._deadline[0] > 0:
            ahead = self._deadline[0]
            self._quiet = 0
        if self._step(ahead):
            self._quiet = 0
        self._quiet += 1
        if self._waiting and not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._turn)

    async def wait(self, future: "asyncio.Future[int]") -> int:
        self._waiting += 1
        self.kick()
        try:
            return await future
        finally:
            self._waiting -= 1


class Runtime(_Runtime):
    """``Client(signer, runtime=Runtime(seed=1))``, on one loop."""

    def __init__(self, seed: int = 1) -> None:
        if not 0 <= seed < 2**64:
            raise ValueError(f"expected a seed from 0 to 2**64-1, came {seed}")
        super().__init__(log_level=None)
        self._seed = seed
        self._made: Optional[Driver] = None

    def _driver(self) -> Driver:
        if self._made is None:
            self._made = _VirtualDriver(asyncio.get_running_loop(), self._seed)
        return self._made

    @property
    def now(self) -> float:
        """Seconds on the virtual clock."""
        if self._made is None:
            return 0.0
        out = ffi.new("uint64_t*")
        check(lib.ltn_testing_runtime_now_ns(self._made.runtime, out))
        return float(out[0]) / 1e9

    def set_loss(self, share: float) -> None:
        """Share of datagrams lost from now on, 0 to 1."""
        if not 0 <= share <= 1:
            raise ValueError(f"expected a share from 0 to 1, came {share}")
        check(lib.ltn_testing_runtime_set_loss(self._driver().runtime, int(share * 1_000_000)))

    def close(self) -> None:
        """Ends the runtime; close its clients and servers before."""
        if self._made is not None and self._made.runtime is not None:
            self._made.shut()


__all__ = ["Runtime"]
