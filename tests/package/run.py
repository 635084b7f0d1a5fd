#!/usr/bin/env python3
"""What tools/package hands out, used as a stranger would: the Debian package unpacked into a root of its
own, the static archive linked, the others looked into. Prints TAP.

    run.py PREFIX
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "house"))
from tap import not_ok, ok, skip, verdict  # noqa: E402

SERVER_SEED, CLIENT_SEED = "11" * 32, "22" * 32
INSIDE = re.compile(r"wolf|^uv_|ngtcp2|^_ZN3ltn|^ltn_")


def run(arguments, **options):
    """(worked, everything it said)"""
    done = subprocess.run([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=600, **options)
    return done.returncode == 0, done.stdout


def case(name, result):
    worked, said = result
    ok(name) if worked else not_ok(name, said[-4000:])
    return worked


def environment(prefix):
    """To build and run against what lies under `prefix`, and nothing else of ours."""
    return dict(os.environ, PKG_CONFIG_PATH=f"{prefix}/lib/pkgconfig", LD_LIBRARY_PATH=f"{prefix}/lib")


def compiled(source, program, env, *extra, static=False):
    words = ["pkg-config", "--cflags", "--libs", *(["--static"] if static else []), "ltn"]
    flags = subprocess.run(words, env=env, capture_output=True, text=True)
    if flags.returncode:
        return False, flags.stderr
    wanted = ["-l:libltn.a" if static and flag == "-lltn" else flag for flag in flags.stdout.split()]
    return run(["cc", "-std=c99", "-Wall", "-Wextra", source, *wanted, *extra, "-o", program], env=env)


def c_client(program):
    return lambda address, hotkey, text: [program, CLIENT_SEED, address, hotkey, text]


def answers(program, prefix, env, text, words=None):
    """Whether the example client, run as a program, gets its text back from a server of that prefix."""
    words = words or c_client(program)
    server = subprocess.Popen(
        [prefix / "bin/ltn", "--json", "--seed", SERVER_SEED, "serve", "--builtin"], env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        told = json.loads(server.stdout.readline() or "{}")
        if "address" not in told or "hotkey" not in told:
            return False, f"the server said {told}: {server.stderr.read()}"
        worked, said = run(words(told["address"], told["hotkey"], text), env=env)
        return worked and text in said, said
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()
        server.stderr.close()


def exported(program):
    done = subprocess.run(["nm", "-D", "--defined-only", program], capture_output=True, text=True)
    return [line.split()[-1].split("@")[0] for line in done.stdout.splitlines() if line]


def static_archive(prefix, work):
    archive = prefix / "lib/libltn.a"
    if not archive.exists():
        skip("the static archive", "the library is installed without libltn.a")
        return
    done = subprocess.run(["nm", "-g", "--defined-only", archive], capture_output=True, text=True)
    names = [line.split()[-1] for line in done.stdout.splitlines() if len(line.split()) == 3]
    verdict("libltn.a shows nothing but the functions of the header",
            [name for name in names if not name.startswith("ltn_")] if names else ["nm named nothing"])
    env = environment(prefix)
    program = work / "static-client"
    if case("a C program links libltn.a by pkg-config --static",
            compiled(ROOT / "examples/client.c", program, env, static=True)):
        verdict("it needs no libltn.so and exports nothing of what is inside",
                [name for name in exported(program) if INSIDE.search(name)] +
                re.findall(r".*libltn.*", run(["ldd", program])[1]))
        case("it calls a server", answers(program, prefix, env, "linked in"))
    program = work / "own-names"
    if case("a program with functions called like wolfSSL's and libuv's links it too",
            compiled(ROOT / "tests/package/own_names.c", program, env, static=True)):
        case("and they are not called", run([program]))


def installed(package, work):
    """The package installed below a folder, as dpkg does it where we may, otherwise unpacked."""
    root = work / "installed"
    for name in ("info", "updates"):
        (root / "var/lib/dpkg" / name).mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var/lib/dpkg" / name).touch()
    if os.geteuid() == 0:
        # An empty system has none of the packages that ours needs; ours are looked at below.
        result = run(["dpkg", f"--root={root}", "--force-depends", "-i", package])
        return root / "usr" if case("dpkg -i installs it", result) else None
    result = run(["dpkg", "-x", package, root])
    return root / "usr" if case("dpkg -x unpacks it", result) else None


def debian(out, work):
    package = next(out.glob("*.deb"), None)
    if package is None:
        skip("the Debian package", "no dpkg-deb here")
        return
    fields = run(["dpkg", "-f", package, "Depends"])[1]
    verdict("the Debian package names what it needs",
            [name for name in ("libc6", "libsodium", "libstdc++6") if name not in fields])
    if shutil.which("lintian"):
        said = run(["lintian", "--allow-root", "--fail-on", "none", package])[1]
        verdict("lintian finds nothing", re.findall(r"^[EW]: .*", said, re.M))
    else:
        skip("lintian finds nothing", "lintian is optional and absent")
    prefix = installed(package, work)
    if prefix is None:
        return
    env = environment(prefix)
    case("its program runs", run([prefix / "bin/ltn", "version"], env=env))
    program = work / "debian-client"
    if case("examples/client.c builds against it by pkg-config",
            compiled(ROOT / "examples/client.c", program, env)):
        case("examples/client.c calls a server of it", answers(program, prefix, env, "packaged"))


def names_in(path):
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    with tarfile.open(path) as archive:
        return archive.getnames()


def holds(out, what, pattern, wanted, said):
    """That an artefact is there and has these files inside."""
    found = sorted(out.glob(pattern))
    if not found:
        why = re.search(rf"^package: no {what}: (.*)", said, re.M)
        skip(f"{what}: {pattern}", why[1]) if why else not_ok(f"{what}: {pattern}", "it was not made")
        return None
    names = [name for path in found for name in names_in(path)]
    verdict(f"{what}: {pattern} has what it needs inside",
            [f"nothing like {each}" for each in wanted if not any(re.search(each, name) for name in names)])
    return found[0]


def wheel_is_portable(wheel):
    verdict("the wheel is for any Linux of its age (manylinux)",
            [] if "manylinux" in wheel.name else [wheel.name])
    venv = ROOT / "bindings/python/tools/venv"
    tool = shutil.which("auditwheel")
    if tool is None and venv.exists():
        folder = pathlib.Path(run([venv])[1].strip().splitlines()[-1])
        tool = folder / "bin/auditwheel"
    if tool is None or not pathlib.Path(tool).exists():
        skip("auditwheel agrees", "no auditwheel")
        return
    worked, said = run([tool, "show", wheel])
    case("auditwheel agrees", (worked and "manylinux" in said, said))


def go_module(archive, prefix, work):
    """A program of the module with the library inside, where neither library nor header is installed."""
    name = "a Go program with -tags static carries the library and calls a server"
    if archive is None or not shutil.which("go"):
        skip(name, "no Go module" if archive is None else "no go")
        return
    with tarfile.open(archive) as unpacked:
        unpacked.extractall(work / "go")
    module = next((work / "go").iterdir())
    env = dict(os.environ, PKG_CONFIG_PATH=str(module / "ltn/lib/pkgconfig"))
    env.pop("LD_LIBRARY_PATH", None)
    program = work / "go-client"
    result = run(["go", "build", "-tags", "static", "-o", program, "./examples/client"], env=env,
                 cwd=module)
    if result[0]:
        result = answers(program, prefix, environment(prefix), "from Go", lambda address, hotkey, text:
                         [program, address, hotkey, text])
    if result[0] and "libltn" in run(["ldd", program])[1]:
        result = (False, "it needs libltn.so")
    case(name, result)


def main():
    prefix = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="ltn-package-") as folder:
        work = pathlib.Path(folder)
        out = work / "out"
        worked, said = run([ROOT / "tools/package", out, "all"],
                           env=dict(os.environ, LTN_PREFIX=str(prefix)))
        case("tools/package makes what it can", (worked, said))
        static_archive(prefix, work)
        debian(out, work)
        wheel = holds(out, "wheel", "*.whl", [r"ltn/__init__\.py", r"ltn/py\.typed", r"libltn.*\.so"], said)
        if wheel:
            wheel_is_portable(wheel)
            holds(out, "wheel", "ltn-*[0-9].tar.gz", [r"pyproject\.toml", r"ltn/_generated\.py"], said)
        holds(out, "crates", "*.crate", [r"ltn-sys-.*/build\.rs", r"ltn-[0-9].*/src/lib\.rs"], said)
        module = holds(out, "go", "ltn-go-*.tar.gz", [r"/go\.mod$", r"/ltn/lib/libltn\.a$"], said)
        go_module(module, prefix, work)
        holds(out, "npm", "*.tgz", [r"package/index\.d\.ts", r"prebuilds/.*\.node$", r"libltn\.so"], said)
    return 0


sys.exit(main())
