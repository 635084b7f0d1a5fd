"""What the drivers share: the programs, memory and processor time of a process, children that are
ended whatever happens, and what a result has to name to mean anything."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import resource
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "interop"))
import peers  # noqa: E402

STOP_SECONDS = 20
# A load that a quiet machine does not have; beyond it the times are worth little.
QUIET_LOAD = 0.5
ALLOCATORS = {"jemalloc": (b"je_mallctl",), "mimalloc": (b"mi_malloc", b"_mi_"),
              "tcmalloc": (b"tc_malloc",), "snmalloc": (b"sn_malloc",)}
FAILURES = []


def progress(text):
    print(f"# {text}", file=sys.stderr, flush=True)


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--ltn", default=str(ROOT / "build" / "bin" / "ltn"))
    parser.add_argument("--peer", help="the crate's driver (default: built with cargo)")
    parser.add_argument("--json", metavar="FILE", help="also writes the results there")
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="only this server or direction; may be repeated")
    return parser


def programs(options, wanted=("ours", "crate")):
    """Both programs, or those that are there; says what is missing and why."""
    found = {}
    if "ours" in wanted:
        if not pathlib.Path(options.ltn).exists():
            raise SystemExit(f"expected the program at {options.ltn}, came nothing: run tools/build")
        found["ours"] = peers.Program("ours", options.ltn)
    if "crate" in wanted:
        if not options.peer:
            progress("the crate's driver: cargo build, the first time takes minutes")
        path = options.peer or peers.build_peer()
        if path is None:
            progress("the crate is left out: cargo is not installed")
        else:
            found["crate"] = peers.Program("crate", path)
    return found


def raise_file_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else hard
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def memory_kib(pid):
    """Resident now and at most so far, and of that what no file backs and nobody shares."""
    out = {}
    for name, fields in (("status", ("VmRSS", "VmHWM")),
                         ("smaps_rollup", ("Anonymous", "Private_Clean", "Private_Dirty"))):
        # A kernel without smaps_rollup still has the first two.
        with contextlib.suppress(FileNotFoundError, PermissionError):
            for line in pathlib.Path(f"/proc/{pid}/{name}").read_text().splitlines():
                words = line.split()
                if words and words[0].rstrip(":") in fields:
                    out[words[0].rstrip(":")] = int(words[1])
    if "VmRSS" not in out:
        raise peers.Failed(f"expected the memory of process {pid}, came nothing: it ended")
    out["Private"] = out.pop("Private_Clean", 0) + out.pop("Private_Dirty", 0)
    return out


def peak_kib(pid):
    """VmHWM, or None once the process is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return None


def processor_seconds(pid):
    """User and system time of all threads; the kernel's own sum, to 10 ms."""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def allocator(pid):
    """Whose malloc a process uses, from what is mapped and what the program has linked in."""
    paths = set()
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        words = line.split(maxsplit=5)
        if len(words) == 6 and words[5].startswith("/"):
            paths.add(words[5])
    for path in sorted(paths):
        for name, marks in ALLOCATORS.items():
            if name in os.path.basename(path):
                return name
            if path == os.path.realpath(f"/proc/{pid}/exe"):
                content = pathlib.Path(path).read_bytes()
                if all(mark in content for mark in marks):
                    return f"{name}, linked in"
    set_by_hand = [f"{name}={os.environ[name]}" for name in ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")
                   if name in os.environ]
    if any(os.path.basename(path).startswith("libc.so") for path in paths):
        return " ".join([os.confstr("CS_GNU_LIBC_VERSION"), "malloc", *set_by_hand])
    return "unknown"


def machine():
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"processor": model, "cores": len(os.sched_getaffinity(0)),
            "kernel": platform.release(), "load": os.getloadavg()[0],
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


