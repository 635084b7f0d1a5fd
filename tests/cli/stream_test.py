#!/usr/bin/env python3
"""`ltn stream` against `ltn serve --builtin`: chunks, ends, failures, pacing."""

import base64
import json
import subprocess
import sys

from cli_support import (CLIENT_SEED, Node, environment, expect, expect_equal, expect_exit,
                         expect_one_line_error, json_error, main, program, run)


def generated(n):
    x = 0x9E3779B97F4A7C15 ^ n
    out = bytearray()
    for _ in range(n):
        x = (x * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        out.append(x >> 56)
    return bytes(out)


def stream(node, kind, *options, **kwargs):
    return run("--json", "stream", node.address, node.hotkey, kind, *options, **kwargs)


def lines_of(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def every_chunk_is_a_line_and_the_end_counts_them():
    with Node() as node:
        result = stream(node, "stream", "--data", '{"chunks":5,"size":300}')
        expect_exit(result, 0)
        lines = lines_of(result)
        expect_equal(len(lines), 6, "lines")
        for line in lines[:5]:
            expect_equal(base64.b64decode(line["chunk"]["$bin"]), generated(300), "bytes")
        expect_equal(lines[5], {"event": "end", "chunks": 5, "bytes": 1500})


def missing_fields_take_their_defaults():
    with Node() as node:
        lines = lines_of(stream(node, "stream"))
        expect_equal(lines[-1], {"event": "end", "chunks": 3, "bytes": 3072})


def a_stream_without_chunks_is_an_end():
    with Node() as node:
        expect_equal(lines_of(stream(node, "stream", "--data", '{"chunks":0}')),
                     [{"event": "end", "chunks": 0, "bytes": 0}])


def a_handler_that_fails_halfway_is_an_error_after_its_chunks():
    with Node() as node:
        result = stream(node, "stream_fail", "--data", '{"chunks":4,"size":8}')
        expect_exit(result, 1)
        expect_equal(len(lines_of(result)), 2, "chunks before the failure")
        expect_equal(json_error(result)["detail"], "stream error: stream processing failed")


def a_name_without_handler_is_an_error_that_does_not_repeat_it():
    with Node() as node:
        result = run("stream", node.address, node.hotkey, "no-such-name")
        expect_exit(result, 1)
        expect_one_line_error(result, "stream")
        expect("unrecognized synapse type" in result.stderr, result.stderr)


def a_unary_call_of_a_stream_says_what_to_use():
    with Node() as node:
        result = node.call("stream")
        expect_exit(result, 1)
        expect("received StreamChunk on non-streaming query" in result.stderr, result.stderr)


def chunks_with_pauses_come_one_by_one():
    with Node() as node:
        lines = lines_of(stream(node, "stream", "--data", '{"chunks":4,"size":1,"delay_ms":20}'))
        expect_equal(lines[-1], {"event": "end", "chunks": 4, "bytes": 4})


def large_streams_arrive_whole():
    with Node() as node:
        result = subprocess.run(
            [program(), "--seed", CLIENT_SEED, "stream", node.address, node.hotkey, "stream",
             "--data", '{"chunks":64,"size":1000000}'],
            capture_output=True, text=True, env=environment(), timeout=120)
        expect_exit(result, 0)
        expect_equal(result.stdout.splitlines()[-1], "end: 64 chunks, 64000000 bytes")


def a_reader_that_is_killed_does_not_disturb_the_next():
    with Node() as node:
        reader = subprocess.Popen(
            [program(), "--json", "--seed", CLIENT_SEED, "stream", node.address, node.hotkey,
             "stream", "--data", '{"chunks":1000000000,"size":1000}'],
            stdout=subprocess.PIPE, text=True, env=environment())
        expect(reader.stdout.readline() != "", "a first chunk")
        reader.kill()
        reader.communicate()
        expect_equal(len(lines_of(stream(node, "stream", seed="33" * 32))), 4, "lines")


if __name__ == "__main__":
    sys.exit(main([
        every_chunk_is_a_line_and_the_end_counts_them,
        missing_fields_take_their_defaults,
        a_stream_without_chunks_is_an_end,
        a_handler_that_fails_halfway_is_an_error_after_its_chunks,
        a_name_without_handler_is_an_error_that_does_not_repeat_it,
        a_unary_call_of_a_stream_says_what_to_use,
        chunks_with_pauses_come_one_by_one,
        large_streams_arrive_whole,
        a_reader_that_is_killed_does_not_disturb_the_next,
    ]))
