"""Compares what a driver answered with what a scenario expects."""

import hashlib
import re


class Differs(Exception):
    """The text says what was expected and what came."""


def expand(text):
    """Hexadecimal with repetitions: `81 a16e 91*126 c0` is a map around 126 arrays."""
    out = []
    for word in text.split():
        part, _, times = word.partition("*")
        out.append(part * int(times or 1))
    return "".join(out)


def shown(text):
    """Bytes as a driver shows them: hexadecimal, or length and hash above 4,096."""
    raw = bytes.fromhex(expand(text))
    if len(raw) <= 4096:
        return raw.hex()
    return {"len": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def filled(length):
    """How a map with `length` zero bytes is shown."""
    head = b"\xc4" + length.to_bytes(1, "big") if length < 256 else (
        b"\xc5" + length.to_bytes(2, "big") if length < 65536 else b"\xc6" + length.to_bytes(4, "big"))
    return shown((b"\x81\xa1b" + head + bytes(length)).hex())


def counted(chunks, size):
    """Hash of all bytes of the handler `count`."""
    whole = hashlib.sha256()
    for index in range(chunks):
        whole.update(bytes([index % 256]) * size)
    return whole.hexdigest()


def _fits(wanted, came, name):
    """Whether one value is as expected: a value, or a table of conditions."""
    if name == "sha256" and wanted.startswith("$sha256("):
        return came == counted(*map(int, wanted[8:-1].split(",")))
    if name in ("data", "chunk") and isinstance(wanted, str):
        return came == shown(wanted)
    if name == "data" and isinstance(wanted, dict) and "fill" in wanted:
        return came == filled(wanted["fill"])
    if not isinstance(wanted, dict) or name == "value" and not _has_conditions(wanted):
        return came == wanted
    for condition, value in wanted.items():
        if condition == "least":
            good = isinstance(came, (int, float)) and came >= value
        elif condition == "most":
            good = isinstance(came, (int, float)) and came <= value
        elif condition == "has":
            good = came is not None and any(value in part for part in _parts(came))
        elif condition == "lacks":
            good = came is not None and not any(value in part for part in _parts(came))
        elif condition == "like":
            good = isinstance(came, str) and re.fullmatch(value, came) is not None
        elif condition == "among":
            good = came in value
        else:
            good = isinstance(came, dict) and _fits(value, came.get(condition), condition)
        if not good:
            return False
    return True


def _has_conditions(wanted):
    """Whether a table compares; otherwise all of it has to be equal."""
    return any(name in ("least", "most", "like", "among") or isinstance(part, dict) and _has_conditions(part)
               for name, part in wanted.items())


def _parts(came):
    return came if isinstance(came, list) else [came]


def fits(wanted, came):
    return isinstance(came, dict) and all(_fits(value, came.get(name), name)
                                          for name, value in wanted.items())


def compare(step, reply):
    """Raises Differs unless the reply is what the step expects."""
    if "fails" in step:
        wanted = step["fails"]
        wanted = {"code": wanted} if isinstance(wanted, str) else wanted
        if not fits(wanted, reply.get("error")):
            raise Differs(f"expected error {wanted}, came {brief(reply)}")
    elif "refused" in step:
        _compare_refusal(step["refused"], reply)
    else:
        wanted = step.get("gives", {})
        if not fits(wanted, reply.get("ok")):
            raise Differs(f"expected {brief(wanted)}, came {brief(reply)}")


def _compare_refusal(wanted, reply):
    """Misuse: the language's own kind of error or the library's, with the one text."""
    came = reply.get("native") or reply.get("error") or {}
    kinds = wanted["kinds"]
    kind = came.get("kind") if "native" in reply else came.get("code")
    if kind not in kinds:
        raise Differs(f"expected one of {kinds}, came {brief(reply)}")
    if not _fits(wanted["text"], came.get("text"), "text"):
        raise Differs(f"expected the text {wanted['text']!r}, came {brief(reply)}")


def brief(value):
    text = repr({key: part for key, part in value.items() if key != "id"})
    return text if len(text) < 700 else text[:700] + "..."
