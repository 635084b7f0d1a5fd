#!/usr/bin/env python3
"""Bodies of 64 MiB, there and back, with the frame limit at 128 MiB on both sides."""

import sys
import time

import measure
import peers

MIB = 1 << 20


def direction(client, server, options):
    limit = ["--max-frame-payload-bytes", str(options.limit_mib * MIB)]
    payload = options.mib * MIB
    with measure.serving(server, [*limit, "--handler-timeout-secs", "120"]) as serving:
        command = [client.path, "bench", serving.address, serving.ready["hotkey"],
                   "--payload", str(payload), "--inflight", "1", "--seconds", str(options.seconds),
                   "--seed", peers.seed_for("bench", "bodies"), *limit]
        # Of ours the wait for one answer is bounded; the crate's has none.
        command += ["--json", "--timeout-secs", "120"] if client.ours else []
        server_before = measure.memory_kib(serving.process.pid)["VmRSS"]
        cpu = measure.processor_seconds(serving.process.pid)
        with measure.ended(measure.Child(command)) as child:
            with measure.Peak(child.pid) as client_peak:
                began = time.monotonic()
                told = child.line(240 + options.seconds,
                                  lambda: measure.progress(f"{time.monotonic() - began:.0f} s"))
                child.end()
        server_peak = measure.peak_kib(serving.process.pid)
        cpu = measure.processor_seconds(serving.process.pid) - cpu
        serving.stop()
    peers.expect(told["errors"] == 0 and told["calls"] > 0, "echoes without an error", told)
    return {"client": client.kind, "server": server.kind, "payload_bytes": payload,
            "calls": told["calls"], "errors": told["errors"], "p50_ms": told["p50_us"] / 1000,
            "max_ms": told["max_us"] / 1000,
            "mib_per_second_each_way": options.mib / (told["p50_us"] / 1e6),
            "client_peak_kib": client_peak.kib, "server_peak_kib": server_peak,
            "server_before_kib": server_before, "server_cpu_seconds": round(cpu, 2)}


def run(options):
    if options.mib >= options.limit_mib:
        raise SystemExit(f"expected bodies below the limit of {options.limit_mib} MiB, "
                         f"came {options.mib} MiB")
    found = measure.programs(options)
    rows = measure.each(measure.directions(found, options), direction)
    measure.table(
        ["client-server", "calls", "errors", "median ms", "longest ms", "MiB/s each way",
         "client MiB", "server MiB"],
        [[f"{row['client']}-{row['server']}", row["calls"], row["errors"], f"{row['p50_ms']:.0f}",
          f"{row['max_ms']:.0f}", f"{row['mib_per_second_each_way']:.0f}",
          f"{row['client_peak_kib'] / 1024:.0f}", f"{row['server_peak_kib'] / 1024:.0f}"]
         for row in rows])
    return rows


def main():
    parser = measure.arguments(__doc__)
    parser.add_argument("--mib", type=int, default=64, help="of a body (default: 64)")
    parser.add_argument("--limit-mib", type=int, default=128, help="of a frame (default: 128)")
    parser.add_argument("--seconds", type=float, default=10,
                        help="calls are begun (default: 10)")
    return measure.main("large_bodies", __doc__, parser.parse_args(), run)


if __name__ == "__main__":
    sys.exit(main())
