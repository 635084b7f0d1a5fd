"""Lightning: a persistent, mutually authenticated link between nodes that are known by their keys.

``Client`` and ``Server`` are for asyncio; ``ltn.blocking`` has both for threads, ``ltn.testing`` a
runtime without sockets, ``ltn.btlightning`` what programs written for the package of that name
need.
"""

from ._base import (
    Metric,
    OptionValue,
    Peer,
    PeerInfo,
    PeerLike,
    Source,
    decode_hotkey,
    encode_hotkey,
    generate_seed,
    verify,
    version,
)
from ._client import Client, Connected
from ._errors import (
    ArgumentError,
    ClosedError,
    ConfigError,
    ConnectionError,
    DeadlineError,
    Error,
    HandlerError,
    HandshakeError,
    KeyFormatError,
    LocalError,
    SerializationError,
    SigningError,
    StreamError,
    TransportError,
)
from ._files import (
    Config,
    Setting,
    components,
    wallet_public_key,
    write_key_file,
    write_wallet,
)
from ._flow import Stream, Upload
from ._pack import Ext
from ._runtime import Runtime
from ._server import Request, Server
from ._signer import Signer

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "Client",
    "ClosedError",
    "Config",
    "ConfigError",
    "Connected",
    "ConnectionError",
    "DeadlineError",
    "Error",
    "Ext",
    "HandlerError",
    "HandshakeError",
    "KeyFormatError",
    "LocalError",
    "Metric",
    "OptionValue",
    "Peer",
    "PeerInfo",
    "PeerLike",
    "Request",
    "Runtime",
    "SerializationError",
    "Server",
    "Setting",
    "Signer",
    "SigningError",
    "Source",
    "Stream",
    "StreamError",
    "TransportError",
    "Upload",
    "components",
    "decode_hotkey",
    "encode_hotkey",
    "generate_seed",
    "verify",
    "version",
    "wallet_public_key",
    "write_key_file",
    "write_wallet",
]
