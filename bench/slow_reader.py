#!/usr/bin/env python3
"""A stream whose reader is slow: the peak memory of both sides, over that of a stream of one chunk."""

import argparse
import json
import sys
import time

import measure
import peers

MIB = 1 << 20
READ_BYTES = 1 << 16
TICKS_PER_SECOND = 20
# Before anything is read: long enough that every buffer on the way is as full as it gets, and
# shorter than a server waits for a reader.
PAUSE_SECONDS = 5.0
LOOK_SECONDS = 0.3


class Pace:
    """Lets bytes through as they fall due, from the end of the first pause on."""

    def __init__(self, bytes_total, seconds):
        self.rate = bytes_total / seconds
        self.began = time.monotonic()
        self.let = 0

    def room(self):
        return int((time.monotonic() - self.began) * self.rate) - self.let


def read_slowly(child, bytes_total, seconds):
    """Everything that a stream prints, at a steady pace; returns its last lines."""
    pace = Pace(bytes_total, seconds)
    tail = b""
    told = time.monotonic()
    while True:
        # Also after the end is due: the pace is a guess, the stream's end is not.
        room = pace.room() if pace.let < bytes_total else READ_BYTES
        if room >= min(READ_BYTES, bytes_total):
            some = child.read(min(room, READ_BYTES), 60)
            if not some:
                return tail
            pace.let += len(some)
            tail = tail[-4096:] + some
        else:
            time.sleep(1 / TICKS_PER_SECOND)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            measure.progress(f"read {pace.let // MIB} of {bytes_total // MIB} MiB of text")


def one_stream(client, server, chunks, size, seconds):
    """Peaks of client and server in KiB, in processes of their own."""
    with measure.serving(server, []) as serving:
        # Numbered chunks differ, so that a server cannot hold one of them for all.
        data = json.dumps({"chunks": chunks, "size": size, "numbered": 1})
        command = [client.path, "stream", serving.address, serving.ready["hotkey"], "stream",
                   "--data", data, "--seed", peers.seed_for("bench", "reader")]
        command += ["--json"] if client.ours else []
        with measure.ended(measure.Child(command)) as child:
            began = time.monotonic()
            with measure.Peak(child.pid) as peak:
                child.await_output(60)
                # A chunk fills the pipe, so that even a short stream is there to be looked at.
                time.sleep(PAUSE_SECONDS if seconds > 0 else LOOK_SECONDS)
                # A chunk is printed in base64, with a few bytes around it.
                text = chunks * (4 * size // 3 + 24)
                tail = read_slowly(child, text, max(seconds, 0.01))
            took = time.monotonic() - began
            child.end()
        server_peak = measure.peak_kib(serving.process.pid)
        serving.stop()
    last = json.loads(tail.rstrip(b"\n").rsplit(b"\n", 1)[-1])
    peers.expect(last.get("chunks") == chunks and last.get("bytes") == chunks * size,
                 f"{chunks} chunks of {size} bytes", last)
    peers.expect(peak.kib > 0, "the memory of the reader", "its end before it was looked at")
    return peak.kib, server_peak, took


def direction(client, server, options):
    chunks = max(1, options.mib * MIB // options.size)
    measure.progress(f"{client.kind} reads from {server.kind}: one chunk, for comparison")
    client_one, server_one, _ = one_stream(client, server, 1, options.size, 0)
    measure.progress(f"{client.kind} reads from {server.kind}: {options.mib} MiB slowly")
    client_peak, server_peak, took = one_stream(client, server, chunks, options.size,
                                                options.seconds)
    measure.progress(f"{client.kind} reads from {server.kind}: {options.mib} MiB at once")
    client_fast, server_fast, quick = one_stream(client, server, chunks, options.size, 0)
    return {"client": client.kind, "server": server.kind, "chunks": chunks, "size": options.size,
            "seconds": round(took, 2), "seconds_at_once": round(quick, 2),
            "client_peak_kib": client_peak, "client_one_chunk_kib": client_one,
            "server_peak_kib": server_peak, "server_one_chunk_kib": server_one,
            "client_peak_at_once_kib": client_fast, "server_peak_at_once_kib": server_fast}


def run(options):
    found = measure.programs(options, ("ours", "crate") if options.crate else ("ours",))
    rows = measure.each(measure.directions(found, options), direction)

    def growth(row, side, kind=""):
        return f"{(row[f'{side}_peak{kind}_kib'] - row[f'{side}_one_chunk_kib']) / 1024:.1f}"

    measure.table(
        ["reader-server", "reader MiB", "over one chunk", "server MiB", "over one chunk", "s",
         "unhurried: reader", "server"],
        [[f"{row['client']}-{row['server']}", f"{row['client_peak_kib'] / 1024:.1f}",
          growth(row, "client"), f"{row['server_peak_kib'] / 1024:.1f}", growth(row, "server"),
          row["seconds"], growth(row, "client", "_at_once"), growth(row, "server", "_at_once")]
         for row in rows])
    return rows


def main():
    parser = measure.arguments(__doc__)
    parser.add_argument("--mib", type=int, default=64, help="size of the stream (default: 64)")
    parser.add_argument("--size", type=int, default=65536, help="of a chunk (default: 65536)")
    parser.add_argument("--seconds", type=float, default=15,
                        help="in which it is read, after a pause of 5 s (default: 15)")
    parser.add_argument("--crate", action=argparse.BooleanOptionalAction, default=True,
                        help="also in all directions with the crate")
    return measure.main("slow_reader", __doc__, parser.parse_args(), run)


if __name__ == "__main__":
    sys.exit(main())
