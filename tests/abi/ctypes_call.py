#!/usr/bin/env python3
"""Serves and makes a call with nothing but ctypes and a signer in Python. ctypes_call.py LIBRARY"""

import ctypes as c
import sys

lib = c.CDLL(sys.argv[1])
lib.ltn_status_name.restype = c.c_char_p
QUESTION = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)
done = 0


class Call(c.Structure):
    _fields_ = [("size", c.c_uint32), ("flags", c.c_uint32), ("peer", c.c_char_p),
                ("address", c.c_char_p), ("type", c.c_char_p), ("type_len", c.c_size_t),
                ("data", c.c_char_p), ("data_len", c.c_size_t), ("bytes", c.c_void_p),
                ("timeout_ms", c.c_int64), ("tag", c.c_uint64), ("user_data", c.c_void_p)]


def ok(status, name):
    global done
    done += 1
    print(f"{'ok' if status == 0 else 'not ok'} {done} - {name}", flush=True)
    if status != 0:
        sys.exit(f"{name}: {lib.ltn_status_name(status).decode()}")


def make(function, *arguments):
    out = c.c_void_p()
    ok(function(c.byref(out), *arguments), function.__name__)
    return out


def data_of(op):
    data, length = c.c_void_p(), c.c_size_t()
    assert lib.ltn_op_data(c.c_void_p(op), c.byref(data), c.byref(length)) == 0
    return c.string_at(data, length.value)


@QUESTION
def sign(question, _):
    message, signature = data_of(question), c.create_string_buffer(64)
    lib.ltn_signer_sign(local, signature, message, c.c_size_t(len(message)))
    lib.ltn_op_complete(c.c_void_p(question), signature, c.c_size_t(64), None)
    lib.ltn_op_free(c.c_void_p(question))


@QUESTION
def serve(question, _):
    answer = b"\x81\xa2py" + b"\x91" + data_of(question)
    lib.ltn_op_complete(c.c_void_p(question), answer, c.c_size_t(len(answer)), None)
    lib.ltn_op_free(c.c_void_p(question))


print("1..10")
local = make(lib.ltn_signer_new_seed, b"\x09" * 32, None)
key = c.create_string_buffer(32)
lib.ltn_signer_public_key(local, key)
signer = make(lib.ltn_signer_new_callback, key, sign, None, None, None)
server = make(lib.ltn_server_new, None, signer, None)
lib.ltn_server_handle(server, b"hello", c.c_uint64(0), serve, None, None, None)
ok(lib.ltn_server_start(server, None), "ltn_server_start")
address = c.create_string_buffer(64)
lib.ltn_server_address(server, address, c.c_size_t(64), None)
client = make(lib.ltn_client_new, None, signer, None)
ok(lib.ltn_client_start(client, None), "ltn_client_start")
call = Call()
lib.ltn_call_init(c.byref(call), c.c_size_t(c.sizeof(call)))
call.peer, call.address, call.type, call.type_len = key.raw, address.value, b"hello", 5
call.data, call.data_len, call.timeout_ms = b"\x81\xa1x\x01", 4, 20000
op = c.c_void_p()
ok(lib.ltn_client_call(client, c.byref(op), c.byref(call), None), "ltn_client_call")
ok(lib.ltn_op_wait(op, c.c_int64(30000)) or lib.ltn_op_status(op), "the call ends well")
ok(data_of(op.value) != b"\x81\xa2py\x91\x81\xa1x\x01", "the answer is the server's")
lib.ltn_op_free(op)
lib.ltn_client_stop(client), lib.ltn_server_stop(server)
ok(lib.ltn_client_wait(client, c.c_int64(20000)) or lib.ltn_server_wait(server, c.c_int64(20000)),
   "both close")
lib.ltn_client_free(client), lib.ltn_server_free(server)
