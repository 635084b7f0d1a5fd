"""MessagePack by ormsgpack where it is installed, otherwise by msgpack; both give the same
values."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Union

Buffer = Union[bytes, bytearray, memoryview]
Data = Union[Mapping[str, Any], Buffer, None]

_packb: Callable[[Any], bytes]
_unpackb: Callable[[Any], Any]


class Ext:
    """A MessagePack extension value: a small number that says what it is, and bytes."""

    __slots__ = ("type", "data")

    def __init__(self, type: int, data: bytes) -> None:
        if not -128 <= type <= 127:
            raise ValueError(f"expected an extension type from -128 to 127, came {type}")
        self.type = type
        self.data = bytes(data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ext) and (self.type, self.data) == (other.type, other.data)

    def __hash__(self) -> int:
        return hash((self.type, self.data))

    def __repr__(self) -> str:
        return f"Ext({self.type}, {self.data!r})"


# The same in every language, so without the type's name.
_REFUSAL = "expected data that MessagePack can hold, came something else"


def kind_of(value: object) -> str:
    """What a value is, in the words that the bindings of all languages share."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, (list, tuple)):
        return "a list"
    return type(value).__name__


try:
    import ormsgpack as _library

    _OPTIONS = (
        _library.OPT_NON_STR_KEYS
        | _library.OPT_PASSTHROUGH_DATACLASS
        | _library.OPT_PASSTHROUGH_DATETIME
    )

    def _default(value: Any) -> Any:
        if isinstance(value, Ext):
            return _library.Ext(value.type, value.data)
        if isinstance(value, (bytearray, memoryview)):
            return bytes(value)
        raise TypeError(_REFUSAL)

    def _pack_ormsgpack(value: Any) -> bytes:
        return _library.packb(value, default=_default, option=_OPTIONS)

    def _unpack_ormsgpack(data: Any) -> Any:
        return _library.unpackb(data, ext_hook=Ext, option=_library.OPT_NON_STR_KEYS)

    LIBRARY = "ormsgpack"
    _packb, _unpackb = _pack_ormsgpack, _unpack_ormsgpack
except ImportError:
    import msgpack as _msgpack  # type: ignore[import-untyped,unused-ignore]

    def _default_slow(value: Any) -> Any:
        if isinstance(value, Ext):
            return _msgpack.ExtType(value.type, value.data)
        if isinstance(value, int):
            raise OverflowError from None
        raise TypeError(_REFUSAL) from None

    def _pack_msgpack(value: Any) -> bytes:
        packed: Any = _msgpack.packb(value, default=_default_slow, use_bin_type=True)
        return bytes(packed)

    def _unpack_msgpack(data: Any) -> Any:
        return _msgpack.unpackb(data, raw=False, strict_map_key=False, ext_hook=Ext)

    LIBRARY = "msgpack"
    _packb, _unpackb = _pack_msgpack, _unpack_msgpack


def pack(data: Data) -> Buffer:
    """One MessagePack map out of what a caller or a handler gives; bytes go through as they are."""
    if data is None:
        return b"\x80"
    if isinstance(data, (bytes, bytearray, memoryview)):
        return data
    if not isinstance(data, Mapping):
        raise TypeError(f"expected a map as data, came {kind_of(data)}")
    for key in data:
        if not isinstance(key, str):
            raise TypeError(f"expected str as keys of the data, came {type(key).__name__}")
    try:
        return _packb(data if isinstance(data, dict) else dict(data))
    except OverflowError:
        raise ValueError("expected integers of at most 64 bits, came a larger one") from None
    except TypeError as error:
        if "64-bit" in str(error):
            raise ValueError("expected integers of at most 64 bits, came a larger one") from None
        # The libraries' own texts differ from one to the other.
        raise TypeError(_REFUSAL) from error


def unpack(data: Any) -> Dict[str, Any]:
    """The map in `data`, which may be a view of the library's own bytes."""
    value = _unpackb(memoryview(data))
    if not isinstance(value, dict):
        raise ValueError(f"expected a MessagePack map, came {type(value).__name__}")
    return value
