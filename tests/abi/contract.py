#!/usr/bin/env python3
"""What of the public interface must not change unseen, judged on a built library.

    contract.py BUILD_FOLDER            checks, prints TAP
    contract.py BUILD_FOLDER --write    writes tests/abi/golden/abi.txt anew

Exports, struct layouts, constants and status names are compared with a committed text; the header is
read and compared with what the library tells; every function and promise must have its words and its
test; docs/options.md must be what the option tables say; the header must compile alone.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1]).resolve()
GOLDEN = ROOT / "tests/abi/golden/abi.txt"
HEADERS = [ROOT / "include/lightning.h", ROOT / "include/lightning-testing.h"]
TEXT = "\n".join(path.read_text() for path in HEADERS)
cases = 0


def verdict(name, problems):
    global cases
    cases += 1
    problems = [str(problem) for problem in problems if problem]
    print(f"{'not ok' if problems else 'ok'} {cases} - {name}")
    for line in problems[:60]:
        print("# " + line.rstrip("\n"))
    sys.stdout.flush()


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exports():
    names = []
    for line in said("nm", "-D", "--defined-only", BUILD / "lib/libltn.so").splitlines():
        words = line.split()
        if words[1] != "A" and words[2].startswith("ltn_"):
            names.append("export " + words[2].replace("@@", " "))
    return sorted(names)


def generated():
    return "\n".join(exports()) + "\n" + said(BUILD / "tests/abi/alone/layout")


def uncommented(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def constants():
    text = uncommented(TEXT)
    found = {name: value for name, value in
             re.findall(r"^\s*(LTN_[A-Z0-9_]+) = (\d+)", text, flags=re.M)}
    found.update(re.findall(r"enum \{ (LTN_\w+) = (\d+) \}", text))
    for group in re.findall(r"enum \{([^}]*)\}", text):
        found.update(re.findall(r"(LTN_\w+) = (\d+)", group))
    found.update(re.findall(r"^#define (LTN_[A-Z_]+) (\d+)", text, flags=re.M))
    return found


def check_golden(now):
    before = GOLDEN.read_text().splitlines()
    lines = [line for line in difflib.unified_diff(before, now.splitlines(), "committed", "built",
                                                   lineterm="", n=0) if line[:2] not in ("--", "++", "@@")]
    if lines:
        lines.append("A line that went or changed breaks programs built against the last release: the "
                     "soname's number goes up. A line that came is an addition. When it is meant: "
                     "tests/abi/contract.py BUILD_FOLDER --write")
    verdict("the_binary_interface_is_the_committed_one", lines)


def check_constants(now):
    told = dict(re.findall(r"^constant (\S+) (\S+)$", now, flags=re.M))
    wrong = [f"{name}: header {value}, ltn_constant {told.get(name, 'does not know it')}"
             for name, value in constants().items() if told.get(name) != value]
    wrong += [f"{name}: ltn_constant knows it, the header does not"
              for name in told if name not in constants()]
    verdict("every_constant_is_reachable_by_name_promise_E4", wrong)


def declared():
    return re.findall(r"^LTN_API [^;]*?\b(ltn_\w+)\(", uncommented(TEXT), flags=re.M)


def check_functions(now):
    built = set(re.findall(r"^export (ltn_\w+)", now, flags=re.M))
    wrong = [f"{name}: declared, not exported" for name in declared() if name not in built]
    wrong += [f"{name}: exported, not declared" for name in built if name not in declared()]
    verdict("declared_and_exported_are_the_same", wrong)
    tests = "\n".join(path.read_text() for path in sorted((ROOT / "tests/abi").rglob("*.[ch]")))
    verdict("every_function_is_called_by_a_test",
            [name for name in declared() if not re.search(rf"\b{name}\b", tests)])


def check_thread_words():
    """The first function of each group, or the group itself, says its threads; later ones may inherit."""
    wrong = []
    for group in TEXT.split("/* ----")[1:]:
        first = re.search(r"^LTN_API [^;]*?\b(ltn_\w+)\(", group, flags=re.M)
        if first and not re.search(r"\[(any|object|setup)\b", group[:first.start()]):
            wrong.append(f"{first[1]}: no thread words before it")
    verdict("every_group_of_functions_states_its_threads_promise_T1", wrong)


def check_promises():
    promised = re.findall(r"^ \*  ([PLTRSEC]\d)  ", TEXT, flags=re.M)
    tests = "\n".join(path.read_text() for path in sorted((ROOT / "tests/abi").rglob("*_test.c")))
    tests += pathlib.Path(__file__).read_text()
    verdict("every_promise_is_named_by_a_test",
            [promise for promise in promised if f"promise_{promise}" not in tests])


def check_options():
    page = subprocess.run([sys.executable, ROOT / "tools/docs/options", BUILD, "--print"],
                          capture_output=True, text=True)
    committed = (ROOT / "docs/options.md").read_text()
    lines = list(difflib.unified_diff(committed.splitlines(), page.stdout.splitlines(), "committed",
                                      "built", lineterm="", n=0))
    verdict("options_md_is_what_the_tables_say_promise_E3",
            page.stderr.splitlines() + lines + (["run tools/docs/options BUILD_FOLDER"] if lines else []))


def check_header_alone():
    wanted = [("gcc", "c99", "c"), ("gcc", "c17", "c"), ("g++", "c++20", "c++"), ("clang", "c99", "c"),
              ("clang", "c17", "c"), ("clang++", "c++20", "c++")]
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for compiler, standard, language in wanted:
            if not shutil.which(compiler):
                continue
            for header in HEADERS:
                source = os.path.join(folder, "alone." + ("c" if language == "c" else "cpp"))
                pathlib.Path(source).write_text(f'#include "{header.name}"\n#include "{header.name}"\n')
                done = subprocess.run(
                    [compiler, "-std=" + standard, "-x", language, "-I", header.parent, "-Wall",
                     "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror",
                     "-fsyntax-only", source], capture_output=True, text=True)
                wrong += [f"{compiler} -std={standard} {header.name}: {line}"
                          for line in done.stderr.splitlines()[:5]]
    verdict("the_headers_compile_alone_with_all_warnings_promise_C1", wrong)
    verdict("no_type_of_another_library_or_of_cpp_promise_C1",
            re.findall(r"#include <(?!stddef|stdint)[^>]*>|\bstd::\w+|\bclass\b|\bbool\b",
                       uncommented(TEXT)))


def main():
    now = generated()
    if "--write" in sys.argv:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(now)
        return
    check_golden(now)
    check_constants(now)
    check_functions(now)
    check_thread_words()
    check_promises()
    check_options()
    check_header_alone()
    print(f"1..{cases}")


main()
