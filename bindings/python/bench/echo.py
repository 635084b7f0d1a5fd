"""What an echo of 1 KB costs: echo.py ADDRESS HOTKEY blocking-one|asyncio-one|asyncio-many SECONDS.

Prints one JSON line: calls, seconds, and the median of their times in microseconds.
"""

import asyncio
import json
import statistics
import sys
import time

import ltn
import ltn.blocking

WARM_UP_SECONDS = 0.5
IN_FLIGHT = 32
BODY = {"b": bytes(1024)}


def report(times, seconds):
    median = statistics.median(times) * 1e6
    print(json.dumps({"calls": len(times), "seconds": seconds, "p50_us": round(median, 1)}))


def blocking(peer, seconds):
    with ltn.blocking.Client(ltn.Signer.from_seed(ltn.generate_seed())) as client:
        end = time.perf_counter() + WARM_UP_SECONDS
        while time.perf_counter() < end:
            client.call(peer, "echo", BODY)
        times = []
        begin = now = time.perf_counter()
        while now < begin + seconds:
            client.call(peer, "echo", BODY)
            last, now = now, time.perf_counter()
            times.append(now - last)
        report(times, now - begin)


async def asynchronous(peer, seconds, in_flight):
    times = []

    async def worker(client, end):
        now = time.perf_counter()
        while now < end:
            await client.call(peer, "echo", BODY)
            last, now = now, time.perf_counter()
            times.append(now - last)

    async with ltn.Client(ltn.Signer.from_seed(ltn.generate_seed())) as client:
        await worker(client, time.perf_counter() + WARM_UP_SECONDS)
        times.clear()
        begin = time.perf_counter()
        await asyncio.gather(*(worker(client, begin + seconds) for _ in range(in_flight)))
        report(times, time.perf_counter() - begin)


def main(address, hotkey, mode, seconds):
    peer = ltn.Peer(hotkey, address)
    if mode == "blocking-one":
        blocking(peer, float(seconds))
    elif mode in ("asyncio-one", "asyncio-many"):
        in_flight = IN_FLIGHT if mode == "asyncio-many" else 1
        asyncio.run(asynchronous(peer, float(seconds), in_flight))
    else:
        sys.exit(f"expected blocking-one, asyncio-one or asyncio-many, came {mode}")


main(*sys.argv[1:5])
