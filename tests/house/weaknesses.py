#!/usr/bin/env python3
"""Each weakness of the original has tests that show ours does not have it.

    weaknesses.py            checks docs/weaknesses.tsv and that docs/weaknesses.md is made from it
    weaknesses.py --write    makes docs/weaknesses.md
"""

import re
import sys

from tap import ROOT, not_ok, ok, verdict

LIST = ROOT / "docs" / "weaknesses.tsv"
PAGE = ROOT / "docs" / "weaknesses.md"
# The rest concern the chain and the Python package, which this library does not replace.
ELSEWHERE = {14, 15, 16, 22, 23}
NUMBERS = [f"upstream-S{i}" for i in range(1, 24)] + \
          [f"upstream-R{i}" for i in range(1, 28) if i not in ELSEWHERE]
HEAD = """# Weaknesses of the original, and the tests that show ours does not have them

Made from `docs/weaknesses.tsv` by `tests/house/weaknesses.py --write`; a test compares, and looks for
every test named here. upstream-R14 to R16, R22 and R23 concern the chain and the Python package, which
are not part of this library.

| Number | There | Here | Tests |
|---|---|---|---|
"""


def read_list():
    rows, problems = [], []
    for number, line in enumerate(LIST.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 4 or not all(cells):
            problems.append(f"{LIST.name}:{number}: expected number, there, here, tests; got {line!r}")
            continue
        rows.append([*cells[:3], cells[3].split("; ")])
    listed = [row[0] for row in rows]
    if listed != NUMBERS:
        problems += [f"{name}: missing" for name in NUMBERS if name not in listed]
        problems += [f"{name}: not expected" for name in listed if name not in NUMBERS]
        problems += [f"{name}: more than once" for name in set(listed) if listed.count(name) > 1]
        problems = problems or ["the numbers are not in order"]
    return rows, problems


def exists(test):
    found = re.fullmatch(r"(\w+)/(\w+): (\w+)", test)
    if found:
        folder, name, case = found.groups()
        for suffix in (".cpp", ".c"):
            path = ROOT / "tests" / folder / (name + suffix)
            if path.is_file():
                return re.search(rf"cmocka_unit_test\w*\(\s*{case}\b", path.read_text()) is not None
        return False
    found = re.fullmatch(r"interop: (\w+)", test)
    cases = (ROOT / "tests" / "interop" / "cases.tsv").read_text()
    return bool(found) and re.search(rf"^{found[1]}\t", cases, re.MULTILINE) is not None


def page(rows):
    def shown(test):
        folder, _, name = test.rpartition(": ")
        return f"`{folder}: {name}`"
    return HEAD + "".join(
        f"| {number} | {there} | {here} | {'<br>'.join(map(shown, tests))} |\n"
        for number, there, here, tests in rows)


def main():
    rows, problems = read_list()
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(rows))
        return 0
    verdict("every_weakness_of_the_original_is_answered", problems)
    for number, _, _, tests in rows:
        missing = [test for test in tests if not exists(test)]
        name = f"{number} is shown by {len(tests)} tests"
        if missing:
            not_ok(name, "\n".join(f"no such test: {test}" for test in missing))
        else:
            ok(name)
    same = PAGE.is_file() and PAGE.read_text() == page(rows)
    verdict("the_page_is_made_from_the_list",
            [] if same else ["run tests/house/weaknesses.py --write"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
