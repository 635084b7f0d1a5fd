"""Writes ltn/_generated.py from the header and docs/options.md. With --check, says whether it is
current."""

from __future__ import annotations

import pathlib
import re
import sys

import cdef

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
OUT = HERE.parent / "ltn" / "_generated.py"


def table(title: str, values: dict[str, int], prefix: str) -> str:
    rows = "".join(f"    {name[len(prefix) :]!r}: {value},\n" for name, value in values.items())
    return f"{title}: Dict[str, int] = {{\n{rows}}}\n".replace("'", '"')


def options(section: str, page: str) -> str:
    part = page.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    rows = "".join(f'    "{name}",\n' for name in re.findall(r"^\| `(\w+)`", part, re.MULTILINE))
    return f"{section.upper()}_OPTIONS: Tuple[str, ...] = (\n{rows})\n"


def generated() -> str:
    header = (ROOT / "include" / "lightning.h").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    errors = {"LTN_ERR_OK": 0, **cdef.enums(header, "LTN_ERR_")}
    parts = [
        '"""Made by tools/generate.py from lightning.h and docs/options.md. Do not edit."""\n\n'
        "from typing import Dict, Tuple\n",
        f"ABI_VERSION = {cdef.macros(header)['LTN_ABI_VERSION']}\n",
        table("CODES", errors, "LTN_ERR_"),
        table("CATEGORIES", cdef.enums(header, "LTN_CATEGORY_"), "LTN_CATEGORY_"),
        table("OPS", cdef.enums(header, "LTN_OP_"), "LTN_OP_"),
        table("EVENTS", cdef.enums(header, "LTN_EVENT_"), "LTN_EVENT_"),
        table("DETAILS", cdef.enums(header, "LTN_DETAIL_"), "LTN_DETAIL_"),
        table("PEER_STATES", cdef.enums(header, "LTN_PEER_"), "LTN_PEER_"),
        options("client", page),
        options("server", page),
        options("runtime", page),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    text = generated()
    if "--check" in sys.argv:
        if OUT.read_text(encoding="utf-8") != text:
            sys.exit("ltn/_generated.py: expected what tools/generate.py writes, it differs")
    else:
        OUT.write_text(text, encoding="utf-8")
