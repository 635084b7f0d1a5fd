"""The driver for Python: JSON lines in, JSON lines out. `--blocking` drives ltn.blocking."""

import json
import sys
import threading

import common

import ltn

_output = threading.Lock()

LACKS = [
    "twice: what the function returns is the answer",
    "forget call: a coroutine that waits is kept by what it waits for",
    "forget server: a server that listens is kept by its loop until it is closed",
    "host_threads: each handler runs where the binding lets it",
]


def say(line):
    with _output:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def hello(name, lacks):
    say({"driver": name, "version": ltn.version(), "lacks": LACKS + lacks})


if __name__ == "__main__":
    common.collect_log()
    if "--blocking" in sys.argv:
        import for_threads

        for_threads.main(say, hello)
    else:
        import for_asyncio

        for_asyncio.main(say, hello)
