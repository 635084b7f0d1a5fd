"""Puts the programs of examples/ into README.md, after their markers. With --check, compares."""

from __future__ import annotations

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"<!-- (examples/\w+\.py) -->\n(?:\n```python\n.*?\n```\n)?", re.DOTALL)


def filled(text: str) -> str:
    def block(match: "re.Match[str]") -> str:
        program = (HERE / match.group(1)).read_text(encoding="utf-8")
        return f"<!-- {match.group(1)} -->\n\n```python\n{program}```\n"

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    page = HERE / "README.md"
    text = page.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        if filled(text) != text:
            sys.exit("README.md: expected the programs of examples/, they differ")
    else:
        page.write_text(filled(text), encoding="utf-8")
