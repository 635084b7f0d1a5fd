#!/usr/bin/env python3
"""The Rust binding's checks as TAP, one line per test of cargo's. Started by tests/suites/63-rust, which
sets the environment."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "house"))
from tap import not_ok, ok, skip  # noqa: E402

RUST = ROOT / "bindings" / "rust"
DRIVER = ROOT / "tests" / "conformance" / "drivers" / "rust"
RESULT = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, (.*))?$")
PROGRAM = re.compile(r"^\s+(?:Running (?:unittests )?(\S+)|Doc-tests (\S+))")


def run(arguments, folder=RUST, **more):
    """A command's status and all it said."""
    done = subprocess.run(arguments, cwd=folder, env=dict(os.environ, **more), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace")
    return done.returncode, done.stdout


def check(name, arguments, folder=RUST, **more):
    """One case that is good when the command says so."""
    status, said = run(arguments, folder, **more)
    if status:
        not_ok(name, said[-6000:])
    else:
        ok(name)
    return status == 0


def tests_of(said):
    """(name, outcome, why) of what `cargo test` said, with the file's name before the test's."""
    program, samples = "", 0
    for line in said.splitlines():
        began = PROGRAM.match(line)
        if began:
            program = pathlib.Path(began[1]).stem if began[1] else f"{began[2]} documentation"
            continue
        result = RESULT.match(line)
        if result:
            name = result[1]
            if " - (line " in name:
                # The number of a sample's line changes with every edit; its place does not.
                samples += 1
                name = f"sample_{samples}_compiles"
            yield f"{program}: {name}", result[2], result[3] or said[-2000:]


def cargo_tests(name, arguments):
    status, said = run(["cargo", "test", "--no-fail-fast", *arguments])
    failed = False
    for test, outcome, why in tests_of(said):
        if outcome == "ignored":
            # Those that measure have commands of their own.
            continue
        if outcome == "ok":
            ok(test)
        else:
            failed = True
            about = re.search(rf"^---- {re.escape(test.split(': ', 1)[1])} stdout ----$(.*?)^(?=----|\w)",
                              said, re.MULTILINE | re.DOTALL)
            not_ok(test, about[1].strip() if about else why)
    if status and not failed:
        not_ok(name, said[-6000:])


def main():
    if not shutil.which("pkg-config"):
        skip("everything", "no pkg-config")
        return
    folders = [RUST, RUST / "bench", RUST / "generate", DRIVER]
    folders = [folder for folder in folders if (folder / "Cargo.toml").exists()]
    if run(["cargo", "fmt", "--version"])[0]:
        skip("sources_are_formatted", "no rustfmt")
    else:
        for folder in folders:
            name = folder.relative_to(ROOT).as_posix()
            check(f"sources_are_formatted {name}", ["cargo", "fmt", "--all", "--check"], folder)
    if run(["cargo", "clippy", "--version"])[0]:
        skip("no_warning", "no clippy")
    else:
        lint = ["cargo", "clippy", "--quiet", "--workspace", "--all-targets"]
        check("no_warning bindings/rust", [*lint, "--features", "ltn/testing", "--", "-Dwarnings"])
    cargo_tests("tests_are_built", ["--workspace", "--features", "ltn/testing"])
    check("documentation_has_no_warning", ["cargo", "doc", "--quiet", "--no-deps", "--workspace",
                                           "--features", "ltn/testing"], RUSTDOCFLAGS="-Dwarnings")
    for script, name in (("growth", "a_long_life_costs_no_memory"),
                         ("added", "a_new_project_outside_adds_the_crate_and_runs_the_readmes_client")):
        if (RUST / "tests" / script).exists():
            check(name, [str(RUST / "tests" / script)])


if __name__ == "__main__":
    main()
