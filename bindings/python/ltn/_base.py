"""What asyncio and the blocking side share: arguments, buffers, keys, pictures."""

from __future__ import annotations

import functools
import itertools
import math
import threading
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _generated
from ._errors import Detail, check, from_status
from ._ffi import ffi, lib
from ._pack import kind_of

OK = 0
PENDING = _generated.CODES["PENDING"]
FULL = _generated.CODES["FULL"]
EMPTY = _generated.CODES["EMPTY"]
STATE = _generated.CODES["STATE"]

# What fits into 64 bits as nanoseconds. Longer is math.inf.
MOST_SECONDS = 2**53 / 1000

# Stands for an argument that was not given where None is a mistake to be told.
MISSING: Any = object()

OptionValue = Union[str, int, float, bool, None]


class Peer(NamedTuple):
    """Whom to call: a hotkey, and where it is unless the registry knows."""

    hotkey: str
    address: Optional[str] = None


PeerLike = Union[str, Peer, Tuple[str, str]]

if lib.ltn_abi_version() != _generated.ABI_VERSION:
    raise ImportError(
        f"ltn: expected a library of ABI {_generated.ABI_VERSION}, came {lib.ltn_abi_version()}"
    )


def text_argument(name: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"expected a text as {name}, came {kind_of(value)}")
    encoded = value.encode("utf-8")
    if b"\0" in encoded:
        raise ValueError(f"expected {name} without NUL, came one")
    return encoded


def peer_argument(peer: object, address: Optional[str]) -> Tuple[bytes, Any]:
    """Key bytes and address (NULL for the registry) of a peer as callers give it."""
    if isinstance(peer, tuple):
        if len(peer) != 2:
            raise TypeError(f"expected a peer as (hotkey, address), came {len(peer)} values")
        peer, given = peer
        address = address if address is not None else given
    if not isinstance(peer, str):
        raise TypeError(f"expected the peer's hotkey as str, came {type(peer).__name__}")
    key = decode_hotkey(peer)
    return key, ffi.NULL if address is None else text_argument("address", address)


def milliseconds(name: str, seconds: object, absent: int = 0) -> int:
    """Milliseconds of a timeout in seconds; None is the library's default, infinity is -1."""
    if seconds is None:
        return absent
    what = "a time" if name == "timeout" else f"a time as {name}"
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"expected {what}, came {kind_of(seconds)}")
    if math.isnan(seconds) or seconds <= 0:
        came = "a negative one" if seconds < 0 else seconds
        raise ValueError(f"expected {what} above 0, came {came}")
    if math.isinf(seconds):
        return -1
    if seconds > MOST_SECONDS:
        raise ValueError(f"expected {what} of at most 2^53 milliseconds, came a longer one")
    return max(1, math.ceil(seconds * 1000))


def option_text(name: str, value: object) -> bytes:
    if value is None:
        return b"none"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, (int, float)):
        return repr(value).encode()
    if isinstance(value, str):
        return text_argument(name, value)
    raise TypeError(
        f"expected option {name} as str, int, float, bool or None, came {type(value).__name__}"
    )


def set_option(function: Any, handle: Any, name: str, value: object) -> None:
    detail = Detail()
    check(
        function(handle, text_argument("option name", name), option_text(name, value), detail.ptr),
        detail,
    )


# ---- Buffers.

# From here on a copy costs more than lending and hearing back.
LEND_FROM_BYTES = 32 * 1024

_lent: Dict[int, object] = {}
_lent_numbers = itertools.count(1)
_reaping = threading.Lock()
_released = ffi.new("uint64_t[64]")


def reap() -> None:
    """Forgets buffers that the library has let go of."""
    # The array is everybody's, and the call gives up the interpreter's lock.
    while _lent and _reaping.acquire(blocking=False):
        try:
            count = lib.ltnpy_released(_released, 64)
            for index in range(count):
                _lent.pop(_released[index], None)
        finally:
            _reaping.release()
        if count < 64:
            return


def lend(data: bytes) -> Any:
    """ltn_bytes over the memory of `data` itself; only for objects that cannot change."""
    reap()
    number = next(_lent_numbers)
    out = ffi.new("ltn_bytes**")
    view = ffi.from_buffer("uint8_t[]", data)
    _lent[number] = view
    status = lib.ltnpy_lend(out, view, len(data), number)
    if status != OK:
        # Let go by the library, unless it was never asked for want of memory.
        reap()
        _lent.pop(number, None)
        raise from_status(status)
    return ffi.gc(out[0], lib.ltn_bytes_free)


def lent_count() -> int:
    """Buffers that the library still holds."""
    reap()
    return len(_lent)


def should_lend(data: object) -> bool:
    return type(data) is bytes and len(data) >= LEND_FROM_BYTES


def view_of(handle: Any) -> memoryview:
    """A read-only view of an ltn_bytes that is given to us; the view keeps it."""
    length = lib.ltn_bytes_len(handle)
    start = ffi.gc(
        ffi.cast("uint8_t*", lib.ltn_bytes_data(handle)), lambda _: lib.ltn_bytes_free(handle)
    )
    return memoryview(ffi.buffer(start, length)).toreadonly()


