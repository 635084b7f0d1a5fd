"""What both sides of the driver share: bytes and values, signers, errors, the log, and the commands
that need neither client nor server."""

import gc
import hashlib
import logging
import os
import ssl
import threading
import time

import ltn
from ltn import _generated

SHOWN_BYTES = 4096


class Unknown(Exception):
    """A command or word that this driver does not have."""


# ---- Bytes and values.


def body(request):
    """The request's data, as the caller gives it to the binding."""
    if "value" in request:
        return request["value"]
    data = request.get("data")
    if isinstance(data, dict):
        return {"b": bytes(data["fill"])}
    return b"\x80" if data is None else bytes.fromhex(data)


def chunk(request):
    given = request["chunk"]
    return bytes(given["fill"]) if isinstance(given, dict) else bytes.fromhex(given)


def shown(data):
    data = bytes(data)
    if len(data) <= SHOWN_BYTES:
        return data.hex()
    return {"len": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def seconds(request, name="timeout_ms"):
    given = request.get(name)
    if given is None:
        return None
    return float("inf") if given < 0 else given / 1000


def peer(request):
    given = request["peer"]
    return ltn.Peer(given["hotkey"], given.get("address"))


def ready(peers):
    return sorted(one.hotkey for one in peers if one.state == "ready")


def outcome(error):
    return "ok" if error is None else error.code.lower()


# ---- Errors.


def answer_of(error):
    """How a request that raised is answered."""
    if isinstance(error, Unknown):
        return {"unknown": True}
    if isinstance(error, ltn.Error):
        return {
            "error": {
                "code": error.code.lower(),
                "category": error.category,
                "retriable": error.retriable,
                "text": error.text,
            }
        }
    kind = "type" if isinstance(error, TypeError) else "range"
    if isinstance(error, (TypeError, ValueError, OverflowError)):
        return {"native": {"kind": kind, "text": str(error)}}
    logging.getLogger("driver").error("unexpected", exc_info=error)
    return {"native": {"kind": type(error).__name__, "text": str(error)}}


CANCELLED = {
    "error": {"code": "cancelled", "category": "local", "retriable": False, "text": "cancelled"}
}


# ---- The log.


class _Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


_lines = _Lines()


def collect_log():
    logging.getLogger("ltn").addHandler(_lines)
    logging.getLogger("ltn").setLevel(logging.DEBUG)


# ---- Signers.


def signer(wish, asyncio_side):
    if "wallet" in wish:
        more = {"password": wish["password"]} if "password" in wish else {}
        return ltn.Signer.from_wallet(wish["name"], wish["hotkey_name"], wish["wallet"], **more)
    if "key_file" in wish:
        return ltn.Signer.from_key_file(wish["key_file"])
    inner = ltn.Signer.from_seed(bytes.fromhex(wish["seed"]))
    how = wish.get("callback")
    if how is None:
        return inner
    if how == "twice":
        raise Unknown
    sign = _signing(how, inner, wish.get("ms", 0) / 1000)
    if asyncio_side:
        import asyncio

        never = how == "never"

        async def later(message):
            if never:
                await asyncio.get_running_loop().create_future()
            if how == "late":
                await asyncio.sleep(wish.get("ms", 0) / 1000)
                return inner.sign(message)
            return sign(message)

        return ltn.Signer.from_callback(inner.key, later)
    return ltn.Signer.from_callback(inner.key, sign)


def _signing(how, inner, pause):
    def sign(message):
        if how == "throws":
            raise RuntimeError("inner secret")
        if how == "never":
            threading.Event().wait()
        if how == "late":
            time.sleep(pause)
        return {"wrong": bytes(64), "short": bytes(10)}.get(how) or inner.sign(message)

    return sign


# ---- Commands.


def openssl():
    """A hash, and the first half of a handshake in memory."""
    if not hashlib.new("sha256").hexdigest().startswith("e3b0"):
        raise RuntimeError("expected OpenSSL to work, came a wrong hash")
    sent = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="example")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    if not sent.pending:
        raise RuntimeError("expected a client hello, came nothing")
    return {"version": ssl.OPENSSL_VERSION}


def constant(name):
    tables = {
        "LTN_ERR_": _generated.CODES,
        "LTN_CATEGORY_": _generated.CATEGORIES,
        "LTN_EVENT_": _generated.EVENTS,
        "LTN_DETAIL_": _generated.DETAILS,
        "LTN_OP_": _generated.OPS,
        "LTN_PEER_": _generated.PEER_STATES,
    }
    for prefix, table in tables.items():
        if name.startswith(prefix) and name[len(prefix) :] in table:
            return {"value": table[name[len(prefix) :]]}
    raise Unknown


def _hotkey(request):
    if "text" in request:
        return {"key": ltn.decode_hotkey(request["text"]).hex()}
    return {"text": ltn.encode_hotkey(bytes.fromhex(request["key"]))}


def _verify(request):
    key, message, signature = (
        bytes.fromhex(request[name]) for name in ("key", "message", "signature")
    )
    return {"good": ltn.verify(key, message, signature)}


def _logged(request):
    lines, _lines.lines = _lines.lines, []
    return {"lines": lines}


def _gc(request):
    gc.collect()
    return {}


PLAIN = {
    "hotkey": _hotkey,
    "verify": _verify,
    "logged": _logged,
    "gc": _gc,
    "openssl": lambda request: openssl(),
    "constant": lambda request: constant(request["name"]),
    "versions": lambda request: {"library": ltn.version(), "abi": _generated.ABI_VERSION},
}


def fork(old, fresh):
    """Both tried in a child process; a function that waits for what the child tells."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.write(writing, f"{tried(old)} {tried(fresh)}".encode())
        finally:
            os._exit(0)
    os.close(writing)

    def told():
        with os.fdopen(reading, "rb") as end:
            words = end.read().decode().split()
        os.waitpid(child, 0)
        if len(words) != 2:
            raise RuntimeError("expected two words of the child, came fewer")
        return {"old": words[0], "fresh": words[1]}

    return told


def tried(function):
    try:
        function()
        return "ok"
    except ltn.Error as error:
        return error.code.lower()
    except Exception as error:
        return type(error).__name__


def misuse_of_call(what, given):
    """Peer, name, data and timeout of a call that is wrong in one way; None for other words."""
    target, name, data, timeout = given, "echo", {}, 5
    if what == "timeout_text":
        timeout = "5"
    elif what == "timeout_negative":
        timeout = -1
    elif what == "timeout_huge":
        timeout = 2**70
    elif what == "type_number":
        name = 5
    elif what == "type_long":
        name = "n" * 65536
    elif what == "data_list":
        data = [1]
    elif what == "data_unencodable":
        data = {"x": object()}
    elif what == "hotkey_bad":
        target = ltn.Peer("not a hotkey", given.address)
    elif what == "address_bad":
        target = ltn.Peer(given.hotkey, "nowhere")
    else:
        return None
    return target, name, data, timeout
