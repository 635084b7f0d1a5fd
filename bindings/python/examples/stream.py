"""Reads a streamed answer, and talks over one in both directions.

python stream.py HOST:PORT HOTKEY
"""

import asyncio
import sys

import ltn


async def main() -> None:
    peer = ltn.Peer(hotkey=sys.argv[2], address=sys.argv[1])
    signer = ltn.Signer.from_seed(ltn.generate_seed())
    async with ltn.Client(signer) as client:
        async with client.stream(peer, "count", {"to": 5}, timeout=10) as stream:
            async for chunk in stream:
                print(chunk.decode())

        # Leaving the block early would cancel the stream; its handler hears of it.
        async with client.stream(peer, "upper", send=True) as stream:
            await stream.send(b"there and back")
            print(await stream.read())
            await stream.end()
            assert await stream.read() is None


asyncio.run(main())
