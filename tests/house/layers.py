#!/usr/bin/env python3
"""Reads every include under src/ and fails where a row includes one that is not below it, or where the
pure part reaches for clocks, threads, sockets or files."""

import re
import sys

from tap import ROOT, verdict

SRC = ROOT / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")')

# What each row may include besides itself.
GROUND = {"base"}
BELOW = {
    "base": set(),
    "crypto": GROUND,
    "codec": GROUND | {"crypto"},
    "quic": GROUND | {"crypto", "codec"},
    "transport": GROUND | {"crypto", "codec", "quic"},
    "wallet": GROUND | {"crypto", "codec"},
    "io": GROUND,
    "runtime": GROUND | {"crypto", "codec", "quic", "transport", "wallet", "io"},
    # Not io: only runtime calls the shell.
    "abi": GROUND | {"crypto", "codec", "quic", "transport", "wallet", "runtime"},
    # The program is a user of the public header like any other.
    "ltn": set(),
}

# Who may include what from outside.
LIBRARIES = {
    "wolfssl/": ["quic/tls/"],
    "ngtcp2/ngtcp2_crypto": ["quic/tls/"],
    "ngtcp2/": ["quic/"],
    "uv.h": ["io/"],
    "nlohmann/": ["wallet/", "ltn/"],
    "toml++/": ["runtime/"],
    "CLI/": ["ltn/"],
    "fmt/": ["ltn/"],
    "lightning": ["runtime/", "abi/"],
    "ltn/lightning": ["runtime/", "abi/", "ltn/"],
}

PURE = {"base", "crypto", "codec", "quic", "transport", "wallet"}
# Headers that open the way to a clock, a thread, a socket or a file. <netinet/in.h> and
# <arpa/inet.h> stay: they hold address layouts and text forms.
IMPURE = {
    "chrono", "ctime", "time.h", "sys/time.h", "sys/timerfd.h", "thread", "mutex", "shared_mutex",
    "condition_variable", "future", "pthread.h", "semaphore.h", "sys/epoll.h", "sys/eventfd.h",
    "poll.h", "netdb.h", "fstream", "filesystem", "fcntl.h", "unistd.h", "dirent.h", "sys/stat.h",
    "sys/mman.h",
}
# The wallet reads and writes key files when it is asked to: its one job with the outside.
WALLET_FILES = {"fcntl.h", "unistd.h", "dirent.h", "sys/stat.h"}
NOWHERE = {"iostream", "locale", "clocale", "regex", "sstream", "iomanip"}


def includes():
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in (".h", ".cpp", ".c"):
            continue
        inside = path.relative_to(SRC).as_posix()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if found:
                yield inside, number, found[1][1:-1], found[1][0] == "<"


def main():
    direction, outside, pure, banned, rows = [], [], [], [], set()
    for inside, number, name, _system in includes():
        row, where = inside.split("/")[0], f"src/{inside}:{number}: {name}"
        rows.add(row)
        other = name.split("/")[0]
        is_ours = other in BELOW and "/" in name and not name.startswith("ltn/lightning")
        if is_ours and other != row and other not in BELOW.get(row, set()):
            direction.append(f"{where}: {row} may include {sorted(BELOW.get(row, set()))}")
        for prefix, allowed in LIBRARIES.items():
            if name.startswith(prefix):
                if not any(inside.startswith(folder) for folder in allowed):
                    outside.append(f"{where}: only in {allowed}")
                break
        if row in PURE and name in IMPURE and not (row == "wallet" and name in WALLET_FILES):
            pure.append(f"{where}: the pure part takes this as an argument")
        if name in NOWHERE:
            banned.append(where)
    verdict("every_row_includes_only_rows_below_it", direction)
    verdict("outside_libraries_stay_in_their_rows", outside)
    verdict("the_pure_part_includes_no_clock_thread_socket_or_file", pure)
    verdict("no_iostream_and_no_locale", banned)
    verdict("every_folder_of_src_is_a_row", sorted(rows - set(BELOW)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
