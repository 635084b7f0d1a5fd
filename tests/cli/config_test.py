#!/usr/bin/env python3
"""`--config`, the environment and `ltn config check`."""

import json
import pathlib
import sys

from cli_support import (Node, environment, expect, expect_equal, expect_exit, main, run,
                         temporary_folder)


def written(folder, text):
    path = pathlib.Path(folder, "ltn.toml")
    path.write_text(text)
    return path


def good_file_is_good():
    with temporary_folder() as folder:
        path = written(folder, "[server]\nmax_connections = 5\n")
        result = run("--json", "config", "check", path, seed=None)
        expect_exit(result, 0)
        expect_equal(json.loads(result.stdout), {"ok": True, "file": str(path)})


def bad_file_says_setting_and_line():
    with temporary_folder() as folder:
        path = written(folder, "[server]\n\nidle_timeout_secs = 10\n")
        result = run("config", "check", path, seed=None)
        expect_exit(result, 3)
        expect(f"idle_timeout_ms: {path}:3" in result.stderr, result.stderr)
        bad = run("config", "check", path, seed=None,
                  env=environment(LTN_SERVER_MAX_CONNECTIONS="0"))
        expect_exit(bad, 3)
        expect("max_connections must be non-zero (environment variable LTN_SERVER_MAX_CONNECTIONS)"
               in bad.stderr, bad.stderr)
        expect_exit(run("config", "check", path.with_name("none"), seed=None), 3)


def served_file_is_obeyed_and_the_command_line_wins():
    with temporary_folder() as folder:
        path = written(folder, "[server]\nlisten = \"127.0.0.2:0\"\nhandler_timeout_secs = 0.2\n")
        with Node("--config", path) as node:
            # The helper's own --listen stands on the command line.
            expect(node.address.startswith("127.0.0.1:"), node.address)
            answer = json.loads(node.call("slow", "--data", '{"ms": 5000}').stdout)
            expect_equal(answer["success"], False, "cut off by the file's timeout")
        with Node("--config", path, "--handler-timeout-secs", "20") as node:
            answer = json.loads(node.call("slow", "--data", '{"ms": 500}').stdout)
            expect_equal(answer["success"], True, "the command line's timeout")


if __name__ == "__main__":
    sys.exit(main([
        good_file_is_good,
        bad_file_says_setting_and_line,
        served_file_is_obeyed_and_the_command_line_wins,
    ]))
