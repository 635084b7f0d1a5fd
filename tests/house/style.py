#!/usr/bin/env python3
"""Form of what is committed: length, words, paths, formatting, and the linters of the scripts."""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

from tap import ROOT, cache_folder, committed_files, not_ok, ok, skip, verdict

LINES_MAX = 500
# The public header is one contract and is read as one piece.
LINES_MAX_HEADER = 1100
CODE = {".h", ".cpp", ".c", ".py", ".sh", ".cmake", ".go", ".rs", ".js", ".ts"}
FORMATTED = ("src/", "tests/unit/", "tests/scenario/", "tests/acceptance/", "tests/sim/",
             "tests/support/", "fuzz/")
CLANG_FORMAT_MAJOR = "14"
RUFF = "ruff==0.6.9"

# Written in halves, so that this file does not find itself.
WORDS = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:", "as an A" + "I", "language mo" + "del",
         "Clau" + "de", "Anthro" + "pic", "Chat" + "GPT", "Co-Authored" + "-By"]
PATHS = ["/ro" + "ot/", "/ho" + "me/(?!me/)[a-z]", "/tm" + "p/setup", "/wo" + "rk/(main|shared)",
         r"\.\./sha" + "red"]
HOSTS = ["crates" + r"\.io", "pypi" + r"\.org", "npmjs" + r"\.(com|org)", "proxy" + r"\.golang",
         "pythonhosted" + r"\."]
# A lock file names the registry by its form; .ci/run names the folder that its contract gives it.
LOCKS = {"Cargo.lock", "package-lock.json", "go.sum"}
MAY_NAME_SHARED = {".ci/run"}


def texts():
    for path in committed_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("tests/vectors/", "fuzz/corpus/", "LICENSE")):
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def is_code(name, text):
    return os.path.splitext(name)[1] in CODE or text.startswith("#!")


def check_texts():
    long, words, paths, hosts, blanks = [], [], [], [], []
    for name, text in texts():
        if os.path.basename(name) in LOCKS:
            continue
        count = text.count("\n")
        most = LINES_MAX_HEADER if name.startswith("include/") else LINES_MAX
        if is_code(name, text) and count > most:
            long.append(f"{name}: {count} lines, at most {most}")
        for number, line in enumerate(text.splitlines(), 1):
            where = f"{name}:{number}"
            for banned, found in ((WORDS, words), (PATHS, paths), (HOSTS, hosts)):
                for pattern in banned:
                    if re.search(pattern, line) and not (
                            banned is PATHS and name in MAY_NAME_SHARED):
                        found.append(f"{where}: {line.strip()[:100]}")
            if line != line.rstrip() and not name.endswith(".md"):
                blanks.append(where)
        if text and not text.endswith("\n"):
            blanks.append(f"{name}: no newline at its end")
    verdict("no_file_is_longer_than_500_lines", long)
    verdict("no_word_that_belongs_elsewhere", words)
    verdict("no_path_of_one_machine", paths)
    verdict("no_host_of_a_package_registry", hosts)
    verdict("no_blanks_at_line_ends", blanks)


def run(arguments, files, step=1):
    """Runs a tool over files, several at a time; the texts of those that fail."""
    groups = [files[i:i + step] for i in range(0, len(files), step)]

    def one(group):
        done = subprocess.run([*arguments, *group], cwd=ROOT, capture_output=True, text=True)
        return (done.stdout + done.stderr) if done.returncode else ""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return [said for said in pool.map(one, groups) if said]


def check_format(names):
    case = "sources_are_formatted"
    tool = shutil.which(f"clang-format-{CLANG_FORMAT_MAJOR}") or shutil.which("clang-format")
    version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout if tool else ""
    if f"version {CLANG_FORMAT_MAJOR}." not in version:
        skip(case, f"no clang-format {CLANG_FORMAT_MAJOR}")
        return
    wanted = [name for name in names
              if name.startswith(FORMATTED) and name.endswith((".h", ".cpp"))]
    wrong = [name for name in wanted
             if subprocess.run([tool, "--dry-run", "-Werror", name], cwd=ROOT,
                               capture_output=True).returncode]
    verdict(case, [f"clang-format -i {name}" for name in wrong])


def find_ruff():
    """ruff from the path, or from a private environment in the cache."""
    if shutil.which("ruff"):
        return "ruff"
    folder = cache_folder() / "python" / RUFF
    tool = folder / "bin" / "ruff"
    if tool.exists():
        return tool
    for command in ([sys.executable, "-m", "venv", folder],
                    [folder / "bin" / "pip", "install", "--quiet", RUFF]):
        try:
            if subprocess.run(command, capture_output=True, timeout=120).returncode:
                shutil.rmtree(folder, ignore_errors=True)
                return None
        except (OSError, subprocess.TimeoutExpired):
            shutil.rmtree(folder, ignore_errors=True)
            return None
    return tool if tool.exists() else None


def check_scripts(names):
    python, shell = [], []
    for name in names:
        with open(ROOT / name, "rb") as file:
            first = file.readline(100)
        if name.endswith(".py") or b"python3" in first and first.startswith(b"#!"):
            python.append(name)
        elif name.endswith(".sh") or re.match(rb"#!.*\b(ba)?sh\b", first):
            shell.append(name)
    ruff = find_ruff()
    if ruff:
        said = run([ruff, "check", "--quiet", "--output-format", "concise", "--line-length", "110",
                    "--select", "E,F,W,B"], python, len(python) or 1)
        not_ok("python_passes_ruff", said[0]) if said else ok("python_passes_ruff")
    else:
        skip("python_passes_ruff", "ruff is optional and absent")
    verdict("shell_scripts_parse", run(["bash", "-n"], shell))
    if shutil.which("shellcheck"):
        said = run(["shellcheck", "-x", "-S", "warning", "-e", "SC2154"], shell, 4)
        verdict("shell_scripts_pass_shellcheck", "\n".join(said).splitlines())
    else:
        skip("shell_scripts_pass_shellcheck", "no shellcheck")


def main():
    names = [path.relative_to(ROOT).as_posix() for path in committed_files()]
    check_texts()
    check_format(names)
    check_scripts(names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