def take_bytes(handle: Any) -> bytes:
    """The bytes of an ltn_bytes that is given to us, copied once, and the handle freed."""
    try:
        copied: bytes = ffi.buffer(lib.ltn_bytes_data(handle), lib.ltn_bytes_len(handle))[:]
        return copied
    finally:
        lib.ltn_bytes_free(handle)


def op_buffer(op: Any) -> Any:
    """What an operation carries, borrowed: only until the operation is freed."""
    data = ffi.new("uint8_t const**")
    length = ffi.new("size_t*")
    status = lib.ltn_op_data(op, data, length)
    if status == EMPTY or length[0] == 0:
        return b""
    check(status)
    return ffi.buffer(data[0], length[0])


def op_text(op: Any, detail: str) -> Optional[str]:
    out = ffi.new("char const**")
    length = ffi.new("size_t*")
    if lib.ltn_op_text(op, out, length, _generated.DETAILS[detail]) != OK:
        return None
    return bytes(ffi.buffer(out[0], length[0])).decode("utf-8", "replace")


def op_number(op: Any, detail: str) -> Optional[int]:
    out = ffi.new("int64_t*")
    if lib.ltn_op_number(op, out, _generated.DETAILS[detail]) != OK:
        return None
    return int(out[0])


# ---- Keys.


@functools.lru_cache(maxsize=4096)
def _decode_hotkey(text: str, flags: int) -> bytes:
    detail = Detail()
    key = ffi.new("uint8_t[32]")
    check(lib.ltn_hotkey_decode(key, text_argument("hotkey", text), flags, detail.ptr), detail)
    return bytes(ffi.buffer(key))


def decode_hotkey(text: str, any_prefix: bool = False) -> bytes:
    """The 32 bytes of a hotkey's text."""
    return _decode_hotkey(text, 1 if any_prefix else 0)


def key_argument(name: str, value: object, length: int = 32) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"expected {name} as bytes, came {type(value).__name__}")
    if len(value) != length:
        raise ValueError(f"expected a {name} of {length} bytes, came {len(value)}")
    return bytes(value)


def encode_hotkey(key: bytes) -> str:
    """The text (prefix 42) of a 32-byte key."""
    out = ffi.new("char[64]")
    check(lib.ltn_hotkey_encode(out, 64, ffi.NULL, key_argument("key", key)))
    text: str = ffi.string(out).decode()
    return text


