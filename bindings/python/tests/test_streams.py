"""Streams under asyncio, over the virtual network and over real loopback."""

import asyncio

import pytest
from conftest import run

import ltn


def test_chunks_come_in_order_and_end_once(pair):
    async def main():
        async with pair() as p:
            async with p.client.stream(p.peer, "count", {"n": 200}) as stream:
                assert [chunk async for chunk in stream] == [b"%d" % n for n in range(200)]
                assert await stream.read() is None

    run(main())


def test_chunks_go_both_ways(pair):
    async def main():
        async with pair() as p:
            async with p.client.stream(p.peer, "upper", send=True) as stream:
                for text in (b"a", b"b"):
                    await stream.send(text)
                    assert await stream.read() == text.upper()
                await stream.end()
                assert await stream.read() is None

    run(main())


def test_an_upload_is_answered_once(pair):
    async def main():
        async with pair() as p:
            async with p.client.upload(p.peer, "gather") as upload:
                for _ in range(20):
                    await upload.send(b"x" * 50_000)
                await upload.end()
                assert len((await upload.result())["all"]) == 1_000_000

    run(main())


def test_a_broken_stream_gives_its_chunks_and_then_the_error(pair):
    async def main():
        async with pair() as p:
            stream = p.client.stream(p.peer, "broken")
            assert await stream.read() == b"one"
            with pytest.raises(ltn.StreamError, match="stream processing failed"):
                await stream.read()
            await stream.close()
            with pytest.raises(ltn.ClosedError):
                await stream.read()

    run(main())


def test_a_slow_reader_holds_the_writer_back(pair):
    async def main():
        async with pair() as p:
            sent = []

            @p.server.handle_stream("flood")
            async def flood(request):
                for number in range(400):
                    sent.append(number)
                    yield b"x" * 60_000

            async with p.client.stream(p.peer, "flood", window_bytes=65536) as stream:
                first = await stream.read_view()
                assert len(first) == 60_000
                for _ in range(20):
                    await p.client.call(p.peer, "echo")
                assert len(sent) < 390
                count = 1
                async for _ in stream:
                    count += 1
                assert count == 400

    run(main())


def test_leaving_a_stream_early_ends_the_generator(pair):
    async def main():
        ended = asyncio.Event()
        async with pair() as p:

            @p.server.handle_stream("endless")
            async def endless(request):
                try:
                    while True:
                        yield b"x" * 10_000
                finally:
                    ended.set()

            async with p.client.stream(p.peer, "endless") as stream:
                await stream.read()
            while not ended.is_set():
                await p.client.call(p.peer, "echo")

    run(main())


def test_a_forgotten_stream_is_let_go_and_cancelled_at_the_peer(pair):
    async def main():
        async with pair() as p:
            ended = asyncio.Event()

            @p.server.handle_stream("endless")
            async def endless(request):
                try:
                    while True:
                        yield b"x" * 10_000
                finally:
                    ended.set()

            stream = p.client.stream(p.peer, "endless")
            await stream.read()
            del stream
            while not ended.is_set():
                await p.client.call(p.peer, "echo")

    run(main())
