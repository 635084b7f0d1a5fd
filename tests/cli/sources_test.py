#!/usr/bin/env python3
"""`ltn serve --export-sources` and `--roster`: files for a firewall, and for the next run."""

import os
import pathlib
import re
import stat
import sys
import time

from cli_support import (Node, SERVER_SEED, expect, expect_equal, expect_exit,
                         expect_one_line_error, main, run, temporary_folder, wait_for)

SWIFT = ("--export-interval-secs", "0.1")


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def serve_fails(*options):
    """`ltn serve` that ends at once."""
    return run("serve", "--builtin", "--listen", "127.0.0.1:0", *options, seed=SERVER_SEED)


def leftovers(folder, *expected):
    return sorted(set(os.listdir(folder)) - set(expected))


def a_learned_source_appears_in_every_format():
    with temporary_folder() as folder:
        files = {kind: pathlib.Path(folder, f"list.{kind}") for kind in ("plain", "nft", "ipset")}
        options = [word for kind, path in files.items()
                   for word in ("--export-sources", f"{path}:{kind}")]
        with Node(*SWIFT, *options, "--source", "2001:db8::/32", "--block", "203.0.113.0/24",
                  "--block", "2001:db8:bad::/48") as node:
            expect_equal(files["plain"].read_text().splitlines()[1:],
                         ["known 2001:db8::/32", "blocked 203.0.113.0/24",
                          "blocked 2001:db8:bad::/48"], "before anybody came")
            expect_exit(node.call("echo"), 0)
            wait_for(lambda: "127.0.0.1/32" in files["ipset"].read_text(), "the learned source")
            plain = files["plain"].read_text().splitlines()
            expect_equal(plain[0], "# ltn sources: 2 known, 2 blocked")
            expect_equal(plain[1:], ["known 127.0.0.1/32", "known 2001:db8::/32",
                                     "blocked 203.0.113.0/24", "blocked 2001:db8:bad::/48"])
            nft = files["nft"].read_text()
            for line in ("flush set inet ltn known4", "add element inet ltn known4 { 127.0.0.1/32 }",
                         "add element inet ltn known6 { 2001:db8::/32 }",
                         "add element inet ltn blocked4 { 203.0.113.0/24 }",
                         "add element inet ltn blocked6 { 2001:db8:bad::/48 }"):
                expect(line + "\n" in nft, f"expected {line!r} in {nft!r}")
            ipset = files["ipset"].read_text().splitlines()
            at = [ipset.index(line) for line in
                  ("create ltn_known4_new hash:net family inet maxelem 1048576 -exist",
                   "add ltn_known4_new 127.0.0.1/32 -exist", "swap ltn_known4_new ltn_known4",
                   "destroy ltn_known4_new")]
            expect_equal(at, sorted(at), "order of the steps")
            for path in files.values():
                expect_equal(mode(path), 0o644, f"mode of {path.name}")
            expect_equal(node.stop()[0], 0, "exit status")
        expect_equal(leftovers(folder, *(path.name for path in files.values())), [], "leftovers")


def an_unchanged_list_is_not_written_again():
    with temporary_folder() as folder:
        path = pathlib.Path(folder, "list")
        with Node(*SWIFT, "--export-sources", path, "--source", "10.0.0.0/8") as node:
            before = path.stat().st_ino
            expect_exit(node.call("echo"), 0)
            wait_for(lambda: "127.0.0.1/32" in path.read_text(), "the learned source")
            after = path.stat()
            expect(before != after.st_ino, "expected a new file after a change")
            # The last look is made when the server stops.
            expect_exit(node.call("echo"), 0)
            expect_equal(node.stop()[0], 0, "exit status")
            expect_equal(path.stat().st_mtime_ns, after.st_mtime_ns, "time without a change")


def an_empty_list_does_not_replace_a_full_one_before_the_hold():
    with temporary_folder() as folder:
        path = pathlib.Path(folder, "list")
        old = "# ltn sources: 3 known, 0 blocked\nknown 10.0.0.1/32\nknown 10.0.0.2/32\nknown 10.0.0.3/32\n"
        path.write_text(old)
        with Node(*SWIFT, "--export-sources", path) as node:
            expect_exit(node.call("echo"), 0)
            status, errors = node.stop()
            expect_equal(status, 0, "exit status")
            expect(f"export_held file={path} known=3" in errors, f"expected a warning in {errors!r}")
        expect_equal(path.read_text(), old, "the file of before")
        # Whatever a person keeps there counts by its lines.
        path.write_text("10.0.0.1\n10.0.0.2\n")
        with Node(*SWIFT, "--export-sources", path) as node:
            node.stop()
        expect_equal(path.read_text(), "10.0.0.1\n10.0.0.2\n", "a file of another's making")


