"""Answers calls from peers that proved their key.

    python server.py SEED [HOST:PORT]

SEED says who we are (64 hexadecimal digits). Prints address and hotkey, which is all that a caller
has to know, and serves until the end of its standard input.
"""

import asyncio
import sys
from typing import Any, AsyncIterator, Dict

import ltn


async def main() -> None:
    signer = ltn.Signer.from_seed(bytes.fromhex(sys.argv[1]))
    server = ltn.Server(signer, listen=sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:0")

    @server.handle("echo")
    def echo(request: ltn.Request) -> bytes:
        return request.raw

    @server.handle("greet")
    async def greet(request: ltn.Request) -> Dict[str, Any]:
        await asyncio.sleep(0)  # whatever takes its time
        return {"text": f"hello, {request.hotkey}"}

    @server.handle_stream("count")
    async def count(request: ltn.Request) -> AsyncIterator[bytes]:
        for number in range(request.data["to"]):
            yield b"%d" % number

    @server.handle_stream("upper")
    async def upper(request: ltn.Request) -> AsyncIterator[bytes]:
        async for chunk in request:
            yield chunk.upper()

    async with server:
        print(server.address, signer.hotkey, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
