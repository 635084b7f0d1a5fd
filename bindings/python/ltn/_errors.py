"""One class of error, with a subclass per category, and the way from a status to it."""

from __future__ import annotations

import builtins
from typing import Any, Dict, NoReturn, Optional, Type

from . import _generated
from ._ffi import ffi, lib

_NAMES: Dict[int, str] = {value: name for name, value in _generated.CODES.items()}
_CATEGORIES: Dict[int, str] = {v: k.lower() for k, v in _generated.CATEGORIES.items()}


class Error(Exception):
    """What the library answered.

    ``code`` is the name from the header without ``LTN_ERR_``, ``category`` one of the nine words of
    the header in lower case, ``retriable`` whether the same request made again later may succeed.
    """

    def __init__(self, code: str, category: str, text: str, retriable: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.category = category
        self.text = text
        self.retriable = retriable

    @property
    def status(self) -> int:
        """The number of the code in the header."""
        return _generated.CODES.get(self.code, -1)

    def __reduce__(self) -> Any:
        return type(self), (self.code, self.category, self.text, self.retriable)


class LocalError(Error):
    """How the library was used, or what the machine could not do."""


class ConnectionError(Error, builtins.ConnectionError):
    """The peer could not be reached, or the connection was lost."""


class HandshakeError(Error):
    """The peer did not prove who it is, or refused us."""


class SigningError(Error):
    """Our own signer failed."""


class SerializationError(Error):
    """What was to be sent, or came, is not what it has to be."""


class TransportError(Error):
    """Something broke on the way."""


class HandlerError(Error):
    """The peer answered without success; ``text`` is what it said."""


class ConfigError(Error, ValueError):
    """A setting, a key or a key file is not usable."""


class StreamError(Error):
    """A streamed answer ended without success."""


class ClosedError(LocalError):
    """The object, or what it stood for, is closed."""

    def __init__(
        self,
        code: str = "CLOSED",
        category: str = "local",
        text: str = "the handle is closed",
        retriable: bool = False,
    ) -> None:
        super().__init__(code, category, text, retriable)


class DeadlineError(TransportError, TimeoutError):
    """The time given was over before the answer came."""


class KeyFormatError(HandshakeError, ValueError):
    """Not a usable sr25519 key, hotkey text or key file."""


class ArgumentError(LocalError, ValueError):
    """A value out of range, an unknown option, or the like; nothing was sent."""


_BY_CATEGORY: Dict[str, Type[Error]] = {
    "local": LocalError,
    "connection": ConnectionError,
    "handshake": HandshakeError,
    "signing": SigningError,
    "serialization": SerializationError,
    "transport": TransportError,
    "handler": HandlerError,
    "config": ConfigError,
    "stream": StreamError,
}

_BY_CODE: Dict[str, Type[Error]] = {
    "CLOSED": ClosedError,
    "BAD_KEY": KeyFormatError,
    "DEADLINE": DeadlineError,
    "INVALID_ARGUMENT": ArgumentError,
    "UNKNOWN_OPTION": ArgumentError,
    "OUT_OF_RANGE": ArgumentError,
}


def _make(status: int, category: str, text: str, retriable: bool) -> Error:
    code = _NAMES.get(status, f"UNKNOWN_{status}")
    kind = _BY_CODE.get(code) or _BY_CATEGORY.get(category, Error)
    return kind(code, category, text, retriable)


class Detail:
    """An ltn_error that one object passes to its calls; not for two threads at a time."""

    __slots__ = ("ptr",)

    def __init__(self) -> None:
        raw = lib.ltn_error_new()
        if raw == ffi.NULL:
            raise MemoryError
        self.ptr = ffi.gc(raw, lib.ltn_error_free)

    def raise_for(self, status: int) -> NoReturn:
        raise self.error(status)

    def error(self, status: int) -> Error:
        """The error of a status, with the detail that the failing call left here."""
        if lib.ltn_error_status(self.ptr) != status:
            return from_status(status)
        text = ffi.string(lib.ltn_error_text(self.ptr)).decode("utf-8", "replace")
        category = _CATEGORIES.get(lib.ltn_error_category(self.ptr), "local")
        made = _make(status, category, text, bool(lib.ltn_error_retriable(self.ptr)))
        lib.ltn_error_clear(self.ptr)
        return made


def from_status(status: int, text: Optional[str] = None) -> Error:
    """The error of a status that came without detail."""
    name = text or ffi.string(lib.ltn_status_name(status)).decode()
    return _make(status, "local", name, bool(lib.ltn_status_retriable(status)))


def of_op(op: Any) -> Error:
    """How an operation that has ended without success ended."""
    detail = Detail()
    lib.ltn_op_error(op, detail.ptr)
    return detail.error(lib.ltn_op_status(op))


def check(status: int, detail: Optional[Detail] = None) -> None:
    if status != 0:
        raise detail.error(status) if detail is not None else from_status(status)
