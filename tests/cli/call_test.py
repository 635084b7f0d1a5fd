#!/usr/bin/env python3
"""`ltn call` against `ltn serve --builtin`: answers, refusals, and values on their way there and back."""

import base64
import json
import sys
import time

from cli_support import (CLIENT_SEED, SERVER_SEED, Node, expect, expect_equal, expect_exit,
                         expect_one_line_error, json_error, main, run, temporary_folder)

OTHER_HOTKEY = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"


def generated(n):
    x = 0x9E3779B97F4A7C15 ^ n
    out = bytearray()
    for _ in range(n):
        x = (x * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        out.append(x >> 56)
    return bytes(out)


def bin_of(value):
    return base64.b64decode(value["$bin"])


def answer(result):
    lines = result.stdout.splitlines()
    expect_equal(len(lines), 1, f"lines of answers in {result.stdout!r}, {result.stderr!r}")
    value = json.loads(lines[0])
    expect_equal(sorted(value), ["data", "error", "latency_ms", "success"], "keys of an answer")
    return value


def good(result):
    expect_exit(result, 0)
    value = answer(result)
    expect_equal((value["success"], value["error"]), (True, None))
    expect(value["latency_ms"] > 0, "latency is positive")
    return value["data"]


def whoami_is_the_callers_proved_hotkey():
    with Node() as node:
        own = json.loads(run("--json", "key", "show").stdout)["hotkey"]
        expect_equal(good(node.call("whoami")), {"hotkey": own})


def every_kind_of_value_comes_back_as_it_was():
    values = ('{"u":18446744073709551615,"i":-9223372036854775808,"big":9007199254740993,'
              '"f":1.5,"tiny":5e-324,"t":true,"n":null,"s":"h\u00e9\\u0000\\n","l":[1,[2,{}],[]],'
              '"b":{"$bin":"AAEC/w=="},"e":{"$ext":[-5,"qg=="]},"m":{"$map":[[1,"one"],[[],{}]]},'
              '"x":{"$float":"-inf"},"y":{"$str":"/w=="},"z":{"$map":[["$bin","text"]]},"":0}')
    with Node() as node:
        result = node.call("echo", "--data", values)
        expect_exit(result, 0)
        sent = json.loads(values)
        # A str that is not UTF-8 may be converted to bin on the way (the protocol allows it).
        data = answer(result)["data"]
        expect(data["y"] in ({"$str": "/w=="}, {"$bin": "/w=="}), data["y"])
        data["y"] = sent["y"]
        expect_equal(data, sent)
        expect_equal(list(data), list(sent), "order of keys")
        expect("18446744073709551615" in result.stdout and "9007199254740993" in result.stdout,
               "integers are exact in the text")


def no_data_is_the_empty_map():
    with Node() as node:
        expect_equal(good(node.call("echo")), {})


def payload_is_generated_and_comes_back():
    with Node() as node:
        for kind in ("echo", "echo_sync"):
            for n in (0, 1, 1000, 70_000):
                data = good(node.call(kind, "--payload", n))
                expect_equal(bin_of(data["payload"]), generated(n))


def size_answers_generated_bytes():
    with Node() as node:
        for n in (0, 31, 16_384, 1_000_000):
            data = good(node.call("size", "--data", json.dumps({"n": n})))
            expect_equal(bin_of(data["payload"]), generated(n))
        expect_equal(bin_of(good(node.call("size"))["payload"]), b"")


def data_comes_from_a_file_or_standard_input():
    with Node() as node, temporary_folder() as folder:
        path = folder + "/data.json"
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"a":1}\n')
        expect_equal(good(node.call("echo", "--data-file", path)), {"a": 1})
        expect_equal(good(node.call("echo", "--data-file", "-", stdin='{"b":2}')), {"b": 2})


def slow_answers_when_its_time_has_come():
    with Node() as node:
        result = node.call("slow", "--data", '{"ms":300}')
        expect_equal(good(result), {"slept": 300})
        expect(answer(result)["latency_ms"] >= 300, "not before")


def slow_calls_wait_side_by_side():
    with Node() as node:
        begun = time.monotonic()
        result = node.call("slow", "--data", '{"ms":1000}', "--repeat", 8, "--inflight", 8)
        expect_exit(result, 0)
        expect_equal(len(result.stdout.splitlines()), 8)
        expect(time.monotonic() - begun < 6, "eight sleeps of a second take about one together")


def unsuccessful_answer_is_printed_and_exits_1():
    with Node() as node:
        for kind, text in (("fail", "request processing failed"),
                           ("size", "request processing failed"),
                           ("no_such_type", "unrecognized synapse type")):
            result = node.call(kind, "--data", '{"n":-1}')
            expect_exit(result, 1)
            value = answer(result)
            expect_equal((value["success"], value["error"]), (False, text))
            expect_equal(result.stderr, "")


