"""What cffi's API mode brings over its ABI mode: nanoseconds for the same work in both.

python tools/measure_modes.py HEADER LIBRARY, with the package installed
"""

from __future__ import annotations

import pathlib
import sys
import time
import timeit

import cdef
import cffi

begin = time.perf_counter()
from ltn._ffi import ffi as api  # noqa: E402
from ltn._ffi import lib  # noqa: E402

api_import = time.perf_counter() - begin

header, library = sys.argv[1:3]
begin = time.perf_counter()
abi = cffi.FFI()
abi.cdef(cdef.cdef(pathlib.Path(header).read_text(encoding="utf-8")))
dll = abi.dlopen(library)
dll.ltn_abi_version()
abi_import = time.perf_counter() - begin


def best(function: object, number: int = 20_000) -> float:
    return min(timeit.repeat(function, number=number, repeat=7)) / number * 1e9  # type: ignore[arg-type]


KEY, BODY, NAME, ADDRESS = b"\1" * 32, b"\x81\xa1x\x01", b"echo", b"127.0.0.1:9000"


API_OUT, API_ERROR = api.new("ltn_op**"), lib.ltn_error_new()
ABI_OUT, ABI_ERROR = abi.new("ltn_op**"), dll.ltn_error_new()


def submit_api(out=API_OUT, error=API_ERROR):
    null = api.NULL
    lib.ltnpy_submit(
        null, out, 0, 0, KEY, ADDRESS, NAME, 4, BODY, 4, null, 1000, 0, 0, 0, 0, 0, error
    )


def submit_abi(out=ABI_OUT, error=ABI_ERROR):
    call = abi.new("ltn_call*")
    dll.ltn_call_init(call, abi.sizeof("ltn_call"))
    peer, address = abi.from_buffer("uint8_t[]", KEY), abi.from_buffer("char[]", ADDRESS)
    name, body = abi.from_buffer("char[]", NAME), abi.from_buffer("uint8_t[]", BODY)
    call.peer, call.address, call.type, call.type_len = peer, address, name, 4
    call.data, call.data_len, call.timeout_ms = body, 4, 1000
    dll.ltn_client_call(abi.NULL, out, call, error)


print(f"{'':34}{'API':>10}{'ABI':>10}")
print(f"{'import, ms':34}{api_import * 1e3:10.1f}{abi_import * 1e3:10.1f}")
for title, one, two in (
    ("call without arguments, ns", lib.ltn_abi_version, dll.ltn_abi_version),
    (
        "call with 5 arguments, ns",
        lambda: lib.ltn_signature_verify(api.NULL, BODY, 4, BODY, 4),
        lambda: dll.ltn_signature_verify(abi.NULL, BODY, 4, BODY, 4),
    ),
    ("submit a call (refused), ns", submit_api, submit_abi),
):
    print(f"{title:34}{best(one):10.0f}{best(two):10.0f}")
