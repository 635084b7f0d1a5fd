"""Inputs, rules between settings and exceptions of the package `btlightning`."""

from __future__ import annotations

import decimal
import math
from typing import Any, Dict, List, NoReturn, Optional, Tuple

from ._errors import Error

U32, U64 = 2**32 - 1, 2**64 - 1


class Axon:
    __slots__ = ("hotkey", "ip", "port", "protocol")

    def __init__(self, hotkey: str, ip: str, port: int, protocol: int) -> None:
        self.hotkey, self.ip, self.port, self.protocol = hotkey, ip, port, protocol

    @property
    def address(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"'{type(value).__name__}' object cannot be converted to 'PyString'")
    return value


def whole(value: Any, most: int, least: int = 0) -> int:
    if not hasattr(type(value), "__index__"):
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    number = int(value.__index__())
    if not least <= number <= most:
        raise OverflowError("out of range integral type conversion attempted")
    return number


def mapping(value: Any) -> Dict[Any, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"'{type(value).__name__}' object cannot be converted to 'PyDict'")
    return value


def field(values: Dict[Any, Any], name: str) -> Any:
    if name not in values:
        raise KeyError(f"Missing '{name}' field")
    return values[name]


def axon(value: Any) -> Axon:
    given = mapping(value)
    hotkey = text(field(given, "hotkey"))
    ip = text(field(given, "ip"))
    port = whole(field(given, "port"), 65535)
    protocol = whole(given["protocol"], 255) if "protocol" in given else 4
    return Axon(hotkey, ip, port, protocol)


def axons(values: Any) -> List[Axon]:
    if not isinstance(values, list):
        raise TypeError(f"'{type(values).__name__}' object cannot be converted to 'PyList'")
    return [axon(value) for value in values]


def request(value: Any) -> Tuple[str, Dict[Any, Any]]:
    given = mapping(value)
    name = text(field(given, "synapse_type"))
    return name, mapping(given["data"]) if "data" in given else {}


def seed(value: Any) -> bytes:
    if isinstance(value, str):
        raise TypeError("Can't extract `str` to `Vec`")
    raw = (
        bytes(value)
        if isinstance(value, (bytes, bytearray))
        else bytes(whole(v, 255) for v in value)
    )
    if len(raw) != 32:
        raise ValueError(f"expected a sequence of length 32 (got {len(raw)})")
    return raw


def _plain(value: float) -> str:
    """A float as the original prints it: no exponent, no `.0`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    shown = format(decimal.Decimal(repr(value)), "f")
    return shown[:-2] if shown.endswith(".0") else shown


def timeout(value: Any) -> Optional[float]:
    if value is None:
        return None
    if not (hasattr(type(value), "__float__") or hasattr(type(value), "__index__")):
        raise TypeError(f"must be real number, not {type(value).__name__}")
    seconds = float(value)
    if not math.isfinite(seconds) or not 2.2250738585072014e-308 <= seconds <= 315_360_000:
        refuse(f"timeout_secs must be a finite positive number, got {_plain(seconds)}")
    return seconds


def refuse(text: str) -> NoReturn:
    raise ValueError(f"config error: {text}")


def raise_as_original(error: Error) -> NoReturn:
    """The exception that the original raises for the category."""
    if error.category in ("connection", "handshake", "transport"):
        raise ConnectionError(error.text) from None
    if error.category in ("config", "serialization"):
        raise ValueError(error.text) from None
    if error.category == "local":
        if error.code in ("MALFORMED", "TOO_LARGE"):
            raise ValueError(f"serialization error: {error.text}") from None
        if error.code == "BAD_KEY":
            raise ConnectionError(f"handshake error: {error.text}") from None
        raise ConnectionError(f"connection error: {error.text}") from None
    raise RuntimeError(error.text) from None


Settings = Dict[str, Optional[int]]


def _take(given: Dict[str, Any], limits: Dict[str, int]) -> Settings:
    return {
        name: None if value is None else whole(value, limits.get(name, U64))
        for name, value in given.items()
    }


def _nonzero(settings: Settings, names: Tuple[Tuple[str, str], ...], words: str) -> None:
    for name, shown in names:
        if settings.get(name) == 0:
            refuse(f"{shown} {words}")


def _frame(limit: Optional[int]) -> None:
    if limit is not None and limit < 1048576:
        refuse(f"max_frame_payload_bytes ({limit}) must be at least 1048576 (1 MB)")
    if limit is not None and limit > U32:
        refuse(f"max_frame_payload_bytes ({limit}) must not exceed 4294967295 (u32::MAX)")


def _or(value: Optional[int], default: int) -> int:
    return default if value is None else value


def client_settings(given: Dict[str, Any]) -> Settings:
    """Checked in the order of the original; the first that is wrong is told."""
    settings = _take(given, {"reconnect_max_retries": U32})
    zero = "must be non-zero"
    for name in ("connect_timeout", "idle_timeout", "keep_alive_interval"):
        _nonzero(settings, ((f"{name}_secs", name),), zero)
    alive, idle = (
        _or(settings["keep_alive_interval_secs"], 30),
        _or(settings["idle_timeout_secs"], 150),
    )
    if alive >= idle:
        refuse(f"keep_alive_interval ({alive}s) must be less than idle_timeout ({idle}s)")
    first = _or(settings["reconnect_initial_backoff_secs"], 1)
    longest = _or(settings["reconnect_max_backoff_secs"], 60)
    for name in ("reconnect_initial_backoff", "reconnect_max_backoff"):
        _nonzero(settings, ((f"{name}_secs", name),), zero)
    if first > longest:
        refuse(
            f"reconnect_initial_backoff ({first}s) must be <= reconnect_max_backoff ({longest}s)"
        )
    for name in ("reconnect_max_retries", "max_connections"):
        _nonzero(settings, ((name, name),), "must be at least 1")
    _frame(settings["max_frame_payload_bytes"])
    frame = _or(settings["max_frame_payload_bytes"], 67108864)
    stream = _or(settings["max_stream_payload_bytes"], 67108864)
    if stream < frame:
        refuse(f"max_stream_payload_bytes ({stream}) must be >= max_frame_payload_bytes ({frame})")
    return settings


def server_settings(given: Dict[str, Any]) -> Settings:
    limits = {"max_handshake_attempts_per_minute": U32, "max_concurrent_bidi_streams": U32}
    settings = _take(given, limits)
    zero, idle = "must be non-zero", _or(settings["idle_timeout_secs"], 150)

    def nonzero(*names: str) -> None:
        _nonzero(settings, tuple((name, name) for name in names), zero)

    def below_idle(name: str, default: int) -> None:
        value = _or(settings[name], default)
        if value >= idle:
            refuse(f"{name} ({value}) must be less than idle_timeout_secs ({idle})")

    nonzero("max_signature_age_secs")
    if _or(settings["max_signature_age_secs"], 300) > 3600:
        refuse("max_signature_age_secs must not exceed 3600 (1 hour)")
    nonzero("nonce_cleanup_interval_secs", "idle_timeout_secs", "keep_alive_interval_secs")
    below_idle("keep_alive_interval_secs", 30)
    nonzero("max_connections", "max_nonce_entries", "handshake_timeout_secs")
    below_idle("handshake_timeout_secs", 10)
    nonzero("max_handshake_attempts_per_minute", "max_concurrent_bidi_streams")
    nonzero("validator_permit_refresh_secs", "handler_timeout_secs")
    below_idle("handler_timeout_secs", 30)
    _frame(settings["max_frame_payload_bytes"])
    return settings
