"""What programs written for the package `btlightning` need: change the import line, and nothing
else.

from ltn.btlightning import Lightning, LightningServer
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Optional, TypedDict

from . import _bt_rules as rules
from ._bt_client import Lightning, PyStreamingResponse, RustLightning
from ._bt_server import LightningServer, RustLightningServer

if sys.version_info >= (3, 11):
    from typing import NotRequired

    class AxonInfo(TypedDict):
        hotkey: str
        ip: str
        port: int
        protocol: NotRequired[int]

else:

    class _AxonAddress(TypedDict):
        hotkey: str
        ip: str
        port: int

    class AxonInfo(_AxonAddress, total=False):
        protocol: int


LIGHTNING_AVAILABLE = True


class SynapseRequest(TypedDict):
    synapse_type: str
    data: Dict[str, Any]


class SynapseResponse(TypedDict):
    success: bool
    data: Dict[str, Any]
    latency_ms: float
    error: Optional[str]


class ClientConnectionStats(TypedDict):
    total_connections: str
    active_miners: str


class ServerConnectionStats(TypedDict):
    total_connections: str
    verified_connections: str


class QuicAxonInfo:
    """An address as an object; the methods take dictionaries."""

    def __init__(self, hotkey: str, ip: str, port: int, protocol: int) -> None:
        self.hotkey = rules.text(hotkey)
        self.ip = rules.text(ip)
        self.port = rules.whole(port, 65535)
        self.protocol = rules.whole(protocol, 255)


__all__ = [
    "AxonInfo",
    "ClientConnectionStats",
    "LIGHTNING_AVAILABLE",
    "Lightning",
    "LightningServer",
    "PyStreamingResponse",
    "QuicAxonInfo",
    "RustLightning",
    "RustLightningServer",
    "ServerConnectionStats",
    "SynapseRequest",
    "SynapseResponse",
]
