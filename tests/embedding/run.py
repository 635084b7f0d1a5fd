#!/usr/bin/env python3
"""Compiles every program of tests/embedding against an installed library, as a host would, runs it and
shows its cases. Prints TAP.

    run.py PREFIX
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "house"))
from cmocka_suite import report, run  # noqa: E402
from tap import not_ok  # noqa: E402

HERE = ROOT / "tests/embedding"
WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-function"]


def flags(env, *packages):
    done = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], env=env,
                          capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else None


def compiled(source, prefix, work, env):
    """The program, or what the compiler said. Those without the rig find the library by dlopen."""
    linked = '"../abi/rig.h"' in source.read_text()
    program = work / source.stem
    command = ["cc", "-std=gnu11", "-g", "-O1", *WARNINGS, f"-I{prefix}/include",
               f'-DLTN_LIBRARY="{prefix}/lib/libltn.so.0"', source]
    command += [ROOT / "tests/abi/rig.c"] if linked else []
    command += (flags(env, "ltn") or []) if linked else []
    command += flags(env, "cmocka") or ["-lcmocka"]
    command += [*(flags(env, "openssl") or []), "-lpthread", "-ldl", "-lm", "-o", program]
    if not flags(env, "openssl"):
        command.insert(1, "-DLTN_NO_OPENSSL")
    done = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True)
    return (program, "") if done.returncode == 0 else (None, done.stderr)


def main():
    prefix = pathlib.Path(sys.argv[1]).resolve()
    os.environ["LD_LIBRARY_PATH"] = f"{prefix}/lib"
    env = dict(os.environ, PKG_CONFIG_PATH=f"{prefix}/lib/pkgconfig:" +
               os.environ.get("PKG_CONFIG_PATH", ""))
    with tempfile.TemporaryDirectory(prefix="ltn-embedding-") as folder, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = []
        for source in sorted(HERE.glob("*_test.c")):
            program, wrong = compiled(source, prefix, pathlib.Path(folder), env)
            if wrong:
                not_ok(f"{source.stem} compiles", wrong)
            else:
                running.append((f"embedding/{source.stem}", pool.submit(run, program)))
        for name, future in running:
            report(name, *future.result())
    return 0


sys.exit(main())
