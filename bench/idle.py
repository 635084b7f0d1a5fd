#!/usr/bin/env python3
"""What an idle authenticated connection costs a server: memory, and its share of a core."""

import sys
import time

import measure
import peers

TARGET_KIB = 30.0
TARGET_PERCENT = 1.0
# What opening takes at worst: a busy machine manages some tens of handshakes a second.
CONNECTIONS_PER_SECOND_LEAST = 25
CONNECTIONS_MAX = 60000


def server_options(ours, count):
    """As many as are wanted, all from one address; everything else stays as it comes."""
    options = ["--max-connections", str(min(65536, count + count // 4 + 16))]
    if ours:
        options += ["--max-unauthenticated-connections", "4096",
                    "--max-unauthenticated-per-source", "4096"]
    return options


def rest(seconds):
    began = time.monotonic()
    told = began
    while (left := began + seconds - time.monotonic()) > 0:
        time.sleep(min(left, 1))
        if time.monotonic() - told >= 10:
            told = time.monotonic()
            measure.progress(f"idle for {told - began:.0f} of {seconds:g} s")
    return time.monotonic() - began


def check(driver, count, seconds):
    driver.tell("check")
    checked = driver.line(seconds)
    peers.expect(checked["served"] == count, f"all {count} connections to be served after idling",
                 checked["outcomes"])
    return checked["served"]


def one(server_program, driver_program, options):
    count = options.count
    patience = 60 + count / CONNECTIONS_PER_SECOND_LEAST
    with measure.serving(server_program, server_options(server_program.ours, count)) as server:
        pid = server.process.pid
        time.sleep(0.5)
        before = measure.memory_kib(pid)
        command = [driver_program.path, "idle", server.address, "--count", str(count),
                   "--sockets", str(options.sockets), "--at-once", str(options.at_once)]
        with measure.ended(measure.Child(command)) as driver:
            measure.progress(f"{server_program.kind}: opening {count} connections")

            def note():
                grown = measure.memory_kib(pid)["VmRSS"] - before["VmRSS"]
                measure.progress(f"still opening; the server has grown by {grown} KiB")

            opened = driver.line(patience, note)
            # What the last handshakes leave to do is no part of idling.
            time.sleep(1)
            up = measure.memory_kib(pid)
            cpu = measure.processor_seconds(pid)
            seconds = rest(options.seconds)
            cpu = measure.processor_seconds(pid) - cpu
            after = measure.memory_kib(pid)
            used = measure.allocator(pid)
            served = check(driver, opened["connections"], patience)
            driver.end()
        closed = measure.memory_kib(pid)
        server.stop()

    def per_connection(later, field):
        return round((later.get(field, 0) - before.get(field, 0)) / count, 2)

    return {
        "server": server_program.kind, "connections": opened["connections"], "served": served,
        "opening_seconds": round(opened["seconds"], 2), "idle_seconds": round(seconds, 2),
        "allocator": used, "cpu_percent": round(100 * cpu / seconds, 3),
        "kib_per_connection": per_connection(after, "VmRSS"),
        "kib_per_connection_when_up": per_connection(up, "VmRSS"),
        "private_kib_per_connection": per_connection(after, "Private"),
        "anonymous_kib_per_connection": per_connection(after, "Anonymous"),
        "kib_per_connection_after_close": per_connection(closed, "VmRSS"),
        "before_kib": before, "up_kib": up, "after_kib": after, "closed_kib": closed,
    }


def run(options):
    if not 1 <= options.count <= CONNECTIONS_MAX:
        raise SystemExit(f"expected --count from 1 to {CONNECTIONS_MAX}, came {options.count}")
    found = measure.programs(options)
    # Opens the connections for either server: the load has to be the same.
    driver = found.get("crate")
    peers.expect(driver is not None, "the crate's driver, which opens the connections", "none")
    rows = measure.each([(f"round {number + 1} of {options.rounds}: {kind}", program, driver, options)
                         for number in range(options.rounds) for kind, program in found.items()
                         if not options.only or kind in options.only], one)
    measure.table(
        ["server", "connections", "served", "KiB each", "private", "when up", "after close",
         "% of a core", "opened in s"],
        [[row["server"], row["connections"], row["served"], row["kib_per_connection"],
          row["private_kib_per_connection"], row["kib_per_connection_when_up"],
          row["kib_per_connection_after_close"], row["cpu_percent"], row["opening_seconds"]]
         for row in rows])
    for kind in dict.fromkeys(row["server"] for row in rows):
        said = next(row["allocator"] for row in rows if row["server"] == kind)
        print(f"allocator of {kind}: {said}")
    ours = [row for row in rows if row["server"] == "ours"]
    for unit, field, target in (("KiB each", "kib_per_connection", TARGET_KIB),
                                ("% of a core", "cpu_percent", TARGET_PERCENT)):
        if ours:
            worst = max(row[field] for row in ours)
            print(f"target of ours, at most {target:g} {unit}: "
                  f"{'met' if worst <= target else 'missed'} with {worst:g}")
    return rows


def main():
    parser = measure.arguments(__doc__)
    parser.add_argument("--count", type=int, default=10000, help="connections (default: 10000)")
    parser.add_argument("--seconds", type=float, default=60, help="of idling (default: 60)")
    parser.add_argument("--rounds", type=int, default=1, help="servers alternate (default: 1)")
    parser.add_argument("--sockets", type=int, default=8, help="of the load (default: 8)")
    parser.add_argument("--at-once", type=int, default=32, help="handshakes (default: 32)")
    return measure.main("idle", __doc__, parser.parse_args(), run)


if __name__ == "__main__":
    sys.exit(main())
