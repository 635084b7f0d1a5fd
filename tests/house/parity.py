#!/usr/bin/env python3
"""One public interface in every language: docs/api.tsv against the headers and against the sources of
each binding, and the generated files against what they are made from."""

import re
import subprocess
import sys

from tap import ROOT, committed_files, skip, verdict

sys.path.insert(0, str(ROOT / "tools/bindings"))
import facts  # noqa: E402

SOURCES = {".py", ".go", ".c", ".h", ".cpp", ".rs", ".js", ".mjs", ".ts"}
# Tests and samples use a binding, they are not it; the other two declare all functions anyway.
BESIDE = re.compile(r"/(tests?|test-d|bench|examples)/|_test\.go$|/ltn-sys/src/bindings/|/_ffi\.pyi$")
OWNERSHIP = re.compile(r"-|(\w+ (static|given|borrowed|copied|lent|yours))(, \w+ \w+)*")
ROWS = facts.interface()


def check_rows():
    told = [row["function"] for row in ROWS]
    declared = facts.functions()
    wrong = [f"{name}: declared, without a row" for name in declared if name not in told]
    wrong += [f"{name}: a row, not declared" for name in told if name not in declared]
    wrong += [f"{name}: {told.count(name)} rows" for name in sorted(set(told)) if told.count(name) > 1]
    if not wrong and told != list(declared):
        wrong = ["the rows are not in the order of the headers"]
    verdict("every_function_of_the_headers_has_its_row", wrong)
    verdict("a_row_states_the_threads_of_the_header",
            [f"{row['function']}: header [{declared[row['function']]}], row [{row['threads']}]"
             for row in ROWS if declared.get(row["function"]) != row["threads"]])


def check_comments():
    bare = re.findall(r"(?<!\*/)\n(?:LTN_API [^;]*?\b(ltn_\w+)\()", facts.header())
    verdict("every_function_has_a_comment_of_its_own", bare)


def check_words():
    codes = {code.name for code in facts.codes()}
    wrong = []
    for row in ROWS:
        errors = [] if row["errors"] == "-" else row["errors"].split()
        wrong += [f"{row['function']}: no error {word}" for word in errors if word not in codes]
        if not OWNERSHIP.fullmatch(row["ownership"]):
            wrong.append(f"{row['function']}: ownership {row['ownership']!r}")
        if not re.fullmatch(r"\d+\.\d+\.\d+", row["since"]):
            wrong.append(f"{row['function']}: since {row['since']!r}")
    verdict("ownership_errors_and_since_are_words_of_the_header", wrong)


def sources(language):
    files = [path for path in committed_files()
             if path.is_relative_to(ROOT / "bindings" / language) and path.suffix in SOURCES
             and not BESIDE.search(path.as_posix())]
    return "\n".join(path.read_text() for path in files)


def check_binding(language):
    case = f"{language}_covers_every_function_or_says_why_not"
    words = set(re.findall(r"\w+", sources(language)))
    if not words:
        skip(case, f"no bindings/{language}")
        return
    wrong = []
    for row in ROWS:
        name, cell = row["function"], row[language]
        if cell.startswith("-"):
            if not re.fullmatch(r"-: \S.*", cell):
                wrong.append(f"{name}: expected '-: reason', came {cell!r}")
            elif name in words:
                wrong.append(f"{name}: used there, the row says {cell!r}")
            continue
        if name not in words:
            wrong.append(f"{name}: a name in the table ({cell}), not used there")
        elif cell != "inside":
            wrong += [f"{name}: no {word} there ({cell})" for word in re.findall(r"[A-Za-z_]\w*", cell)
                      if word not in words]
    verdict(case, wrong)


def check_generated():
    done = subprocess.run([sys.executable, ROOT / "tools/bindings/generate", "--check"],
                          capture_output=True, text=True)
    wrong = (done.stdout + done.stderr).splitlines() if done.returncode else []
    verdict("generated_files_are_current", wrong + ["run tools/bindings/generate"] if wrong else [])


def main():
    check_rows()
    check_comments()
    check_words()
    for language in facts.LANGUAGES:
        check_binding(language)
    check_generated()
    return 0


sys.exit(main())