def generate_seed() -> bytes:
    """32 fresh random bytes."""
    seed = ffi.new("uint8_t[32]")
    check(lib.ltn_seed_generate(seed))
    return bytes(ffi.buffer(seed))


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is good for `key`."""
    key = key_argument("key", key)
    return bool(
        lib.ltn_signature_verify(key, message, len(message), signature, len(signature)) == OK
    )


def version() -> str:
    """Version of the library that is loaded."""
    text: str = ffi.string(lib.ltn_version()).decode()
    return text


# ---- Pictures: peers, metrics, text maps.


class PeerInfo(NamedTuple):
    """How one peer is doing. Times are seconds; None is not known or not planned."""

    hotkey: str
    address: str
    state: str
    code: str
    attempts: int
    next_try: Optional[float]
    rtt: Optional[float]
    clock_offset: float


class Metric(NamedTuple):
    """One number, or one histogram, of a client or server."""

    name: str
    kind: str
    help: str
    label: Optional[str]
    label_value: Optional[str]
    value: int
    sum_ns: int
    counts: Tuple[int, ...]
    bounds_ns: Tuple[int, ...]


_PEER_STATES = {value: name.lower() for name, value in _generated.PEER_STATES.items()}
_CODE_NAMES = {value: name for name, value in _generated.CODES.items()}
_METRIC_KINDS = {1: "counter", 2: "gauge", 3: "histogram"}


def _text(pointer: Any) -> Optional[str]:
    return None if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def _picture(function: Any, handle: Any, kind: str, free: Any) -> Any:
    detail = Detail()
    out = ffi.new(kind)
    check(function(handle, out, detail.ptr), detail)
    return ffi.gc(out[0], free)


def peers(function: Any, handle: Any) -> List[PeerInfo]:
    held = _picture(function, handle, "ltn_peer_list**", lib.ltn_peer_list_free)
    peer = ffi.new("ltn_peer*")
    found = []
    for index in range(lib.ltn_peer_list_count(held)):
        peer.size = ffi.sizeof("ltn_peer")
        check(lib.ltn_peer_list_get(held, peer, index))
        found.append(
            PeerInfo(
                _text(peer.hotkey) or "",
                _text(peer.address) or "",
                _PEER_STATES.get(peer.state, "unknown"),
                _CODE_NAMES.get(peer.status, "UNKNOWN"),
                peer.attempts,
                None if peer.next_try_ms < 0 else peer.next_try_ms / 1000,
                None if peer.rtt_ns < 0 else peer.rtt_ns / 1e9,
                peer.clock_offset_ms / 1000,
            )
        )
    return found


class Source(NamedTuple):
    """From where peers may come; of a learned one also who, and seconds since the last time."""

    kind: str
    prefix: str
    hotkey: Optional[str]
    age: Optional[float]


_SOURCE_KINDS = {1: "listed", 2: "learned", 3: "blocked"}


def sources(handle: Any) -> List[Source]:
    held = _picture(lib.ltn_server_sources, handle, "ltn_source_list**", lib.ltn_source_list_free)
    source = ffi.new("ltn_source*")
    found = []
    for index in range(lib.ltn_source_list_count(held)):
        source.size = ffi.sizeof("ltn_source")
        check(lib.ltn_source_list_get(held, source, index))
        found.append(
            Source(
                _SOURCE_KINDS.get(source.kind, "unknown"),
                _text(source.prefix) or "",
                _text(source.hotkey),
                None if source.age_ms < 0 else source.age_ms / 1000,
            )
        )
    return found


def learn_source(handle: Any, hotkey: str, prefix: str, age: float) -> None:
    detail = Detail()
    key, text = decode_hotkey(hotkey), text_argument("prefix", prefix)
    check(lib.ltn_server_learn_source(handle, key, text, int(age * 1000), detail.ptr), detail)


def metrics(function: Any, handle: Any) -> List[Metric]:
    held = _picture(function, handle, "ltn_metrics**", lib.ltn_metrics_free)
    metric = ffi.new("ltn_metric*")
    found = []
    for index in range(lib.ltn_metrics_count(held)):
        metric.size = ffi.sizeof("ltn_metric")
        check(lib.ltn_metrics_get(held, metric, index))
        buckets = metric.bucket_count
        found.append(
            Metric(
                _text(metric.name) or "",
                _METRIC_KINDS.get(metric.kind, "unknown"),
                _text(metric.help) or "",
                _text(metric.label),
                _text(metric.label_value),
                metric.value,
                metric.sum_ns,
                tuple(metric.bucket_counts[i] for i in range(buckets)),
                tuple(metric.bucket_bounds_ns[i] for i in range(buckets - 1)),
            )
        )
    return found


def text_map(function: Any, handle: Any) -> Dict[str, str]:
    held = _picture(function, handle, "ltn_text_map**", lib.ltn_text_map_free)
    key, value = ffi.new("char const**"), ffi.new("char const**")
    found: Dict[str, str] = {}
    for index in range(lib.ltn_text_map_count(held)):
        check(lib.ltn_text_map_get(held, key, value, index))
        found[_text(key[0]) or ""] = _text(value[0]) or ""
    return found


def stat(function: Any, handle: Any, name: str) -> int:
    out = ffi.new("uint64_t*")
    check(function(handle, out, text_argument("name", name)))
    return int(out[0])


def address_of(server: Any) -> str:
    out = ffi.new("char[128]")
    check(lib.ltn_server_address(server, out, 128, ffi.NULL))
    text: str = ffi.string(out).decode()
    return text


def registry(client: Any, peers: Any) -> Tuple[Any, Any, int]:
    """Sets the registry; the operation, what has to outlive the call, and the number of entries."""
    pairs = []
    for peer in peers:
        if not isinstance(peer, tuple) or len(peer) != 2 or peer[1] is None:
            raise TypeError("expected registry entries as (hotkey, address)")
        pairs.append((text_argument("hotkey", peer[0]), text_argument("address", peer[1])))
    entries = ffi.new("ltn_registry_entry[]", max(1, len(pairs)))
    keep = []
    for index, (hotkey, address) in enumerate(pairs):
        texts = (ffi.new("char[]", hotkey), ffi.new("char[]", address))
        keep.append(texts)
        entries[index].hotkey, entries[index].address = texts
    out = ffi.new("ltn_op**")
    detail = Detail()
    check(
        lib.ltn_client_registry_set(
            client, out, entries, len(pairs), ffi.sizeof("ltn_registry_entry"), detail.ptr
        ),
        detail,
    )
    return out[0], keep, len(pairs)


def outcomes(op: Any, count: int) -> List[Optional[Exception]]:
    """One per entry: None when it is proved and connected, otherwise why not."""
    out = ffi.new("ltn_status*")
    found: List[Optional[Exception]] = []
    for index in range(count):
        detail = Detail()
        check(lib.ltn_op_outcome(op, out, index, detail.ptr), detail)
        found.append(None if out[0] == OK else detail.error(out[0]))
    return found


def permit_keys(hotkeys: Any) -> bytes:
    """Keys one after another, out of texts or 32-byte keys."""
    if isinstance(hotkeys, (str, bytes)):
        raise TypeError("expected an iterable of hotkeys, came one")
    return b"".join(
        decode_hotkey(one) if isinstance(one, str) else key_argument("key", one) for one in hotkeys
    )
