#!/usr/bin/env python3
"""Installs a release build into a temporary prefix and uses it as a stranger would: the files that are
promised, the examples through pkg-config and CMake, the header alone under every language standard, the
exported names and what the library needs at run time. Prints TAP."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "house"))
from tap import build, not_ok, ok, skip, verdict  # noqa: E402

PROMISED = ["include/ltn/lightning.h", "include/ltn/lightning-testing.h", "lib/libltn.so",
            "lib/libltn.so.0", "lib/libltn.a", "lib/pkgconfig/ltn.pc", "lib/cmake/ltn/ltn-config.cmake",
            "lib/cmake/ltn/ltn-config-version.cmake", "bin/ltn"]
NEEDED = {"libsodium", "libstdc++", "libgcc_s", "libm", "libc"}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef",
            "-Wcast-qual", "-Wwrite-strings", "-Werror", "-fsyntax-only"]
STANDARDS = [("gcc", "c", "c99"), ("gcc", "c", "c17"), ("g++", "c++", "c++11"),
             ("g++", "c++", "c++20"), ("clang", "c", "c99"), ("clang", "c", "c17"),
             ("clang++", "c++", "c++11"), ("clang++", "c++", "c++20")]


def run(arguments, **options):
    """(worked, everything it said)"""
    done = subprocess.run([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=600, **options)
    return done.returncode == 0, done.stdout


def case(name, result):
    worked, said = result
    ok(name) if worked else not_ok(name, said[-6000:])
    return worked


def headers(prefix):
    for header in ("lightning.h", "lightning-testing.h"):
        for compiler, language, standard in STANDARDS:
            name = f"{header} alone, {compiler} -std={standard}"
            if not shutil.which(compiler):
                skip(name, f"no {compiler}")
                continue
            extra = ["-Wstrict-prototypes", "-Wmissing-prototypes"] if language == "c" else []
            text = f"#include <ltn/{header}>\n"
            done = subprocess.run([compiler, f"-std={standard}", *WARNINGS, *extra,
                                   f"-I{prefix}/include", "-x", language, "-"], input=text,
                                  capture_output=True, text=True)
            case(name, (done.returncode == 0, done.stderr))


def examples(prefix, work, env):
    wanted = sorted(path.stem for path in (ROOT / "examples").glob("*.c"))
    made = work / "by-pkg-config"
    made.mkdir()
    for name in wanted:
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "ltn"], env=env,
                               capture_output=True, text=True)
        arguments = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L",
                     ROOT / "examples" / f"{name}.c", *flags.stdout.split(), "-o", made / name]
        case(f"examples/{name}.c by pkg-config",
             run(arguments, env=env) if flags.returncode == 0 else (False, flags.stderr))
    if (ROOT / "examples" / "CMakeLists.txt").exists():
        tree = work / "by-cmake"
        worked, said = run(["cmake", "-S", ROOT / "examples", "-B", tree, "-G", "Ninja",
                            f"-DCMAKE_PREFIX_PATH={prefix}"], env=env)
        if worked:
            worked, said = run(["cmake", "--build", tree], env=env)
        case("examples by CMake's find_package(ltn)", (worked, said))
    for name in wanted:
        if not (made / name).exists():
            continue
        done = subprocess.run(["ldd", made / name], env=env, capture_output=True, text=True)
        verdict(f"examples/{name} finds the installed library at run time",
                [] if f"{prefix}/lib/libltn.so.0" in done.stdout else [done.stdout + done.stderr])


def exports(prefix):
    library = prefix / "lib" / "libltn.so.0"
    done = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True)
    names = [line.split()[-1].split("@")[0] for line in done.stdout.splitlines() if line]
    strangers = [name for name in names if not name.startswith("ltn_")]
    verdict("P4: only ltn_* is exported", strangers if names else ["nm named nothing"])
    header = (prefix / "include/ltn/lightning.h").read_text()
    header += (prefix / "include/ltn/lightning-testing.h").read_text()
    declared = set(re.findall(r"LTN_API[^;(]*?\b(ltn_\w+)\s*\(", header))
    # The symbol version stands among the symbols, as an absolute one: ltn_0.
    exported = {name for name in names if not re.match(r"ltn_\d+$", name)}
    verdict("every declared function is exported", sorted(declared - exported))
    verdict("every exported function is declared", sorted(exported - declared))
    done = subprocess.run(["readelf", "-d", library], capture_output=True, text=True)
    needed = re.findall(r"NEEDED.*\[(.+?)\.so", done.stdout)
    verdict("it needs libsodium and the C and C++ runtimes alone",
            [name for name in needed if name not in NEEDED and not name.startswith("ld-linux")])
    flags = " ".join(line for line in done.stdout.splitlines() if "FLAGS" in line)
    verdict("P5: the loader never unloads it", [] if "NODELETE" in flags else [flags])
    verdict("its soname is libltn.so.0",
            [] if "[libltn.so.0]" in done.stdout else re.findall(r".*SONAME.*", done.stdout))


def main():
    with tempfile.TemporaryDirectory(prefix="ltn-install-") as folder:
        work = pathlib.Path(folder)
        prefix = work / "prefix"
        wrong = build("release", "ltn_shared", "ltn_program")
        if wrong:
            not_ok("build", wrong)
            return 1
        if not case("tools/build --prefix", run([ROOT / "tools" / "build", "--prefix", prefix])):
            return 1
        verdict("every promised file is installed",
                [name for name in PROMISED if not (prefix / name).exists()])
        env = dict(os.environ, PKG_CONFIG_PATH=str(prefix / "lib" / "pkgconfig"),
                   LD_LIBRARY_PATH=str(prefix / "lib"))
        plain = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        case("the installed program finds its library", run([prefix / "bin" / "ltn", "version"],
                                                            env=plain))
        headers(prefix)
        examples(prefix, work, env)
        if shutil.which("readelf"):
            exports(prefix)
        else:
            skip("exports", "no readelf")
        moved = work / "moved"
        prefix.rename(moved)
        env["PKG_CONFIG_PATH"] = str(moved / "lib" / "pkgconfig")
        done = subprocess.run(["pkg-config", "--cflags", "ltn"], env=env, capture_output=True,
                              text=True)
        verdict("a moved prefix still works",
                [] if str(moved) in done.stdout or "moved" in done.stdout else [done.stdout])
    return 0


if __name__ == "__main__":
    sys.exit(main())
