#!/usr/bin/env python3
"""Plays every scenario with every client language against every server language; prints TAP.

Scenarios of a pair share its driver processes. A driver that dies or hangs fails the cell it was in and is
started anew for the next one.
"""

import argparse
import collections
import concurrent.futures
import os
import sys
import threading
import time
import traceback

from drivers import FIRST_START_SECONDS, Absent, Broken, Driver, elsewhere, languages
from play import NotApplicable, Pair, play
from scenarios import load

PAIRS_AT_ONCE = 2
# With this language one-sided scenarios are played: it is the plainest user of the library.
PLAIN = "c"
OTHER = "crate"

printing = threading.Lock()


class Score:
    def __init__(self):
        self.passed = self.failed = 0
        self.away = collections.Counter()
        self.seconds = 0.0

    @property
    def run(self):
        return self.passed + self.failed


def tell(result, name, lines=()):
    with printing:
        print(f"{result} - {name}" if result != "skip" else f"ok - {name} # SKIP {lines[0]}", flush=True)
        if result == "not ok":
            for line in "\n".join(lines).splitlines():
                print(f"#   {line[:900]}", flush=True)


def belongs(scenario, client, server):
    """Whether a scenario is played by this pair at all."""
    if scenario.applies_to == "client":
        return server == PLAIN
    if scenario.applies_to == "server":
        return client == PLAIN
    return True


def reason_against(scenario, client, server, lacks):
    """Why a pair cannot play it, as its drivers said at their start; None when it can."""
    for role, language in (("client", client), ("server", server), ("other", client)):
        if OTHER == language and scenario.crate:
            return f"{OTHER}: {scenario.crate}"
        for word in sorted(scenario.words(role) & lacks[language].keys()):
            return f"{language} lacks {word}: {lacks[language][word]}"
    return None


def play_cell(scenario, pair, client, server, lacks, score):
    name = f"{client}/{server}: {scenario.name}"
    reason = reason_against(scenario, client, server, lacks)
    began = time.monotonic()
    wrong = None
    if reason is None:
        try:
            wrong = play(scenario, pair)
        except NotApplicable as away:
            reason = str(away)
            # What the language cannot do it has to say beforehand, so that nothing is left out unseen.
            if OTHER not in (client, server):
                wrong, reason = f"expected a reason in `lacks`: {away}", None
        except Exception:  # noqa: BLE001 - a broken scenario is a failed cell, and the others still run
            wrong = traceback.format_exc()
            pair.kill()
    took = time.monotonic() - began
    score.seconds += took
    if reason is not None:
        score.away[reason] += 1
        tell("skip", name, [f"n/a: {reason}"])
    elif wrong is not None:
        score.failed += 1
        tell("not ok", name, [wrong])
    else:
        score.passed += 1
        tell("ok", f"{name} # {took:.2f} s")


def play_pair(client, server, scenarios, lacks):
    score, pair = Score(), Pair(client, server)
    try:
        for scenario in scenarios:
            if belongs(scenario, client, server):
                play_cell(scenario, pair, client, server, lacks, score)
        name = f"{client}/{server}: the_drivers_end_in_good_order"
        wrong = pair.end()
        score.failed += bool(wrong)
        score.passed += not wrong
        tell("not ok" if wrong else "ok", name, wrong)
    finally:
        pair.kill()
    return score


def start_once(names):
    """Builds and starts each driver once: what each lacks, and those that are not here."""
    lacks, absent, broken = {}, {}, {}
    for name in names:
        try:
            driver = Driver(name, FIRST_START_SECONDS)
            lacks[name] = driver.lacks
            driver.end()
        except Absent as reason:
            absent[name] = str(reason)
        except Broken as problem:
            broken[name] = str(problem)
    return lacks, absent, broken


def table(scores):
    lines = [f"{'client / server':<18}{'run':>6}{'passed':>8}{'n/a':>6}{'seconds':>9}"]
    for (client, server), score in scores.items():
        lines.append(f"{client + ' / ' + server:<18}{score.run:>6}{score.passed:>8}"
                     f"{sum(score.away.values()):>6}{score.seconds:>9.1f}")
    for title, pick in (("languages", lambda pair: OTHER not in pair),
                        ("with the crate", lambda pair: OTHER in pair)):
        chosen = [score for pair, score in scores.items() if pick(pair)]
        if chosen:
            lines.append(f"{title + ' ' + str(len(chosen)):<18}{sum(one.run for one in chosen):>6}"
                         f"{sum(one.passed for one in chosen):>8}"
                         f"{sum(sum(one.away.values()) for one in chosen):>6}")
    reasons = sum((score.away for score in scores.values()), collections.Counter())
    for reason, count in sorted(reasons.items()):
        lines.append(f"n/a {count:>4}: {reason}")
    return lines


def chosen_pairs(options, names):
    pairs = [(client, server) for client in names for server in names
             if not client == server == OTHER]
    if options.pair:
        wanted = [tuple(pair.split("/")) for pair in options.pair]
        pairs = [pair for pair in pairs
                 if any(all(want in ("*", name) for want, name in zip(wish, pair)) for wish in wanted)]
    return pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", action="append", metavar="CLIENT/SERVER",
                        help="this pair only, * for all; may be repeated")
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="scenarios whose name contains NAME; may be repeated")
    parser.add_argument("--jobs", type=int, default=PAIRS_AT_ONCE, metavar="N", help="pairs at a time")
    parser.add_argument("--driver", action="append", default=[], metavar="LANGUAGE=PROGRAM",
                        help="this program instead of drivers/LANGUAGE/run; may be repeated")
    parser.add_argument("--list", action="store_true", help="names the scenarios and ends")
    options = parser.parse_args()
    elsewhere.update(named.split("=", 1) for named in options.driver)
    words = (options.only or []) + os.environ.get("LTN_TEST_FILTER", "").split()
    scenarios = [one for one in load() if not words or any(word in one.name for word in words)]
    if options.list:
        for one in scenarios:
            print(f"{one.applies_to:<8}{one.file}: {one.name}")
        print(f"{sum(one.applies_to == 'pairs' for one in scenarios)} for all pairs, {len(scenarios)} in all")
        return 0
    pairs = chosen_pairs(options, languages())
    needed = [name for name in languages() if any(name in pair for pair in pairs)]
    lacks, absent, broken = start_once(needed)
    for name, reason in absent.items():
        tell("skip", f"{name}: the_driver_starts", [reason])
    for name, problem in broken.items():
        tell("not ok", f"{name}: the_driver_starts", [problem])
    pairs = [pair for pair in pairs if set(pair) <= lacks.keys()]
    scores = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = {pair: pool.submit(play_pair, *pair, scenarios, lacks) for pair in pairs}
        for pair, future in waiting.items():
            scores[pair] = future.result()
    for line in table(scores):
        print(f"## {line}", flush=True)
    return 1 if broken or any(score.failed for score in scores.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
