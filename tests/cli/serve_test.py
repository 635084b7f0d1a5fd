#!/usr/bin/env python3
"""The life of `ltn serve`: ready, signals, draining, and nothing secret in sight."""

import json
import pathlib
import signal
import socket
import subprocess
import sys
import time

from cli_support import (CLIENT_SEED, SERVER_SEED, Node, environment, expect, expect_equal,
                         expect_exit, main, program, run, wait_for)


# A key of its own for the looks from outside: the same key again would replace the connection of the
# caller that the test is about.
PROBE_SEED = "33" * 32


def wait_until_called(node):
    """Until somebody has proved a key to `node` (which logs) and had time for a request."""
    while "peer_authenticated" not in node.process.stderr.readline():
        expect(node.process.poll() is None, "the node runs")
    # The request is one round trip behind; a whole call of another process takes far longer.
    expect_exit(node.call("echo", seed=PROBE_SEED), 0)


def ready_line_has_address_and_hotkey():
    with Node() as node:
        expect_equal(sorted(node.ready), ["address", "event", "hotkey"])
        expect_equal(node.ready["event"], "ready")
        host, port = node.address.rsplit(":", 1)
        expect_equal(host, "127.0.0.1")
        expect(int(port) > 0, node.address)
        own = json.loads(run("--json", "key", "show", seed=SERVER_SEED).stdout)["hotkey"]
        expect_equal(node.hotkey, own)


def either_signal_ends_it_with_0():
    for sign in (signal.SIGTERM, signal.SIGINT):
        with Node() as node:
            expect_equal(node.stop(sign), (0, ""))


def idle_server_that_sleeps_already_ends_too():
    with Node() as node:
        # Long enough for the loop to stop polling and sleep: from then on the signal has to wake it.
        time.sleep(0.5)
        expect_equal(node.stop(), (0, ""))


def running_request_is_answered_before_it_goes():
    with Node("--log", "info") as node:
        caller = subprocess.Popen(
            [program(), "--json", "--seed", CLIENT_SEED, "call", node.address, node.hotkey, "slow",
             "--data", '{"ms":1500}'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        wait_until_called(node)
        status, _ = node.stop()
        output, caller_errors = caller.communicate(timeout=20)
        expect_equal(status, 0)
        expect_equal(caller.returncode, 0, f"the caller's exit status; {caller_errors!r}")
        expect_equal(json.loads(output)["data"], {"slept": 1500})


def second_signal_ends_the_wait():
    with Node("--log", "info", "--drain-timeout-ms", "60000", "--handler-timeout-ms", "100000") as node:
        caller = subprocess.Popen(
            [program(), "--json", "--seed", CLIENT_SEED, "call", node.address, node.hotkey, "slow",
             "--data", '{"ms":90000}'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
        try:
            wait_until_called(node)
            node.process.send_signal(signal.SIGTERM)
            # It still drains: a signal that has not been read yet would merge with the next.
            wait_for(lambda: run("call", node.address, node.hotkey, "echo", "--timeout-secs",
                                 "0.5", seed=PROBE_SEED).returncode != 0,
                     "refusal of new calls")
            expect(node.process.poll() is None, "it waits for the running request")
            status, _ = node.stop()
            expect_equal(status, 1)
        finally:
            caller.kill()
            caller.communicate()


def seed_is_not_in_the_process_list():
    with Node() as node:
        cmdline = pathlib.Path(f"/proc/{node.process.pid}/cmdline")
        if not cmdline.exists():
            return
        arguments = cmdline.read_bytes()
        expect(SERVER_SEED.encode() not in arguments, arguments)
        expect(b"--builtin" in arguments, "the rest of the line is still there")


def seed_is_not_in_the_environment_any_more():
    process = subprocess.Popen([program(), "--json", "serve", "--builtin"],
                               stdout=subprocess.PIPE, text=True,
                               env=environment(LTN_SEED=SERVER_SEED))
    try:
        json.loads(process.stdout.readline())
        environ = pathlib.Path(f"/proc/{process.pid}/environ")
        if environ.exists():
            expect(SERVER_SEED.encode() not in environ.read_bytes(), "the seed is gone")
    finally:
        process.terminate()
        process.communicate()


def port_that_is_taken_is_local_trouble():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = run("serve", "--builtin", "--listen", f"127.0.0.1:{port}")
        expect_exit(result, 3)
        expect(str(port) in result.stderr or "in use" in result.stderr, result.stderr)


def settings_come_in_any_spelling():
    with Node("--require-address-validation", "false", "--handler-timeout-secs=20",
              "--max-connections", "5", "--idle-timeout-ms", "60000") as node:
        expect_exit(node.call("echo"), 0)


def handshakes_above_the_allowance_are_refused():
    with Node("--max-handshake-attempts-per-minute", "1") as node:
        expect_exit(node.call("echo"), 0)
        result = node.call("echo")
        expect_exit(result, 1)
        expect("handshake_rejected" in result.stderr, result.stderr)


def bench_counts_calls_and_finds_no_error():
    with Node() as node:
        for inflight, payload in ((1, 0), (1, 100_000), (32, 1024)):
            result = run("--json", "bench", node.address, node.hotkey, "--payload", payload,
                         "--inflight", inflight, "--seconds", "0.3")
            expect_exit(result, 0)
            value = json.loads(result.stdout)
            expect_equal(list(value), ["calls", "rate", "p50_us", "p90_us", "p99_us", "max_us",
                                       "cpu_us_per_call", "errors"])
            expect(value["calls"] > 0 and value["errors"] == 0, value)
            expect(0 < value["p50_us"] <= value["p90_us"] <= value["p99_us"] <= value["max_us"],
                   value)


def bench_measures_connects():
    with Node("--max-handshake-attempts-per-minute", "100000") as node:
        result = run("--json", "bench", node.address, node.hotkey, "--connect", 20)
        expect_exit(result, 0)
        value = json.loads(result.stdout)
        expect_equal((value["connects"], value["errors"]), (20, 0))
        expect(0 < value["p50_us"] <= value["p99_us"], value)


def bench_measures_one_stream():
    with Node() as node:
        result = run("--json", "bench", node.address, node.hotkey, "--stream", 500,
                     "--payload", 100)
        expect_exit(result, 0)
        value = json.loads(result.stdout)
        expect_equal((value["chunks"], value["bytes"], value["errors"]), (500, 50_000, 0))
        expect(value["rate"] > 0, value)


if __name__ == "__main__":
    sys.exit(main([
        ready_line_has_address_and_hotkey,
        either_signal_ends_it_with_0,
        idle_server_that_sleeps_already_ends_too,
        running_request_is_answered_before_it_goes,
        second_signal_ends_the_wait,
        seed_is_not_in_the_process_list,
        seed_is_not_in_the_environment_any_more,
        port_that_is_taken_is_local_trouble,
        settings_come_in_any_spelling,
        handshakes_above_the_allowance_are_refused,
        bench_counts_calls_and_finds_no_error,
        bench_measures_connects,
        bench_measures_one_stream,
    ]))