def type_may_be_called_like_a_command():
    with Node() as node:
        value = answer(node.call("version"))
        expect_equal(value["error"], "unrecognized synapse type")


def repeat_prints_a_line_per_answer():
    with Node() as node:
        for inflight in (1, 16, 500):
            result = node.call("echo", "--payload", 10, "--repeat", 100, "--inflight", inflight)
            expect_exit(result, 0)
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            expect_equal(len(lines), 100)
            expect(all(line["success"] for line in lines), "all succeed")


def wrong_hotkey_is_a_mismatch():
    with Node() as node:
        args = ("call", node.address, OTHER_HOTKEY, "echo")
        result = run("--json", *args)
        expect_exit(result, 1)
        error = json_error(result)
        expect_equal((error["error"], error["code"]), ("call", "hotkey_mismatch"))
        expect_equal(error["detail"],
                     f"handshake error: Miner hotkey mismatch: expected {OTHER_HOTKEY}, "
                     f"got {node.hotkey}")
        expect_equal(result.stdout, "")
        result = run(*args)
        expect_exit(result, 1)
        expect_one_line_error(result, "call")


def nobody_there_is_network_trouble():
    with Node() as node:
        address = node.address
        node.stop()
    result = run("call", address, OTHER_HOTKEY, "echo", "--timeout-secs", 2)
    expect_exit(result, 1)
    expect_one_line_error(result, "call")


def fractions_of_a_second_end_a_call():
    with Node() as node:
        begun = time.monotonic()
        result = run("--json", "call", node.address, node.hotkey, "slow", "--data", '{"ms":20000}',
                     "--timeout-secs", "0.4")
        expect_exit(result, 1)
        expect_equal(json_error(result)["code"], "deadline")
        expect(time.monotonic() - begun < 10, "long before the handler's answer")


def handler_timeout_of_the_server_is_told():
    with Node("--handler-timeout-secs", "1") as node:
        result = node.call("slow", "--data", '{"ms":20000}')
        expect_exit(result, 1)
        expect_equal(answer(result)["error"], "handler timed out")


def settings_of_the_client_are_options():
    with Node() as node:
        good(node.call("echo", "--connect-timeout-ms", 5000, "--max-connections=3"))


def request_above_the_frame_limit_is_refused_here():
    with Node() as node:
        result = node.call("echo", "--payload", 2_000_000, "--max-frame-payload-bytes", 1_048_576)
        expect_exit(result, 2)
        expect_equal(json_error(result)["code"], "too_large")


def answer_for_people_is_one_line():
    with Node() as node:
        result = run("call", node.address, node.hotkey, "echo", "--data", '{"s":"a\u009bb"}')
        expect_exit(result, 0)
        expect_equal(len(result.stdout.splitlines()), 1)
        expect("\u009b" not in result.stdout, "nothing drives the terminal")


def ping_shows_what_the_peer_proved():
    with Node() as node:
        result = run("--json", "ping", node.address, node.hotkey, "--count", 3)
        expect_exit(result, 0)
        pings = [json.loads(line) for line in result.stdout.splitlines()]
        expect_equal(len(pings), 3)
        for ping in pings:
            expect_equal(ping["hotkey"], node.hotkey)
            expect_equal(ping["alpn"], "btlightning/2")
            expect_equal(len(base64.b64decode(ping["fingerprint"])), 32)
            expect(ping["setup_ms"] > 0 and ping["rtt_ms"] > 0, ping)
        expect_exit(run("ping", node.address, node.hotkey), 0)
        expect_exit(run("ping", node.address, OTHER_HOTKEY), 1)


if __name__ == "__main__":
    assert CLIENT_SEED != SERVER_SEED
    sys.exit(main([
        whoami_is_the_callers_proved_hotkey,
        every_kind_of_value_comes_back_as_it_was,
        no_data_is_the_empty_map,
        payload_is_generated_and_comes_back,
        size_answers_generated_bytes,
        data_comes_from_a_file_or_standard_input,
        slow_answers_when_its_time_has_come,
        slow_calls_wait_side_by_side,
        unsuccessful_answer_is_printed_and_exits_1,
        type_may_be_called_like_a_command,
        repeat_prints_a_line_per_answer,
        wrong_hotkey_is_a_mismatch,
        nobody_there_is_network_trouble,
        fractions_of_a_second_end_a_call,
        handler_timeout_of_the_server_is_told,
        settings_of_the_client_are_options,
        request_above_the_frame_limit_is_refused_here,
        answer_for_people_is_one_line,
        ping_shows_what_the_peer_proved,
    ]))
