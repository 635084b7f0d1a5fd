#!/usr/bin/env python3
"""Runs the suites of tests/suites and counts single test cases.

A suite is an executable there. It prints TAP: `ok - name`, `not ok - name`, a reason behind
`# SKIP`, details on lines that begin with `#`. Its first lines may say, as comments:

    names: GLOB ...    source files in which the names of its cases stand; a run with NAME starts
                       only the suites whose own name or whose sources contain NAME
    limit: SECONDS     how long it may take at most (default 1800)

Lines that begin with `## ` are for the reader and are always shown.

It is told LTN_TEST_FILTER (empty, or the NAMEs separated by spaces) and may use it to do less; what
it runs beyond that is not counted.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITES = ROOT / "tests" / "suites"
RESULT = re.compile(r"^(not )?ok\b\s*\d*\s*(?:-\s*)?(.*)$")
# How the names of cases stand in a source: cmocka's table, the calls of tests/house/tap.py, the
# functions of tests/cli.
CASE_NAMES = re.compile(r'cmocka_unit_test\w*\(\s*(\w+)|'
                        r'\b(?:verdict|case|ok|not_ok|skip)\(\s*f?"([^"]*)|^def (\w+)', re.MULTILINE)
SKIP = re.compile(r"\s*#\s*skip(?:ped)?:?\s*(.*)$", re.IGNORECASE)
TOOL_MISSING = re.compile(r"^no \S+|is not installed|not found", re.IGNORECASE)
PROGRESS_SECONDS = 30
REASONS_SHOWN = 6


def say(text):
    print(text, flush=True)


def names_in(path):
    text = path.read_text(errors="replace")
    if path.suffix == ".tsv":
        cases = [line.split("\t")[0] for line in text.splitlines()]
    else:
        cases = ["".join(found) for found in CASE_NAMES.findall(text)]
    return [path.relative_to(ROOT).as_posix(), *cases]


class Suite:
    def __init__(self, path):
        self.path = path
        self.name = re.sub(r"^\d+-", "", path.stem)
        self.limit = 1800
        self.globs = []
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[:20]:
            found = re.match(r"^#\s*(names|limit):\s*(.+)$", line)
            if found and found[1] == "names":
                self.globs += found[2].split()
            elif found:
                self.limit = int(found[2])

    def wanted(self, words):
        if not words or any(word in self.name for word in words):
            return True
        # `unit/program: case` is one name, of which the source knows the parts.
        parts = [part for word in words for part in re.split(r"[/:]\s*", word) if part]
        for pattern in self.globs:
            for path in filter(pathlib.Path.is_file, ROOT.glob(pattern)):
                if any(part in name for name in names_in(path) for part in parts):
                    return True
        return False


class Counter:
    """Reads one suite's TAP and keeps score."""

    def __init__(self, suite, words, ci):
        self.suite, self.words, self.ci = suite, words, ci
        if any(word in suite.name for word in words):
            self.words = []
        self.passed = self.failed = self.skipped = 0
        self.reasons = {}
        self.detail = []
        self.showing = False
        self.planned = None

    def seen(self):
        return self.passed + self.failed + self.skipped

    def full_name(self, name):
        return name if name.startswith(self.suite.name + "/") else f"{self.suite.name}/{name}"

    def fail(self, name, why=()):
        self.failed += 1
        say(f"FAILED {name}")
        for line in why:
            say(f"    {line}")

    def skip(self, name, reason):
        if self.ci and TOOL_MISSING.search(reason):
            self.fail(name, [f"skipped: {reason} (with CI set, a missing tool is a failure)"])
            return
        self.skipped += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def line(self, text):
        if text.startswith("## "):
            say(f"    {text[3:]}")
            return
        plan = re.match(r"^1\.\.(\d+)(.*)$", text)
        if plan:
            skip = SKIP.search(plan[2])
            if plan[1] == "0" and skip:
                self.skip(self.suite.name, skip[1])
            elif self.planned is None:
                self.planned = int(plan[1])
            return
        result = RESULT.match(text)
        if not result:
            if self.showing and text.startswith("#"):
                say(f"    {text[1:].rstrip()[:2000]}")
            else:
                self.showing = False
                self.detail = (self.detail + [text])[-200:]
            return
        self.showing = False
        detail, self.detail = self.detail, []
        name = result[2]
        skip = SKIP.search(name)
        name = name[: skip.start()] if skip else re.sub(r"\s+#\s.*$", "", name)
        name = self.full_name(name)
        if self.words and not any(word in name for word in self.words):
            return
        if skip:
            self.skip(name, skip[1].strip() or "no reason given")
        elif result[1]:
            self.fail(name, detail)
            self.showing = True
        else:
            self.passed += 1


def end_group(process):
    """Ends what the suite started, by the group that we made for it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            return
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            continue


def run_suite(suite, words, ci):
    counter = Counter(suite, words, ci)
    filter_words = "" if any(word in suite.name for word in words) else " ".join(words)
    env = dict(os.environ, LTN_ROOT=str(ROOT), LTN_TEST_FILTER=filter_words, PYTHONUNBUFFERED="1")
    env.setdefault("LTN_CACHE_DIR", str(cache_folder()))
    started = said = time.monotonic()
    say(f"{suite.name} ...")
    process = subprocess.Popen([str(suite.path)], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, text=True, errors="replace",
                               start_new_session=True)
    late = threading.Event()

    def give_up():
        late.set()
        end_group(process)

    limit = threading.Timer(suite.limit, give_up)
    limit.start()
    try:
        for text in process.stdout:
            counter.line(text.rstrip("\n"))
            if time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                say(f"  {suite.name}: {counter.seen()} done, {said - started:.0f} s")
        status = process.wait()
    except BaseException:
        end_group(process)
        raise
    finally:
        limit.cancel()
    if late.is_set():
        counter.fail(f"{suite.name}/time", [f"expected an end within {suite.limit} s"])
    elif status != 0 and not counter.failed:
        counter.fail(f"{suite.name}/status", [*counter.detail, f"expected status 0, came {status}"])
    elif counter.planned not in (None, counter.seen()) and not counter.words:
        counter.fail(f"{suite.name}/plan",
                     [f"expected {counter.planned} results, came {counter.seen()}"])
    took = time.monotonic() - started
    skips = "".join(f"; skipped {count}: {reason}" for reason, count in counter.reasons.items())
    if len(counter.reasons) > REASONS_SHOWN:
        skips = f"; skipped {counter.skipped} for {len(counter.reasons)} reasons, told by the suite itself"
    say(f"{suite.name}: {counter.passed} passed, {counter.failed} failed, {took:.0f} s{skips}")
    return counter


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("LTN_CACHE_DIR") or pathlib.Path(base) / "ltn")


def main(words):
    # As Ctrl-C: the group of the running suite is ended, not left behind.
    def interrupt(_signal, _frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)

    ci = bool(os.environ.get("CI"))
    suites = [Suite(path) for path in sorted(SUITES.iterdir())
              if path.is_file() and os.access(path, os.X_OK)]
    passed = failed = skipped = 0
    try:
        for suite in suites:
            if not suite.wanted(words):
                continue
            counter = run_suite(suite, words, ci)
            passed += counter.passed
            failed += counter.failed
            skipped += counter.skipped
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    if words and not passed + failed + skipped:
        say(f"no test has {' or '.join(words)} in its name")
        failed = 1
    say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
