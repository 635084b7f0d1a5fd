#!/usr/bin/env python3
"""Runs the table of cases.tsv between `ltn` and the public crate; prints TAP.

Only loopback; every case is bounded in time; only processes started here are ended, by pid.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import peers  # noqa: E402
from admission import ADMISSION  # noqa: E402
from cases import PROPER, Cell  # noqa: E402
from probes import RAW  # noqa: E402
from streams import STREAMS  # noqa: E402

# Client to server, in the order of the table's columns.
DIRECTIONS = (("crate", "ours"), ("ours", "crate"), ("oldest", "ours"), ("ours", "oldest"),
              ("ours", "ours"), ("crate", "crate"))
CASES = {**PROPER, **STREAMS, **ADMISSION, **RAW}


# Written short in the table.
REASONS = {
    "-raw": "n/a: the probe speaks QUIC by itself, whatever the release; run as crate to ours",
    "-proper": "n/a: a proper client cannot send it",
}


def read_table():
    """(case, client, server, cell) in the table's order; the table must cover exactly CASES."""
    rows, named = [], []
    for number, line in enumerate((peers.HERE / "cases.tsv").read_text().splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) != len(DIRECTIONS) + 2:
            raise SystemExit(f"cases.tsv:{number}: expected {len(DIRECTIONS) + 2} columns, "
                             f"came {len(columns)}")
        named.append(columns[0])
        for (client, server), cell in zip(DIRECTIONS, columns[1:-1]):
            cell = REASONS.get(cell, cell)
            if cell != "run" and not cell.startswith("n/a: "):
                raise SystemExit(f"cases.tsv:{number}: expected `run` or `n/a: …`, came {cell!r}")
            rows.append((columns[0], client, server, cell))
    if sorted(named) != sorted(CASES):
        odd = sorted(set(named) ^ set(CASES)) or "a case named twice"
        raise SystemExit(f"cases.tsv: expected one row per case, came {odd}")
    return rows


def run_cell(name, client, server, peer):
    """None, or what went wrong; and the notes of the case."""
    cell = Cell(name, client, server, peer)
    try:
        CASES[name](cell)
        cell.stop_all()
        return None, cell.notes
    except peers.Failed as failed:
        said = [process.said() for process in cell.started]
        return "\n".join([str(failed), *said]), cell.notes
    except Exception:  # noqa: BLE001 - a broken case is a failed one, and the others still run
        return traceback.format_exc(), cell.notes
    finally:
        cell.kill_all()


def comment(text):
    for line in str(text).splitlines():
        print(f"#   {line[:1500]}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ltn", default=str(peers.ROOT / "build" / "bin" / "ltn"))
    parser.add_argument("--peer", help="the crate's driver (default: built with cargo)")
    parser.add_argument("--oldest", help="the same on the oldest release")
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="cells whose `case/client-server` contains NAME; may be repeated")
    parser.add_argument("--jobs", type=int, default=3, metavar="N",
                        help="cells at a time; most of them mostly wait")
    parser.add_argument("--list", action="store_true", help="names the cells and ends")
    options = parser.parse_args()

    rows = [(name, client, server, cell, f"{name}/{client}-{server}")
            for name, client, server, cell in read_table()]
    rows = [row for row in rows if not options.only or any(word in row[4] for word in options.only)]
    if options.list:
        for row in rows:
            print(row[4] if row[3] == "run" else f"{row[4]}\t{row[3]}")
        return 0

    print(f"1..{len(rows)}", flush=True)
    given = {"crate": options.peer, "oldest": options.oldest}
    programs = {"ours": peers.Program("ours", options.ltn)}
    for kind in {side for row in rows for side in (row[1], row[2], "crate")} - {"ours"}:
        path = given[kind] or peers.build_peer(kind)
        programs[kind] = path and peers.Program(kind, path)
    if None in programs.values():
        for number, row in enumerate(rows, 1):
            print(f"ok {number} - interop/{row[4]} # SKIP cargo is not installed")
        return 0
    missing = not pathlib.Path(options.ltn).exists()

    def play(row):
        name, client, server, cell, _ = row
        if cell != "run":
            return None
        began = time.monotonic()
        if missing and "ours" in (client, server):
            wrong, notes = f"expected the program at {options.ltn}, came nothing", []
        else:
            wrong, notes = run_cell(name, programs[client], programs[server], programs["crate"])
        return wrong, notes, time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        # In the table's order, whichever is done first.
        return told(rows, pool.map(play, rows))


def told(rows, outcomes):
    """Prints the outcomes as they come; the exit status."""
    passed = failed = skipped = 0
    for number, (row, outcome) in enumerate(zip(rows, outcomes), 1):
        title = f"interop/{row[4]}"
        if outcome is None:
            skipped += 1
            print(f"ok {number} - {title} # SKIP {row[3]}", flush=True)
            continue
        wrong, notes, took = outcome
        print(f"{'not ok' if wrong else 'ok'} {number} - {title} # {took:.1f} s", flush=True)
        for note in notes + ([wrong] if wrong else []):
            comment(note)
        failed += bool(wrong)
        passed += not wrong
    print(f"# {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
