"""Memory that stays: 10^6 created and freed, 10^4 started and stopped, 10^6 calls.

    growth.py [--full] [create|start|calls]

Without --full a fiftieth of that. Prints TAP. Resident memory is read ten times and one, after a
collection and malloc_trim; the first tenth is for warming up. The growth is the median of the last
three readings above the median of the first three after it, and has to stay under 1 KiB for each
10^4, beside NOISE_KIB for pages that the allocator leaves half full.
"""

import asyncio
import ctypes
import gc
import os
import statistics
import sys

import ltn
import ltn.blocking
from ltn._ffi import lib

NOISE_KIB = 48
KIB_PER_TEN_THOUSAND = 1.0
IN_FLIGHT = 32
FULL = {"create": 10**6, "start": 10**4, "calls": 10**6}
SERVER = ltn.Signer.from_seed(b"\1" * 32)
CLIENT = ltn.Signer.from_seed(b"\2" * 32)
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024

_libc = ctypes.CDLL(None)


def resident_kib():
    gc.collect()
    _libc.malloc_trim(0)
    with open("/proc/self/statm") as now:
        return int(now.read().split()[1]) * PAGE_KIB


def verdict(name, number, readings):
    growth = statistics.median(readings[-3:]) - statistics.median(readings[1:4])
    per_ten_thousand = growth / (number * 0.7 / 10**4)
    allowed = KIB_PER_TEN_THOUSAND * number * 0.7 / 10**4 + NOISE_KIB
    good = growth <= allowed
    print(
        f"{'ok' if good else 'not ok'} - growth: {name} {number} times leaves no memory behind\n"
        f"# {growth:.0f} KiB, {per_ten_thousand:.2f} KiB per 10^4, allowed {allowed:.0f} KiB; "
        f"readings {readings}",
        flush=True,
    )
    return good


def create(number):
    """A signer, a client and the handle below it; nothing is started."""
    readings = []
    for _ in range(10):
        for _ in range(number // 10):
            client = ltn.blocking.Client(ltn.Signer.from_seed(b"\3" * 32))
            client._make(lib.ltn_client_new, "ltn_client**", lib.ltn_client_free)
        readings.append(resident_kib())
    return verdict("created and freed", number, readings)


def start(number):
    """Half of them with a thread of the library, half on a loop."""

    async def on_a_loop(times):
        for _ in range(times):
            async with ltn.Client(CLIENT):
                pass

    readings = []
    for _ in range(10):
        for _ in range(number // 20):
            with ltn.blocking.Client(CLIENT):
                pass
        asyncio.run(on_a_loop(number // 20))
        readings.append(resident_kib())
    return verdict("started and stopped", number, readings)


def calls(number):
    async def main():
        readings = []
        server = ltn.Server(SERVER, listen="127.0.0.1:0")
        server.handle("echo", lambda request: request.raw)
        async with server, ltn.Client(CLIENT) as client:
            peer = ltn.Peer(SERVER.hotkey, server.address)

            async def worker(times):
                for _ in range(times):
                    await client.call(peer, "echo", {"n": 1})

            for _ in range(10):
                workers = (worker(number // 10 // IN_FLIGHT) for _ in range(IN_FLIGHT))
                await asyncio.gather(*workers)
                readings.append(resident_kib())
        return readings

    return verdict("called", number, asyncio.run(main()))


if __name__ == "__main__":
    part = 1 if "--full" in sys.argv else 50
    names = [name for name in FULL if name in sys.argv] or list(FULL)
    good = [
        {"create": create, "start": start, "calls": calls}[name](FULL[name] // part)
        for name in names
    ]
    sys.exit(0 if all(good) else 1)
