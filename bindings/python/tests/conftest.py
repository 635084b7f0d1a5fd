import asyncio
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

import ltn  # noqa: E402
import ltn.testing  # noqa: E402

SERVER = ltn.Signer.from_seed(b"\1" * 32)
CLIENT = ltn.Signer.from_seed(b"\2" * 32)


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard():
    """Who starts tests in the background has them ignore the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def run(coroutine):
    """A loop of its own; nothing may hang."""

    async def limited():
        return await asyncio.wait_for(coroutine, 30)

    return asyncio.run(limited())


class Pair:
    """A server that answers a few names and a client, on one runtime."""

    def __init__(self, runtime, server_signer=SERVER, client_signer=CLIENT, **options):
        listen = "192.0.2.1:9000" if runtime is not None else "127.0.0.1:0"
        self.runtime = runtime
        self.server = ltn.Server(server_signer, listen=listen, runtime=runtime)
        self.client = ltn.Client(client_signer, runtime=runtime, **options)
        self.withdrawn = []
        self.server.handle("echo", lambda request: request.raw)

        @self.server.handle("who")
        async def who(request):
            await asyncio.sleep(0)
            return {"hotkey": request.hotkey, "type": request.type, "address": request.address}

        @self.server.handle("boom")
        async def boom(request):
            raise RuntimeError("a secret of the host")

        @self.server.handle("never")
        async def never(request):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                self.withdrawn.append(request.type)
                raise

        @self.server.handle_stream("count")
        async def count(request):
            for number in range(request.data["n"]):
                yield b"%d" % number

        @self.server.handle_stream("upper")
        async def upper(request):
            async for chunk in request:
                yield chunk.upper()

        @self.server.handle_stream("broken")
        def broken(request):
            yield b"one"
            raise RuntimeError("a secret of the host")

        @self.server.handle("gather")
        async def gather(request):
            return {"all": b"".join([chunk async for chunk in request])}

    async def __aenter__(self):
        address = await self.server.start()
        await self.client.start()
        self.peer = ltn.Peer(self.server.signer.hotkey, address)
        return self

    async def __aexit__(self, *_):
        await self.client.close()
        await self.server.close()
        if self.runtime is not None:
            self.runtime.close()


@pytest.fixture(params=["virtual", "loopback"])
def pair(request):
    """Makes a pair inside a running loop: over the virtual network, and over sockets."""

    def make(**options):
        runtime = ltn.testing.Runtime(seed=7) if request.param == "virtual" else None
        return Pair(runtime, **options)

    make.virtual = request.param == "virtual"
    return make
