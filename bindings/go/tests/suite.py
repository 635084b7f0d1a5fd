#!/usr/bin/env python3
"""Runs what the module is tested with and says it as TAP, one line per test. tests/suites/62-go calls
this with the library's place in the environment."""

import json
import os
import pathlib
import subprocess
import sys

MODULE = pathlib.Path(__file__).resolve().parents[1]
DRIVER = MODULE.parents[1] / "tests/conformance/drivers/go"
sys.path.insert(0, str(MODULE.parents[1] / "tests" / "house"))
from tap import not_ok, ok, skip, verdict  # noqa: E402


def run(*arguments, at=MODULE, **more):
    """(worked, everything it said)"""
    done = subprocess.run([str(each) for each in arguments], cwd=at, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env=dict(os.environ, **more))
    return done.returncode == 0, done.stdout


def case(name, result):
    worked, said = result
    if worked:
        ok(name)
    else:
        not_ok(name, said[-6000:])
    return worked


def go_test(label, *arguments, **more):
    """The results of `go test` as they come; what is no test (a build that fails, a leak that goleak
    finds after the last one) counts as the package's own result."""
    env = dict(os.environ, **more)
    said = {}
    with subprocess.Popen(["go", "test", "-json", "-count=1", *arguments], cwd=MODULE, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        for line in process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"Action": "output", "Output": line}
            take(label, event, said)
    if process.returncode != 0 and not said.get("failed"):
        not_ok(f"{label}: go test", "".join(said.get("", []))[-6000:])


def take(label, event, said):
    test = event.get("Test", "")
    action = event["Action"]
    if action in ("output", "build-output"):
        said.setdefault(test, []).append(event.get("Output", ""))
        return
    if action not in ("pass", "fail", "skip"):
        return
    text = "".join(said.pop(test, []))
    name = f"{label}: {test or event.get('Package', '').rpartition('/')[2]}"
    if action == "fail":
        said["failed"] = True
        not_ok(name, text[-6000:])
    elif test and action == "pass":
        ok(name)
    elif test:
        reason = [line for line in text.splitlines() if line and not line.startswith(("=", "-"))]
        skip(name, (reason or ["no reason given"])[-1].rpartition(": ")[2])


def has_archive():
    return (pathlib.Path(os.environ["LTN_PREFIX"]) / "lib" / "libltn.a").exists()


def main():
    worked, said = run("go", "mod", "download")
    if not worked:
        skip("packages", "no packages of other modules: " + said.strip().replace("\n", " ")[-200:])
        return
    for label, folder in (("", MODULE), (" of the conformance driver", DRIVER)):
        worked, said = run("gofmt", "-l", ".", at=folder)
        verdict("gofmt" + label, said.splitlines())
        case("go mod tidy changes nothing" + label, run("go", "mod", "tidy", "-diff", at=folder))
        case("go vet" + label, run("go", "vet", "./...", at=folder))
    go_test("race", "-race", "./...", GODEBUG="cgocheck=1")
    case("go get and the README's client, outside the checkout", run("tests/outside_checkout"))
    name = "static: the tests over the archive"
    if has_archive():
        case(name, run("go", "test", "-count=1", "-tags", "static", "."))
    else:
        skip(name, "the library is installed without libltn.a")
    print(run("tests/growth/run")[1], flush=True)


if __name__ == "__main__":
    main()
