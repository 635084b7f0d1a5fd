#!/usr/bin/env python3
"""Compares the speed of `ltn` and of the public crate on this machine.

Two processes per system (server and client) over loopback, rounds alternating between the systems,
new processes in every round. A ratio is taken inside a round, so that what else the machine does
in the meantime falls on both; its median and spread over the rounds are printed.
"""

import argparse
import json
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import peers  # noqa: E402

# Name, options of the client, figure, unit, and whether more is better.
MEASURES = (
    ("1 KB, one in flight", ("--payload", "1024", "--inflight", "1"),
     (("p50_us", "us", False), ("p99_us", "us", False), ("cpu_us_per_call", "us", False))),
    ("1 KB, 32 in flight", ("--payload", "1024", "--inflight", "32"),
     (("rate", "calls/s", True), ("p99_us", "us", False), ("cpu_us_per_call", "us", False))),
    ("100 KB, one in flight", ("--payload", "102400", "--inflight", "1"),
     (("p50_us", "us", False), ("p99_us", "us", False))),
    ("1 MB, one in flight", ("--payload", "1048576", "--inflight", "1"),
     (("p50_us", "us", False), ("p99_us", "us", False))),
    ("stream of 1 KiB chunks", ("--payload", "1024"),
     (("rate", "chunks/s", True), ("cpu_us_per_chunk", "us", False),
      ("server_cpu_us_per_chunk", "us", False))),
    ("connect with first call", None, (("p50_us", "us", False), ("p99_us", "us", False))),
)
PAIRS = {"ours": ("ours", "ours"), "crate": ("crate", "crate"),
         "ours to crate": ("ours", "crate"), "crate to ours": ("crate", "ours")}


def bench(client, server, seed, extra):
    command = [client.path, "bench", server.address, server.ready["hotkey"], "--seed", seed]
    told = client.run(command + (["--json"] if client.ours else []) + list(extra), 120)
    peers.expect(told.status == 0 and len(told.lines) == 1, "one line of figures", told)
    figures = told.lines[0]
    count = figures.get("calls") or figures.get("connects") or figures.get("chunks")
    peers.expect(figures["errors"] == 0 and count, "calls or chunks and no errors", figures)
    return figures


def wanted(options):
    """The measures whose name contains one of the words given; all without any."""
    words = options.only or [""]
    return [row for row in MEASURES if any(word in row[0] for word in words)]


def run_round(programs, pair, number, options):
    """All measures of one system, with a server of its own. Measure and figure to value."""
    client, server = (programs[kind] for kind in PAIRS[pair])
    limits = []
    if server.ours:
        # The same hotkey connects more often than a server at its defaults would have it.
        limits = ["--max-hotkey-attempts-per-minute", "1000000"]
    process = server.serve(peers.seed_for("compare", pair, number, "server"), limits)
    values = {}
    try:
        for name, extra, figures in wanted(options):
            if name.startswith("stream"):
                extra += ("--stream", str(options.chunks))
            elif extra is None:
                extra = ("--connect", str(options.connects))
            else:
                extra += ("--seconds", str(options.seconds))
            seed = peers.seed_for("compare", pair, number, "client")
            before = process.processor_seconds()
            told = bench(client, process, seed, extra)
            if "chunks" in told:
                # With the warm-up, which is a twentieth more.
                sent = told["chunks"] * 1.05
                used = process.processor_seconds() - before
                told["server_cpu_us_per_chunk"] = used * 1e6 / sent
            for figure, _, _ in figures:
                values[name, figure] = told[figure]
        process.stop()
    finally:
        process.kill()
    return values


def rows(rounds, pair, options):
    """Per figure: both medians, and how many times better `pair` is than the crate per round."""
    for name, _, figures in wanted(options):
        for figure, unit, more_is_better in figures:
            key = name, figure
            of_pair = [values[pair][key] for values in rounds]
            of_crate = [values["crate"][key] for values in rounds]
            ratios = sorted(a / b if more_is_better else b / a
                            for a, b in zip(of_pair, of_crate))
            yield {"measure": name, "figure": figure, "unit": unit,
                   "median": statistics.median(of_pair),
                   "crate_median": statistics.median(of_crate),
                   "ratio": statistics.median(ratios), "ratio_min": ratios[0],
                   "ratio_max": ratios[-1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ltn", default=str(peers.ROOT / "build" / "bin" / "ltn"))
    parser.add_argument("--peer", help="the crate's driver (default: built with cargo)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="per measure, after a warm-up")
    parser.add_argument("--connects", type=int, default=100, help="per round")
    parser.add_argument("--chunks", type=int, default=100_000, help="of the stream, per round")
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="measures whose name contains WORD; may be repeated")
    parser.add_argument("--cross", action="store_true",
                        help="also our client with the crate's server and the reverse")
    parser.add_argument("--json", metavar="FILE", help="writes the figures of every round")
    options = parser.parse_args()

    path = pathlib.Path(options.peer) if options.peer else peers.build_peer()
    if path is None:
        print("compare: the crate's driver is not built, and cargo is not installed")
        return 1
    programs = {"ours": peers.Program("ours", options.ltn), "crate": peers.Program("crate", path)}
    pairs = ["ours", "crate"] + (["ours to crate", "crate to ours"] if options.cross else [])

    rounds = []
    for number in range(options.rounds):
        rounds.append({pair: run_round(programs, pair, number, options) for pair in pairs})
        print(f"round {number + 1} of {options.rounds} done", file=sys.stderr, flush=True)

    told = {}
    print(f"{options.rounds} rounds of {options.seconds} s; better: how many times better than the "
          "crate, median (least to most) over the rounds")
    for pair in pairs:
        if pair == "crate":
            continue
        told[pair] = list(rows(rounds, pair, options))
        print(f"\n{'measure':26}{'figure':26}{pair:>14}{'crate':>14}  better")
        for row in told[pair]:
            print(f"{row['measure']:26}{row['figure']:26}{row['median']:14.1f}"
                  f"{row['crate_median']:14.1f}  {row['ratio']:.2f} "
                  f"({row['ratio_min']:.2f} to {row['ratio_max']:.2f})  {row['unit']}")
    if options.json:
        every = [{pair: [{"measure": name, "figure": figure, "value": value}
                         for (name, figure), value in values.items()]
                  for pair, values in one.items()} for one in rounds]
        pathlib.Path(options.json).write_text(json.dumps({"summary": told, "rounds": every},
                                                         indent=1) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Failed as failed:
        print(f"compare: {failed}", file=sys.stderr)
        sys.exit(1)
