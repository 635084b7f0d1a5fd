#!/usr/bin/env python3
"""Builds one kind of test in one preset and runs every program of it, two or more at a time.

    cmocka_suite.py PRESET KIND... [--only GLOB...]

A program that dies, or that ends with a status its results do not explain, is a failed case.
"""

import argparse
import concurrent.futures
import fnmatch
import os
import re
import subprocess
import sys

from tap import FILTER, ROOT, build, build_folder, not_ok, ok, skip

LIMIT_SECONDS = 600
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1:exitcode=66",
    "LSAN_OPTIONS": "report_objects=1",
}


def sources(kind, patterns):
    for path in sorted((ROOT / "tests" / kind).glob("*_test.*")):
        if path.suffix not in (".c", ".cpp"):
            continue
        if patterns and not any(fnmatch.fnmatch(path.stem, pattern) for pattern in patterns):
            continue
        if FILTER:
            text = f"{kind}/{path.stem}: " + path.read_text()
            parts = [part for word in FILTER for part in re.split(r"[/:]\s*", word) if part]
            if not any(part in text for part in parts):
                continue
        yield path


def run(program):
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    for name, value in SANITIZER_OPTIONS.items():
        env.setdefault(name, value)
    try:
        done = subprocess.run([program], env=env, cwd=program.parent, timeout=LIMIT_SECONDS,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace")
        return None, said + f"\nexpected an end within {LIMIT_SECONDS} s"
    except OSError as error:
        return None, f"expected to run {program}, came: {error}"
    return done.returncode, done.stdout


def report(name, status, output):
    """cmocka's dialect: a skipped case is `not ok N # SKIP name`; what a case printed stands before
    its line, why it failed behind it."""
    planned, seen, failed, before = None, 0, 0, []
    lines = output.splitlines()
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        plan = re.match(r"^1\.\.(\d+)", line)
        if plan and planned is None:
            planned = int(plan[1])
            continue
        result = re.match(r"^(not )?ok \d+ (?:- (.*)|# SKIP (.*))$", line)
        if not result:
            before.append(line)
            continue
        why = []
        while index < len(lines) and lines[index].startswith("#"):
            why.append(lines[index].lstrip("# "))
            index += 1
        seen += 1
        if result[3] is not None:
            said = [text for text in before if text.startswith("skipped: ")]
            skip(f"{name}: {result[3]}", said[-1][9:] if said else "the test skips itself")
        elif result[1]:
            failed += 1
            not_ok(f"{name}: {result[2]}", "\n".join(before[-40:] + why))
        else:
            ok(f"{name}: {result[2]}")
        before = []
    if status is None or planned is None or seen != planned or (status != 0 and not failed):
        end = "died" if status is None else f"ended with status {status}"
        not_ok(f"{name}: whole", "\n".join(
            [*before[-120:], f"expected {planned} results, came {seen}; {end}"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset")
    parser.add_argument("kinds", nargs="+")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()

    programs, targets = [], []
    for kind in options.kinds:
        for path in sources(kind, options.only):
            programs.append((kind, path))
            targets.append(f"{kind}_{path.stem}")
    if not programs:
        print("1..0 # SKIP nothing of this kind matches")
        return 0
    wrong = build(options.preset, *targets)
    if wrong:
        not_ok(f"{options.preset} build", wrong)
        return 1
    folder = build_folder(options.preset) / "tests"
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        running = [(f"{kind}/{path.stem}", pool.submit(run, folder / kind / path.stem))
                   for kind, path in programs]
        for name, future in running:
            report(name, *future.result())
    return 0


if __name__ == "__main__":
    sys.exit(main())
