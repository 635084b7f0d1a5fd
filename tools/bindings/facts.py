"""What the bindings share, read from where it is written once: the headers, docs/options.md (made from
the library's own tables) and docs/api.tsv."""

import pathlib
import re
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = [ROOT / "include/lightning.h", ROOT / "include/lightning-testing.h"]
LANGUAGES = ("python", "go", "rust", "node")
SECTIONS = ("client", "server", "runtime")


class Constant(NamedTuple):
    name: str  # without LTN_
    value: int
    meaning: str  # one line, empty when the name says it


class Option(NamedTuple):
    name: str
    kind: str  # duration, number, bytes, flag or text
    least: int
    most: int  # both 0 for flags and texts
    none: bool  # whether "none" is a value
    default: str
    any_time: bool  # whether it may change after start
    range: str  # as the page says it
    meaning: str


KINDS = {"duration": "duration", "whole number": "number", "number of bytes": "bytes"}


def header():
    return "\n".join(path.read_text() for path in HEADERS)


def constants():
    """Every constant of the header in its order."""
    found = []
    text = header()
    for name, value in re.findall(r"^#define LTN_([A-Z_]+) (\d+)\b", text, re.M):
        found.append(Constant(name, int(value), ""))
    entry = re.compile(r"LTN_([A-Z0-9_]+) = (\d+),?[ \t]*(?:/\*(.*?)\*/)?", re.S)
    for body in re.findall(r"enum \{(.*?)\};", text, re.S):
        for name, value, meaning in entry.findall(body):
            found.append(Constant(name, int(value), " ".join(meaning.split())))
    return found


def group(prefix):
    """The constants LTN_<prefix>_..., named without it."""
    return [constant._replace(name=constant.name[len(prefix) + 1:]) for constant in constants()
            if constant.name.startswith(prefix + "_")]


def codes():
    """The status codes, OK first."""
    return [Constant("OK", 0, "")] + group("ERR")


def limits():
    """What is no member of an enum: sizes of keys and texts, the number in the soname."""
    return [constant for constant in constants() if constant.name.endswith(("_LEN", "_SIZE"))
            or constant.name == "ABI_VERSION"]


def rows_of_page(title):
    page = (ROOT / "docs/options.md").read_text()
    part = page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    for line in part.splitlines():
        if line.startswith("| `"):
            yield [cell.strip().strip("`") for cell in line.split("|")[1:-1]]


def option(name, value, default, changes, meaning):
    ranged = re.fullmatch(r"a (duration|whole number|number of bytes) from (\d+) to (\d+)(?: ms)?"
                          r"(, or none)?", value)
    if ranged:
        kind, least, most = KINDS[ranged[1]], int(ranged[2]), int(ranged[3])
    elif value in ("true or false", "text"):
        kind, least, most = "flag" if value != "text" else "text", 0, 0
    else:
        raise SystemExit(f"facts: expected a known kind of value for {name}, came {value!r}")
    return Option(name, kind, least, most, bool(ranged and ranged[4]), default,
                  changes == "any time", value, meaning)


def options(section):
    return [option(*cells) for cells in rows_of_page(section)]


def statistics(section):
    """Names and meanings of what a client or server counts."""
    return [(cells[0], cells[1]) for cells in rows_of_page(f"Statistics of a {section}")]


def functions():
    """Every function of the headers with its threads: its own word, else that of the one above it in
    its group; a free has those of every free."""
    piece = re.compile(r"/\*(?P<comment>.*?)\*/|^LTN_API [^;]*?\b(?P<name>ltn_\w+)\([^;]*;",
                       re.S | re.M)
    found = {}
    for part in re.split(r"(?=/\* -{20,})", header()):
        words = ""
        for match in piece.finditer(part):
            if match["name"]:
                found[match["name"]] = ("any, upcall" if match["name"].endswith("_free") else words)
                continue
            comment = re.sub(r"\n\s*\*", " ", match["comment"])
            said = re.findall(r"\[((?:any|object|setup)\b[^\]]*)\]", comment)
            words = " ".join(said[-1].split()) if said else words
    return found


def interface():
    """The rows of docs/api.tsv as dicts."""
    lines = [line for line in (ROOT / "docs/api.tsv").read_text().splitlines()
             if not line.startswith("#")]
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]
