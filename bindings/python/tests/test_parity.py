"""The binding against the header: nothing forgotten, nothing invented, tables current."""

import pathlib
import re
import subprocess
import sys

import cdef
import pytest

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]

# Functions that this binding does without, and why.
WITHOUT = {
    "ltn_wire_protocol": "what was agreed is told by connect()",
    "ltn_constant": "for languages that cannot read the header",
    "ltn_constant_name": "for languages that cannot read the header",
    "ltn_category_name": "in the generated table",
    "ltn_bytes_new": "lent or copied instead",
    "ltn_bytes_lend": "in tools/helpers.c",
    "ltn_bytes_retain": "views keep their owner",
    "ltn_signer_new_callback": "questions come through the queue",
    "ltn_runtime_deadline_ms": "in tools/helpers.c",
    "ltn_runtime_step": "in tools/helpers.c",
    "ltn_runtime_stop": "clients and servers are closed one by one",
    "ltn_runtime_wait": "CLOSED comes through the queue",
    "ltn_queue_descriptor": "the runtime's own descriptor is watched, or the queue waited for",
    "ltn_op_kind": "comes with the event",
    "ltn_op_tag": "comes with the event",
    "ltn_op_user_data": "tags instead",
    "ltn_op_peer": "the hotkey's text instead",
    "ltn_op_cancel": "freeing cancels",
    "ltn_call_init": "in tools/helpers.c",
    "ltn_client_deliver_upcall": "the queue instead",
    "ltn_server_deliver_upcall": "the queue instead",
    "ltn_client_call": "in tools/helpers.c",
    "ltn_client_open": "in tools/helpers.c",
    "ltn_client_connect": "in tools/helpers.c",
}


def _header(name="lightning.h"):
    path = ROOT / "include" / name
    if not path.is_file():
        pytest.skip("outside of the source tree")
    return path.read_text(encoding="utf-8")


def test_the_generated_tables_are_current():
    _header()
    done = subprocess.run(
        [sys.executable, str(HERE / "tools" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_every_function_is_used_or_said_to_be_missing():
    names = set(cdef.functions(_header()) + cdef.functions(_header("lightning-testing.h")))
    source = "".join(path.read_text(encoding="utf-8") for path in (HERE / "ltn").glob("*.py"))
    used = set(re.findall(r"\blib\.(ltn_\w+)", source))
    assert names - used - set(WITHOUT) == set()
    assert used - names == set()
    assert set(WITHOUT) & used == set()


def test_every_constant_has_the_value_of_the_library():
    from ltn import _generated
    from ltn._ffi import ffi, lib

    out = ffi.new("int64_t*")
    for table, prefix in (
        (_generated.CODES, "LTN_ERR_"),
        (_generated.CATEGORIES, "LTN_CATEGORY_"),
        (_generated.EVENTS, "LTN_EVENT_"),
        (_generated.DETAILS, "LTN_DETAIL_"),
    ):
        for name, value in table.items():
            if name == "OK":
                continue
            assert lib.ltn_constant(out, (prefix + name).encode()) == 0, name
            assert out[0] == value, name