def a_list_that_stays_short_replaces_the_full_one_after_the_hold():
    with temporary_folder() as folder:
        path = pathlib.Path(folder, "list")
        path.write_text("# ltn sources: 3 known, 0 blocked\n")
        with Node(*SWIFT, "--export-hold-secs", "0.3", "--export-sources", path):
            wait_for(lambda: path.read_text() == "# ltn sources: 0 known, 0 blocked\n",
                     "the shorter list")


def the_next_run_knows_who_was_learned():
    with temporary_folder() as folder:
        roster = pathlib.Path(folder, "roster")
        with Node("--roster", roster) as node:
            expect_equal(mode(roster), 0o600, "mode of the roster")
            expect_exit(node.call("echo"), 0)
            expect_equal(node.stop()[0], 0, "exit status")
        lines = roster.read_text().splitlines()
        expect_equal(len(lines), 2, f"lines of {lines!r}")
        expect(re.fullmatch(r"5\w{47} 127\.0\.0\.1/32 \d+", lines[1]), f"a roster line: {lines[1]!r}")
        export = pathlib.Path(folder, "list")
        with Node("--roster", roster, "--export-sources", export) as node:
            expect("known 127.0.0.1/32\n" in export.read_text(), "known before anybody came")
            expect_equal(node.stop()[0], 0, "exit status")
        expect_equal(roster.read_text().splitlines(), lines, "the roster after a run without peers")
        expect_equal(leftovers(folder, "roster", "list"), [], "leftovers")


def a_source_of_last_week_is_forgotten():
    with temporary_folder() as folder:
        roster = pathlib.Path(folder, "roster")
        with Node("--roster", roster) as node:
            expect_exit(node.call("echo"), 0)
            node.stop()
        hotkey, prefix, _ = roster.read_text().splitlines()[1].split()
        roster.write_text(f"{hotkey} {prefix} {int(time.time()) - 8 * 86400}\n"
                          f"{hotkey} 192.0.2.1/32 {int(time.time()) - 6 * 86400}\n")
        with Node("--roster", roster) as node:
            node.stop()
        text = roster.read_text()
        expect("192.0.2.1/32" in text and prefix not in text, f"one line of two: {text!r}")


def a_bad_roster_is_named_with_its_line():
    with temporary_folder() as folder:
        roster = pathlib.Path(folder, "roster")
        good = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty 192.0.2.1/32 1\n"
        for bad, said in (("nonsense\n", "Unix seconds"),
                          ("5Fnope 192.0.2.1/32 1\n", ""),
                          (good.replace("/32", "/8"), "192.0.2.1/8"),
                          (good.replace(" 1\n", " soon\n"), "soon")):
            roster.write_text("# a comment\n" + good + bad)
            result = serve_fails("--roster", roster)
            expect_exit(result, 3)
            expect_one_line_error(result, "serve")
            expect(f"{roster}:3: " in result.stderr and said in result.stderr,
                   f"expected line 3 and {said!r} in {result.stderr!r}")
            expect(roster.read_text().endswith(bad), "the bad file is left as it is")
        roster.write_bytes(b"#" * (9 << 20))
        result = serve_fails("--roster", roster)
        expect_exit(result, 3)
        expect("8388608" in result.stderr, f"expected the limit in {result.stderr!r}")


def a_place_that_cannot_be_written_is_told_at_start():
    with temporary_folder() as folder:
        for option in ("--roster", "--export-sources"):
            result = serve_fails(option, f"{folder}/missing/file")
            expect_exit(result, 3)
            expect_one_line_error(result, "serve")


if __name__ == "__main__":
    sys.exit(main([
        a_learned_source_appears_in_every_format,
        an_unchanged_list_is_not_written_again,
        an_empty_list_does_not_replace_a_full_one_before_the_hold,
        a_list_that_stays_short_replaces_the_full_one_after_the_hold,
        the_next_run_knows_who_was_learned,
        a_source_of_last_week_is_forgotten,
        a_bad_roster_is_named_with_its_line,
        a_place_that_cannot_be_written_is_told_at_start,
    ]))
