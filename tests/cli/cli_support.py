"""What the tests of the program share: where it is, running it, a node to talk to, TAP."""

import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]

SERVER_SEED = "11" * 32
CLIENT_SEED = "22" * 32


def program():
    """The program under test: the first argument, LTN_PROGRAM, or what the build leaves."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    return os.environ.get("LTN_PROGRAM") or str(ROOT / "build" / "bin" / "ltn")


def environment(**extra):
    env = {k: v for k, v in os.environ.items() if k != "LTN_SEED"}
    env.update(extra)
    return env


def run(*args, seed=CLIENT_SEED, env=None, stdin=None, timeout=60):
    """Runs the program to its end; `seed` None leaves our key out."""
    identity = ["--seed", seed] if seed else []
    return subprocess.run(
        [program(), *identity, *map(str, args)],
        capture_output=True,
        text=True,
        env=env or environment(),
        input=stdin,
        timeout=timeout,
    )


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def expect_equal(got, wanted, what="value"):
    expect(got == wanted, f"{what}: expected {wanted!r}, got {got!r}")


def expect_exit(result, status):
    expect(
        result.returncode == status,
        f"exit status: expected {status}, got {result.returncode}; "
        f"stdout {result.stdout[-500:]!r}, stderr {result.stderr[-500:]!r}",
    )


def expect_one_line_error(result, what):
    """`ltn: <what failed>: <why>`, one line, nothing else."""
    lines = result.stderr.splitlines()
    expect_equal(len(lines), 1, f"lines on stderr {result.stderr!r}")
    expect(lines[0].startswith(f"ltn: {what}: "), f"expected 'ltn: {what}: ...', got {lines[0]!r}")


def json_error(result):
    """The one object that --json puts on stderr instead."""
    lines = result.stderr.splitlines()
    expect_equal(len(lines), 1, f"lines on stderr {result.stderr!r}")
    error = json.loads(lines[0])
    expect_equal(sorted(error), ["code", "detail", "error"], "keys of the error object")
    return error


class Node:
    """A running `ltn serve --builtin`."""

    def __init__(self, *options, seed=SERVER_SEED):
        self.seed = seed
        self.process = subprocess.Popen(
            [program(), "--json", "--seed", seed, "serve", "--listen", "127.0.0.1:0", "--builtin",
             *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        if not ready:
            self.process.kill()
            raise AssertionError("the node did not become ready within 20 s")
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate(timeout=10)
            raise AssertionError(f"the node ended at once: {errors!r}")
        self.ready = json.loads(line)
        self.address = self.ready["address"]
        self.hotkey = self.ready["hotkey"]

    def call(self, kind, *options, **kwargs):
        return run("--json", "call", self.address, self.hotkey, kind, *options, **kwargs)

    def stop(self, sign=signal.SIGTERM):
        """Returns (exit status, stderr)."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            _, errors = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError("the node did not end within 20 s of the signal") from None
        return self.process.returncode, errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def wait_for(condition, what, seconds=10):
    """Waits for something another process does; looks often, fails late."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.01)


def temporary_folder():
    return tempfile.TemporaryDirectory(prefix="ltn-cli-")


def wanted(test):
    """LTN_TEST_FILTER: names separated by spaces, or nothing for all."""
    words = os.environ.get("LTN_TEST_FILTER", "").split()
    name = f"cli/{pathlib.Path(sys.argv[0]).stem}: {test.__name__}"
    return not words or any(word in name for word in words)


def main(tests):
    """Runs the functions in order and speaks TAP; the exit status is the number of failures."""
    tests = [test for test in tests if wanted(test)]
    if not shutil.which(program()):
        print(f"1..0 # SKIP no program at {program()}")
        return 1
    print(f"1..{len(tests)}")
    failures = 0
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception:  # each test stands alone; the rest still runs
            failures += 1
            print(f"not ok {number} - {test.__name__}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    return failures