class Child:
    """A process whose lines are read one at a time, or not at all for a while."""

    def __init__(self, command):
        self.errors = tempfile.TemporaryFile()
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, bufsize=0)
        self.pid = self.process.pid
        self.rest = b""

    def said(self):
        text = os.pread(self.errors.fileno(), 1 << 16, 0).decode(errors="replace")
        return f"status {self.process.poll()}, stderr {text[-600:]!r}"

    def await_output(self, seconds):
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            raise peers.Failed(f"expected output of {self.command[1]} within {seconds:.0f} s, "
                               f"came none: {self.said()}")

    def read(self, bytes_max, seconds):
        """What there is, at most so much; b"" at its end."""
        self.await_output(seconds)
        return os.read(self.process.stdout.fileno(), bytes_max)

    def line(self, seconds, note=None):
        """The next line as JSON. `note` is called every ten seconds of waiting."""
        limit = time.monotonic() + seconds
        told = time.monotonic()
        while b"\n" not in self.rest:
            left = limit - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, min(left, 1)))
            if ready:
                some = os.read(self.process.stdout.fileno(), 1 << 16)
                if not some:
                    self.process.wait(STOP_SECONDS)
                    raise peers.Failed(f"expected a line of {self.command[1]}, "
                                       f"came its end: {self.said()}")
                self.rest += some
            elif left <= 0:
                raise peers.Failed(f"expected a line of {self.command[1]} within {seconds:.0f} s, "
                                   f"came none: {self.said()}")
            if note and time.monotonic() - told > 10:
                told = time.monotonic()
                note()
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def tell(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def end(self):
        """End of input, and exit status 0 within bounds."""
        self.process.stdin.close()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise peers.Failed(f"expected the end of {self.command[1]}, came none") from None
        peers.expect(status == 0, f"exit status 0 of {self.command[1]}", self.said())

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(STOP_SECONDS)


class Peak:
    """The highest VmHWM that was seen of a process, also when it ends by itself."""

    def __init__(self, pid, every_seconds=0.01):
        self.kib = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, args=(pid, every_seconds), daemon=True)
        self.thread.start()

    def watch(self, pid, every_seconds):
        while not self.over.is_set():
            self.kib = max(self.kib, peak_kib(pid) or 0)
            self.over.wait(every_seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


@contextlib.contextmanager
def ended(process):
    """Nothing that was started here stays, however the block is left."""
    try:
        yield process
    finally:
        process.kill()


def serving(program, options):
    """A server on a free port, ended with the block."""
    return ended(program.serve(peers.seed_for("bench", program.kind), options))


def directions(found, options):
    """Every client with every server, named as --only takes them."""
    return [(f"{client.kind}-{server.kind}", client, server, options)
            for client in found.values() for server in found.values()
            if not options.only or f"{client.kind}-{server.kind}" in options.only]


def each(rows, measure_row):
    """The results of those that work; what the others said is told at once, and by main at the end,
    so that minutes of measuring are not lost to one that fails."""
    out = []
    for name, *words in rows:
        progress(name)
        try:
            out.append(measure_row(*words))
        except peers.Failed as failed:
            FAILURES.append(f"{name}: {failed}")
            progress(f"failed: {FAILURES[-1]}")
    return out


def table(columns, rows):
    """Plain columns; the first is text, the others are numbers."""
    texts = [columns] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in texts) for i in range(len(columns))]
    for row in texts:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def main(name, about, options, measure):
    """Runs one driver: measure(options) returns its rows and prints its table. Exit status."""
    raise_file_limit()
    # So that an end from outside goes through `ended` as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    here = machine()
    if here["load"] > QUIET_LOAD * here["cores"]:
        progress(f"the machine is not quiet (load {here['load']:.1f}): times and shares of a core "
                 "are worth little")
    try:
        rows = measure(options)
    except peers.Failed as failed:
        FAILURES.append(str(failed))
        rows = []
    except KeyboardInterrupt:
        print(f"{name}: interrupted", flush=True)
        return 130
    if options.json:
        result = {"name": name, "what": about, "machine": here, "results": rows,
                  "failures": FAILURES}
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")
    print(f"{here['processor']}, {here['cores']} cores, kernel {here['kernel']}, "
          f"load {here['load']:.1f} at the start")
    if FAILURES or not rows:
        print("".join(f"failed: {failure}\n" for failure in FAILURES), end="")
        print(f"{name}: {len(FAILURES)} failed, {len(rows)} measured", flush=True)
        return 1
    print(f"{name}: ok", flush=True)
    return 0
