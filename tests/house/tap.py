"""What the suites written in Python share: TAP lines, the filter, the checkout's files."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(os.environ.get("LTN_ROOT") or pathlib.Path(__file__).resolve().parents[2])
FILTER = os.environ.get("LTN_TEST_FILTER", "").split()


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("LTN_CACHE_DIR") or pathlib.Path(base) / "ltn")


def ok(name):
    print(f"ok - {name}", flush=True)


def not_ok(name, why):
    print(f"not ok - {name}")
    for line in str(why).splitlines():
        print(f"# {line}")
    print(end="", flush=True)


def skip(name, reason):
    print(f"ok - {name} # SKIP {reason}", flush=True)


def verdict(name, problems):
    """One case that passes when nothing was found."""
    problems = list(problems)
    if problems:
        shown = problems[:40]
        if len(problems) > len(shown):
            shown.append(f"... and {len(problems) - len(shown)} more")
        not_ok(name, "\n".join(map(str, shown)))
    else:
        ok(name)


def build(preset, *targets):
    """Builds targets of a preset; the error text, or None."""
    done = subprocess.run([ROOT / "tools" / "lib" / "build_preset", preset, *targets],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if done.returncode:
        return f"expected {' '.join(targets) or 'everything'} of preset {preset} to build; see above"
    return None


def build_folder(preset):
    return ROOT / "build" if preset == "release" else ROOT / "build" / preset


def committed_files():
    """Files of the checkout as Git sees them: tracked, or new and not ignored. An unpacked release
    has no Git; there everything counts but the build folder."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode().split("\0")
        paths = [ROOT / name for name in names if name]
    else:
        paths = [path for path in ROOT.rglob("*")
                 if "build" not in path.relative_to(ROOT).parts[:1]]
    return sorted({path for path in paths if path.is_file()})
