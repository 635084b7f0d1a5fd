"""Builds the extension module ltn._ffi against libltn, which pkg-config finds (package `ltn`)."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import cffi

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "tools"))

import cdef  # noqa: E402


def pkg_config(*flags: str) -> list[str]:
    try:
        done = subprocess.run(
            ["pkg-config", *flags, "ltn"], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(
            "ltn: expected libltn and its ltn.pc on the PKG_CONFIG_PATH of pkg-config, found none"
        ) from None
    return done.stdout.split()


def find_header(name: str, folders: list[str]) -> str:
    for folder in folders:
        for path in (pathlib.Path(folder) / name, pathlib.Path(folder) / "ltn" / name):
            if path.is_file():
                return path.read_text(encoding="utf-8")
    raise SystemExit(f"ltn: expected {name} in {folders}, found none")


def after(prefix: str, flags: list[str]) -> list[str]:
    return [flag[len(prefix) :] for flag in flags if flag.startswith(prefix)]


def builder() -> cffi.FFI:
    cflags = pkg_config("--cflags")
    libs = pkg_config("--libs")
    # -I of a system folder is left out of --cflags, the variable always says it.
    folders = after("-I", cflags) + pkg_config("--variable=includedir")
    ffi = cffi.FFI()
    ffi.cdef(cdef.cdef(find_header("lightning.h", folders)))
    ffi.cdef(cdef.cdef(find_header("lightning-testing.h", folders)))
    ffi.cdef((HERE / "tools" / "helpers.h").read_text(encoding="utf-8"))
    helpers = (HERE / "tools" / "helpers.c").read_text(encoding="utf-8")
    libdirs = after("-L", libs) or pkg_config("--variable=libdir")
    ffi.set_source(
        "ltn._ffi",
        "#include <ltn/lightning.h>\n#include <ltn/lightning-testing.h>\n" + helpers,
        libraries=after("-l", libs),
        library_dirs=libdirs,
        include_dirs=folders,
        runtime_library_dirs=libdirs,
        extra_compile_args=["-std=c11"],
    )
    return ffi


ffibuilder = builder() if __name__ != "__main__" else None

if __name__ == "__main__":
    builder().compile(tmpdir=str(HERE), verbose=True)
