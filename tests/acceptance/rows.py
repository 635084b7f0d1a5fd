#!/usr/bin/env python3
"""Runs the acceptance tests and says which rows of docs/acceptance.tsv they cover.

    rows.py PRESET           builds, runs, prints the list of rows with its count
    rows.py --sources-only   compares the list with the tests' sources, runs nothing

A row is covered by a test in the file that the list names whose own name is the row's, or begins
with the row's name and two underscores.
"""

import collections
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "house"))
from tap import FILTER, ROOT, ok, verdict  # noqa: E402

LIST = ROOT / "docs" / "acceptance.tsv"
# How many rows each section of the original's list has.
SECTIONS = {"11.1": 17, "11.2": 2, "11.3": 8, "11.4": 8, "11.6": 15, "11.7": 47, "11.8": 51,
            "11.9": 13}
KINDS = {"same", "changed"}


def read_list():
    rows, problems = [], []
    for number, line in enumerate(LIST.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 5 or cells[3] not in KINDS:
            problems.append(f"{LIST.name}:{number}: expected section, row, file, same or changed, "
                            f"note; got {line!r}")
            continue
        rows.append(cells)
    counted = collections.Counter((row[0], row[1]) for row in rows)
    problems += [f"{' '.join(row)} is listed {count} times"
                 for row, count in counted.items() if count > 1]
    found = collections.Counter(row[0] for row in rows)
    problems += [f"section {section}: expected {count} rows, listed {found[section]}"
                 for section, count in SECTIONS.items() if found[section] != count]
    problems += [f"unknown section {section}" for section in found if section not in SECTIONS]
    return rows, problems


def covers(test, row):
    return test == row or test.startswith(row + "__")


def check_sources(rows):
    missing = []
    for section, row, name, _, _ in rows:
        path = ROOT / "tests" / "acceptance" / name
        tests = re.findall(r"cmocka_unit_test\w*\(\s*(\w+)", path.read_text()) \
            if path.is_file() else []
        if not any(covers(test, row) for test in tests):
            missing.append(f"{section} {row}: no test of that name in tests/acceptance/{name}")
    return missing


def check_differences(rows):
    text = (ROOT / "docs" / "differences.md").read_text()
    return [f"{section} {row}: changed, but docs/differences.md does not name it"
            for section, row, _, kind, _ in rows if kind == "changed" and f"`{row}`" not in text]


def run(preset):
    """Passes the suite's lines on; the tests that passed, by program."""
    passed = collections.defaultdict(set)
    suite = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "house" / "cmocka_suite.py", preset, "acceptance"],
        stdout=subprocess.PIPE, text=True, errors="replace")
    for line in suite.stdout:
        print(line, end="", flush=True)
        good = re.match(r"^ok - acceptance/(\w+): (\w+)$", line)
        if good:
            passed[good[1]].add(good[2])
    return suite.wait(), passed


def main():
    if sys.argv[1:] == ["--sources-only"]:
        rows, problems = read_list()
        verdict("every_listed_row_has_its_test",
                problems + check_sources(rows) + check_differences(rows))
        return 0
    status, passed = run(sys.argv[1])
    if FILTER:
        return status
    rows, problems = read_list()
    verdict("the_list_has_every_row", problems)
    verdict("changed_rows_stand_in_the_differences", check_differences(rows))
    good, missing = 0, []
    for section, row, name, kind, _ in rows:
        if any(covers(test, row) for test in passed[pathlib.Path(name).stem]):
            good += 1
            print(f"## {section} {row} {kind}")
        else:
            missing.append(f"{section} {row}: no passed test of that name in {name}")
    total = sum(SECTIONS.values())
    summary = f"{good} of {total} rows present and passing"
    print(f"## {summary}")
    if good == total and not missing:
        ok(summary)
    else:
        verdict(summary, missing or ["rows are missing in the list"])
    return status


if __name__ == "__main__":
    sys.exit(main())
