"""Calls a peer by its key.

python client.py HOST:PORT HOTKEY
"""

import asyncio
import sys

import ltn


async def main() -> None:
    peer = ltn.Peer(hotkey=sys.argv[2], address=sys.argv[1])
    signer = ltn.Signer.from_seed(ltn.generate_seed())
    async with ltn.Client(signer) as client:
        answer = await client.call(peer, "greet", {"from": "python"}, timeout=5)
        print(answer["text"])

        # Many at once over the one connection; each ends by itself.
        answers = await asyncio.gather(*(client.call(peer, "echo", {"n": n}) for n in range(10)))
        print(sum(answer["n"] for answer in answers))

        try:
            await client.call(peer, "no such name")
        except ltn.HandlerError as error:
            print(error.code, error.text)


asyncio.run(main())
