#!/usr/bin/env python3
"""What each language costs over C: echo of 1 KiB, one in flight (p50) and 32 in flight (calls/s), all clients
in turn against the same server, in rounds. Ratios are made within a round."""

import json
import os
import statistics
import subprocess
import sys

import measure
import peers

ROOT = measure.ROOT
# (name, program, its word for the mode, what is measured, target over C)
ROWS = [
    ("c", None, "one", "p50", None),
    ("rust", "rust", "one", "p50", 1.1),
    ("go", "go", "one", "p50", 1.5),
    ("python blocking", "python", "blocking-one", "p50", 2.0),
    ("python asyncio", "python", "asyncio-one", "p50", 4.0),
    ("node", "node", "one", "p50", 5.0),
    ("c", None, "many", "rate", None),
    ("rust", "rust", "many", "rate", 0.9),
    ("go", "go", "many", "rate", 0.5),
    ("node", "node", "many", "rate", 0.25),
    ("python asyncio", "python", "asyncio-many", "rate", 0.15),
    ("the crate", "crate", "many", "rate", None),
]


def c_client(prefix, env):
    out = ROOT / "build" / "bench-echo-c"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "ltn"], env=env, check=True,
                           capture_output=True, text=True).stdout.split()
    subprocess.run(["cc", "-std=c99", "-O2", str(ROOT / "bench/bindings/echo.c"), *flags, "-o",
                    str(out), f"-Wl,-rpath,{prefix}/lib"], env=env, check=True)
    return out


def program(kind, prefix, env):
    if kind is None:
        return c_client(prefix, env)
    if kind == "crate":
        return ROOT / "tests/conformance/drivers/crate/bench"
    return ROOT / "bindings" / kind / "bench" / "run"


def once(path, server, word, seconds, env):
    done = subprocess.run([str(path), server.address, server.ready["hotkey"], word, str(seconds)], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds + 600)
    peers.expect(done.returncode == 0, f"figures of {path}", done.stderr[-800:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def measured(options):
    prefix = options.prefix or subprocess.run(
        [str(ROOT / "tools/lib/build_prefix"), "release"], check=True, stdout=subprocess.PIPE,
        text=True).stdout.strip()
    env = dict(os.environ, LTN_PREFIX=prefix, LD_LIBRARY_PATH=f"{prefix}/lib",
               PKG_CONFIG_PATH=f"{prefix}/lib/pkgconfig")
    rows = [row for row in ROWS if not options.only or row[0] in options.only or row[0] == "c"]
    paths = {row[1]: program(row[1], prefix, env) for row in rows}
    rows = [row for row in rows if paths[row[1]].exists()]
    found = measure.programs(options, ("ours",))
    figures = {index: [] for index in range(len(rows))}
    with measure.serving(found["ours"], []) as server:
        for turn in range(-1, options.rounds):
            for index, (name, kind, word, what, _) in enumerate(rows):
                measure.progress(f"round {turn + 1} of {options.rounds}: {name}, {word}")
                seconds = options.seconds if turn >= 0 else 0.2  # the first only builds and warms
                got = once(paths[kind], server, word, seconds, env)
                if turn >= 0:
                    figures[index].append(got["p50_us"] if what == "p50"
                                          else got["calls"] / got["seconds"])
    return told(rows, figures)


def told(rows, figures):
    out = []
    lines = []
    for index, (name, _, word, what, target) in enumerate(rows):
        base = next(i for i, row in enumerate(rows) if row[0] == "c" and row[3] == what)
        ratios = [mine / c for mine, c in zip(figures[index], figures[base])]
        row = {"client": name, "mode": word, "what": what, "figures": figures[index],
               "over_c": ratios, "target": target}
        out.append(row)
        unit = f"{statistics.median(figures[index]):.1f} us" if what == "p50" \
            else f"{statistics.median(figures[index]):,.0f}/s"
        met = "" if target is None else (
            "met" if (statistics.median(ratios) <= target) == (what == "p50") else "missed")
        lines.append([f"{name}, {word}", unit, f"{statistics.median(ratios):.2f}",
                      f"{min(ratios):.2f}-{max(ratios):.2f}", target or "", met])
    measure.table(["client", "median", "over C", "spread", "target", ""], lines)
    return out


if __name__ == "__main__":
    parser = measure.arguments(__doc__)
    parser.add_argument("--prefix", help="where the library is installed (default: built)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    sys.exit(measure.main("bindings", __doc__, parser.parse_args(), measured))
