"""Values as the package `btlightning` converts them: tuples of small integers are bytes, text that
is no UTF-8 is bytes, extensions lose their type, and whatever has no other form becomes its
text."""

from __future__ import annotations

import collections.abc
import struct
from typing import Any, Callable, Dict, Tuple

from . import _pack

_MIN, _MAX = -(2**63), 2**64 - 1

_fast: Callable[[memoryview], Any]
if _pack.LIBRARY == "ormsgpack":
    import ormsgpack

    def _fast_ormsgpack(view: memoryview) -> Any:
        # Maps with other keys than text are refused here too: lists as keys would become tuples.
        return ormsgpack.unpackb(view, ext_hook=lambda kind, data: data)

    _fast = _fast_ormsgpack
else:
    # The other library makes objects of its own of timestamps, which are extensions here.
    def _slow(view: memoryview) -> Any:
        return _read(view, 0)[0]

    _fast = _slow


def to_wire(value: Any) -> Any:
    """The first rule that fits decides."""
    if value is None or isinstance(value, bool):
        return value
    kind = type(value)
    if kind is str:
        return value
    if kind.__name__ in ("bool_", "bool") and kind.__module__ == "numpy":
        return bool(value)
    if hasattr(kind, "__index__"):
        number = int(value.__index__())
        if not _MIN <= number <= _MAX:
            raise OverflowError("int too big to convert")
        return number
    if hasattr(kind, "__float__"):
        try:
            return float(value)
        except TypeError:
            pass  # complex numbers of old Pythons have the method only to refuse
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return [to_wire(one) for one in value]
    if isinstance(value, dict):
        return {_key(to_wire(key)): to_wire(one) for key, one in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, collections.abc.Sequence):
        small = _small(value)
        if small is not None:
            return small
    return str(value)


def _key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _small(value: Any) -> Any:
    """bytes of a sequence of integers 0..255, None for any other."""
    found = bytearray()
    for one in value:
        if not hasattr(type(one), "__index__"):
            return None
        number = one.__index__()
        if not 0 <= number <= 255:
            return None
        found.append(number)
    return bytes(found)


def pack(data: Dict[str, Any]) -> bytes:
    """A request's or an answer's map."""
    for key in data:
        if not isinstance(key, str):
            raise TypeError(f"'{type(key).__name__}' object cannot be converted to 'PyString'")
    try:
        packed = _pack.pack({str(key): to_wire(value) for key, value in data.items()})
    except Exception as error:
        raise ValueError(
            f"Failed to convert Python value to msgpack: {type(error).__name__}: {error}"
        ) from None
    return bytes(packed)


def unpack(data: Any) -> Dict[str, Any]:
    """The map in `data`. What the fast reader refuses (text that is no UTF-8, keys that are no
    text) is read here."""
    view = memoryview(data)
    try:
        value = _fast(view)
    except ValueError:
        value, _ = _read(view, 0)
    if not isinstance(value, dict):
        raise ValueError(f"expected a MessagePack map, came {type(value).__name__}")
    return value


_NUMBERS: Dict[int, "struct.Struct"] = {
    0xCA: struct.Struct(">f"),
    0xCB: struct.Struct(">d"),
    0xCC: struct.Struct(">B"),
    0xCD: struct.Struct(">H"),
    0xCE: struct.Struct(">I"),
    0xCF: struct.Struct(">Q"),
    0xD0: struct.Struct(">b"),
    0xD1: struct.Struct(">h"),
    0xD2: struct.Struct(">i"),
    0xD3: struct.Struct(">q"),
}
_BIN = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_STR = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXT = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FIXEXT = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_ARRAY = {0xDC: 2, 0xDD: 4}
_MAP = {0xDE: 2, 0xDF: 4}


def _read(view: memoryview, at: int) -> Tuple[Any, int]:
    marker = view[at]
    at += 1
    if marker < 0x80:
        return marker, at
    if marker >= 0xE0:
        return marker - 0x100, at
    if marker < 0x90:
        return _read_map(view, at, marker & 0x0F)
    if marker < 0xA0:
        return _read_array(view, at, marker & 0x0F)
    if marker < 0xC0:
        return _text(view, at, marker & 0x1F)
    if marker in _NUMBERS:
        form = _NUMBERS[marker]
        return form.unpack_from(view, at)[0], at + form.size
    if marker in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[marker], at
    if marker in _FIXEXT:
        return _slice(view, at + 1, _FIXEXT[marker])
    for widths in (_BIN, _STR, _EXT, _ARRAY, _MAP):
        if marker in widths:
            width = widths[marker]
            length = int.from_bytes(_slice(view, at, width)[0], "big")
            at += width
            if widths is _BIN:
                return _slice(view, at, length)
            if widths is _STR:
                return _text(view, at, length)
            if widths is _EXT:
                return _slice(view, at + 1, length)
            if widths is _ARRAY:
                return _read_array(view, at, length)
            return _read_map(view, at, length)
    raise ValueError(f"expected a MessagePack marker, came {marker:#x}")


def _slice(view: memoryview, at: int, length: int) -> Tuple[bytes, int]:
    if at + length > len(view):
        raise ValueError(f"expected {length} bytes of MessagePack, came {len(view) - at}")
    return bytes(view[at : at + length]), at + length


def _text(view: memoryview, at: int, length: int) -> Tuple[Any, int]:
    raw, at = _slice(view, at, length)
    try:
        return raw.decode("utf-8"), at
    except UnicodeDecodeError:
        return raw, at


def _read_array(view: memoryview, at: int, length: int) -> Tuple[Any, int]:
    found = []
    for _ in range(length):
        value, at = _read(view, at)
        found.append(value)
    return found, at


def _read_map(view: memoryview, at: int, length: int) -> Tuple[Any, int]:
    found = {}
    for _ in range(length):
        key, at = _read(view, at)
        found[key], at = _read(view, at)
    return found, at
