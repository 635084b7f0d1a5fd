"""Writes the C of the extension module ltn._ffi: write_source.py OUT HEADER..."""

from __future__ import annotations

import pathlib
import sys

import cdef
import cffi

HERE = pathlib.Path(__file__).resolve().parent


def main(out: str, headers: list[str]) -> None:
    ffi = cffi.FFI()
    for header in headers:
        ffi.cdef(cdef.cdef(pathlib.Path(header).read_text(encoding="utf-8")))
    ffi.cdef((HERE / "helpers.h").read_text(encoding="utf-8"))
    includes = "".join(f"#include <ltn/{pathlib.Path(name).name}>\n" for name in headers)
    helpers = (HERE / "helpers.c").read_text(encoding="utf-8")
    ffi.set_source("ltn._ffi", includes + helpers)
    ffi.emit_c_code(out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
