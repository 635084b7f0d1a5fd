#!/usr/bin/env python3
"""Runs every fuzz target under libFuzzer and both sanitizers, two at a time: first the committed
corpus, then new inputs for LTN_FUZZ_SECONDS (30). What it learns stays in the cache folder."""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

from tap import FILTER, ROOT, build, build_folder, cache_folder, not_ok, ok

SECONDS = int(os.environ.get("LTN_FUZZ_SECONDS", "30"))


def run(program, arguments, limit):
    try:
        done = subprocess.run([program, *arguments], cwd=program.parent, timeout=limit,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
    except subprocess.TimeoutExpired:
        return f"expected an end within {limit} s"
    if done.returncode == 0:
        return None
    return "\n".join(done.stdout.splitlines()[-80:]) + f"\nended with status {done.returncode}"


def fuzz(topic):
    program = build_folder("fuzz") / "fuzz" / f"{topic}_fuzz"
    committed = ROOT / "fuzz" / "corpus" / topic
    learnt = cache_folder() / "fuzz" / topic
    crashes = build_folder("fuzz") / "crashes" / topic
    learnt.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    seeds = [committed] if committed.is_dir() else []
    limits = ["-timeout=10", "-rss_limit_mb=1024", f"-artifact_prefix={crashes}/"]
    corpus = run(program, ["-runs=0", *limits, *seeds], 300)
    if corpus or SECONDS <= 0:
        return topic, corpus, None
    # A gap of two minutes: the time limit counts from when the learnt corpus has been read.
    return topic, None, run(program, [f"-max_total_time={SECONDS}", *limits, learnt, *seeds],
                            SECONDS + 120)


def main():
    sources = sorted((ROOT / "fuzz").glob("*_fuzz.cpp"))
    topics = [re.sub(r"_fuzz$", "", path.stem) for path in sources]
    parts = [part for word in FILTER for part in word.split("/")]
    if parts:
        topics = [topic for topic in topics if any(part in f"fuzz/{topic}" for part in parts)]
    if not topics:
        print("1..0 # SKIP there are no fuzz targets of that name")
        return 0
    if not shutil.which("clang++"):
        print("1..0 # SKIP no clang++")
        return 0
    wrong = build("fuzz", *[f"fuzz_{topic}_fuzz" for topic in topics])
    if wrong:
        not_ok("build", wrong)
        return 1
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for topic, corpus, found in pool.map(fuzz, topics):
            not_ok(f"{topic}: corpus", corpus) if corpus else ok(f"{topic}: corpus")
            if not corpus and SECONDS > 0:
                not_ok(f"{topic}: new inputs", found) if found else ok(f"{topic}: new inputs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
