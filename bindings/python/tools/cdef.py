"""Turns the public header into declarations that cffi understands, so that nothing is copied by
hand.

The header is plain C with four habits that cffi's parser does not take: comments, the preprocessor,
LTN_API, and array lengths spelled with a macro. Function parameters `uint8_t key[LTN_KEY_LEN]`
become pointers, as C itself has it; struct members get the number.
"""

from __future__ import annotations

import re


def macros(header: str) -> dict[str, int]:
    """The integer macros of the header."""
    found = re.findall(r"^#define (LTN_\w+) (\d+)\b", header, re.MULTILINE)
    return {name: int(value) for name, value in found}


def plain(header: str) -> str:
    """The header without comments."""
    return re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)


def cdef(header: str) -> str:
    numbers = macros(header)
    text = plain(header)
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.DOTALL)
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    text = text.replace("LTN_API ", "")
    for name, value in numbers.items():
        text = re.sub(rf"\[{name}\]", f"[{value}]", text)
    constants = "".join(f"#define {name} {value}\n" for name, value in numbers.items())
    return constants + re.sub(r"\n\s*\n+", "\n", text)


def functions(header: str) -> list[str]:
    """Names of all functions of the header, for the parity check."""
    return sorted(set(re.findall(r"LTN_API [^;(]*?\b(ltn_\w+)\(", plain(header))))


def enums(header: str, prefix: str) -> dict[str, int]:
    """Constants with this prefix, in the header's order."""
    return {
        name: int(value) for name, value in re.findall(rf"\b({prefix}\w+) = (\d+)", plain(header))
    }
