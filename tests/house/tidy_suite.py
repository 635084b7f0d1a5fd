#!/usr/bin/env python3
"""clang-tidy over src/, two or more files at a time. A file that passed is remembered in the cache
folder under a hash of itself, of our headers that it includes, of its flags and of the checks."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

from tap import FILTER, ROOT, build, build_folder, cache_folder, not_ok, ok

# gcc's build, so that no second set of libraries is needed; clang is told to pass over gcc's options.
PRESET = "release"
CLANG_ONLY = ["--extra-arg=-Wno-unknown-warning-option"]


def configured():
    """How each file is compiled. Nothing is built for it."""
    wrong = build(PRESET, "build.ninja")
    database = build_folder(PRESET) / "compile_commands.json"
    if wrong or not database.exists():
        return None, wrong or f"expected {database} after configuring"
    return json.loads(database.read_text()), None


def included(arguments, source):
    """Our files that a source includes, by the compiler's own account."""
    plain, skip_next = [], False
    for argument in arguments:
        if skip_next:
            skip_next = False
        elif argument in ("-o", "-MF", "-MT", "-MQ"):
            skip_next = True
        elif argument not in ("-c", "-MD", "-MMD"):
            plain.append(argument)
    done = subprocess.run([*plain, "-MM"], capture_output=True, text=True, cwd=ROOT)
    names = done.stdout.replace("\\\n", " ").split()[1:]
    ours = [pathlib.Path(name) for name in names if name.startswith(str(ROOT))]
    return sorted(set(ours) | {pathlib.Path(source)})


def check(entry, salt, remembered):
    source = entry["file"]
    arguments = shlex.split(entry["command"])
    state = hashlib.sha256(salt)
    state.update(" ".join(arguments).replace(str(ROOT), "").encode())
    for path in included(arguments, source):
        state.update(path.read_bytes())
    mark = remembered / state.hexdigest()
    if mark.exists():
        return source, None
    done = subprocess.run(["clang-tidy", "--quiet", *CLANG_ONLY, "-p", build_folder(PRESET), source],
                          capture_output=True, text=True, errors="replace")
    if done.returncode == 0:
        mark.touch()
        return source, None
    return source, done.stdout + done.stderr[-2000:]


def main():
    if not shutil.which("clang-tidy"):
        print("1..0 # SKIP no clang-tidy")
        return 0
    entries, wrong = configured()
    if wrong:
        not_ok("configure", wrong)
        return 1
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True).stdout
    salt = version + (ROOT / ".clang-tidy").read_bytes()
    remembered = cache_folder() / "tidy"
    remembered.mkdir(parents=True, exist_ok=True)
    unique = {}
    for entry in entries:
        if pathlib.Path(entry["file"]).is_relative_to(ROOT / "src") and (
                not FILTER or any(word in entry["file"] for word in FILTER)):
            unique.setdefault(entry["file"], entry)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for source, said in pool.map(lambda entry: check(entry, salt, remembered), unique.values()):
            name = pathlib.Path(source).relative_to(ROOT).as_posix()
            not_ok(name, said) if said else ok(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
