#!/usr/bin/env python3
"""Runs the table of cases.tsv between `ltn` and the public crate; prints TAP.

Only loopback; every case is bounded in time; only processes started here are ended, by pid.
"""

import argparse
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import peers  # noqa: E402
from cases import PROPER, Cell  # noqa: E402
from probes import RAW  # noqa: E402

DIRECTIONS = (("crate", "ours"), ("ours", "crate"), ("ours", "ours"), ("crate", "crate"))
CASES = {**PROPER, **RAW}


def read_table():
    """(case, client, server, cell) in the table's order; the table must cover exactly CASES."""
    rows, named = [], []
    for number, line in enumerate((peers.HERE / "cases.tsv").read_text().splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) != 6:
            raise SystemExit(f"cases.tsv:{number}: expected 6 columns, came {len(columns)}")
        named.append(columns[0])
        for (client, server), cell in zip(DIRECTIONS, columns[1:5]):
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
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="cells whose `case/client-server` contains NAME; may be repeated")
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
    path = pathlib.Path(options.peer) if options.peer else peers.build_peer()
    if path is None:
        for number, row in enumerate(rows, 1):
            print(f"ok {number} - interop/{row[4]} # SKIP cargo is not installed")
        return 0
    programs = {"ours": peers.Program("ours", options.ltn), "crate": peers.Program("crate", path)}
    missing = not pathlib.Path(options.ltn).exists()

    passed = failed = skipped = 0
    for number, (name, client, server, cell, title) in enumerate(rows, 1):
        title = f"interop/{title}"
        if cell != "run":
            skipped += 1
            print(f"ok {number} - {title} # SKIP {cell}", flush=True)
            continue
        started = time.monotonic()
        if missing and "ours" in (client, server):
            wrong, notes = f"expected the program at {options.ltn}, came nothing", []
        else:
            wrong, notes = run_cell(name, programs[client], programs[server], programs["crate"])
        took = time.monotonic() - started
        print(f"{'not ok' if wrong else 'ok'} {number} - {title} # {took:.1f} s", flush=True)
        for note in notes:
            comment(note)
        if wrong:
            comment(wrong)
        failed += bool(wrong)
        passed += not wrong
    print(f"# {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
