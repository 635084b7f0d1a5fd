"""A runtime of one's own, for settings that the implicit one does not have."""

from __future__ import annotations

import asyncio
from typing import Dict, Optional

from . import _base
from ._ffi import lib
from ._files import Config
from ._loop import LEVELS, Driver


class Runtime:
    """``Client(signer, runtime=Runtime(log_level="info"))``, on one loop.

    Without one, clients and servers of a loop share a runtime that logs warnings to the logger
    `ltn`. Options are those of docs/options.md, "runtime".
    """

    def __init__(
        self,
        *,
        log_level: Optional[str] = "warning",
        config: Optional[Config] = None,
        **options: _base.OptionValue,
    ) -> None:
        if log_level is not None and log_level not in LEVELS:
            raise ValueError(f"expected a log level among {', '.join(LEVELS)}, came {log_level!r}")
        for name, value in options.items():
            _base.option_text(name, value)
        self._log_level = log_level
        self._config = config
        self._options: Dict[str, _base.OptionValue] = dict(options)
        self._made: Optional[Driver] = None

    def _driver(self) -> Driver:
        loop = asyncio.get_running_loop()
        if self._made is None or self._made.runtime is None:
            made = Driver(loop, self._log_level)
            for name, value in self._options.items():
                _base.set_option(lib.ltn_runtime_set, made.runtime, name, value)
            if self._config is not None:
                self._config._apply(lib.ltn_runtime_set_config, made.runtime)
            self._made = made
        if self._made.loop is not loop:
            raise RuntimeError("expected one loop for a runtime, came a second")
        return self._made
