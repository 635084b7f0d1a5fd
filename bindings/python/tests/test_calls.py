"""Calls under asyncio, over the virtual network and over real loopback."""

import asyncio
import math

import pytest
from conftest import CLIENT, SERVER, Pair, run

import ltn


def test_an_answer_comes_back_with_every_kind_of_value(pair):
    values = {
        "nil": None,
        "yes": True,
        "least": -(2**63),
        "most": 2**64 - 1,
        "float": 1.5,
        "text": "höhe",
        "bytes": b"\x00\xff",
        "list": [1, [2, [3]]],
        "map": {"a": {"b": 1}},
        "ext": ltn.Ext(5, b"abc"),
    }

    async def main():
        async with pair() as p:
            assert await p.client.call(p.peer, "echo", values) == values
            assert await p.client.call(p.peer, "echo") == {}

    run(main())


def test_the_caller_is_known_by_its_key(pair):
    async def main():
        async with pair() as p:
            answer = await p.client.call(p.peer, "who")
            assert answer["hotkey"] == CLIENT.hotkey
            assert answer["type"] == "who"

    run(main())


def test_raw_bytes_go_through_as_they_are_and_the_view_outlives_the_call(pair):
    async def main():
        async with pair() as p:
            view = await p.client.call_raw(p.peer, "echo", b"\x81\xa1x\xcc\x01")
            other = await p.client.call_raw(p.peer, "echo", bytearray(b"\x81\xa1y\x02"))
        assert bytes(view) == b"\x81\xa1x\xcc\x01" and view.readonly
        assert bytes(other) == b"\x81\xa1y\x02"

    run(main())


def test_large_bodies_are_lent_and_come_back(pair):
    body = bytes(range(256)) * 8192

    async def main():
        async with pair() as p:
            assert (await p.client.call(p.peer, "echo", {"b": body}))["b"] == body
        assert ltn._base.lent_count() == 0

    run(main())


def test_a_handler_that_throws_tells_the_peer_nothing_and_the_log_everything(pair, caplog):
    async def main():
        async with pair() as p:
            with pytest.raises(ltn.HandlerError) as caught:
                await p.client.call(p.peer, "boom")
            assert caught.value.code == "HANDLER"
            assert caught.value.category == "handler"
            assert caught.value.text == "handler error: request processing failed"

    run(main())
    assert "a secret of the host" in caplog.text


def test_a_name_without_handler_is_told(pair):
    async def main():
        async with pair() as p:
            with pytest.raises(ltn.HandlerError, match="unrecognized synapse type"):
                await p.client.call(p.peer, "nobody")
            p.server.unhandle("echo")
            with pytest.raises(ltn.HandlerError, match="unrecognized synapse type"):
                await p.client.call(p.peer, "echo")
            p.server.handle("echo", lambda request: {"new": True})
            assert await p.client.call(p.peer, "echo") == {"new": True}

    run(main())


def test_a_deadline_ends_the_call_and_withdraws_the_request(pair):
    async def main():
        async with pair() as p:
            with pytest.raises(ltn.DeadlineError) as caught:
                await p.client.call(p.peer, "never", timeout=0.2)
            assert isinstance(caught.value, TimeoutError)
            assert (caught.value.code, caught.value.category) == ("DEADLINE", "transport")
            await p.client.call(p.peer, "echo")
        assert p.withdrawn == ["never"]

    run(main())


def test_cancelling_the_task_cancels_the_handler_at_the_peer(pair):
    async def main():
        async with pair() as p:
            await p.client.connect(p.peer)
            task = asyncio.ensure_future(p.client.call(p.peer, "never", timeout=math.inf))
            while p.server.stat("requests_in_flight") == 0:
                await p.client.call(p.peer, "echo")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while not p.withdrawn:
                await p.client.call(p.peer, "echo")
            assert p.client.stat("calls_in_flight") == 0

    run(main())


def test_cancelling_before_anything_was_sent_leaves_nothing(pair):
    async def main():
        async with pair() as p:
            task = asyncio.ensure_future(p.client.call(p.peer, "never"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await p.client.call(p.peer, "echo")
            assert p.client._driver.ops == {}

    run(main())


def test_many_calls_at_once(pair):
    async def main():
        async with pair() as p:
            answers = await asyncio.gather(
                *(p.client.call(p.peer, "echo", {"n": n}) for n in range(300))
            )
            assert [answer["n"] for answer in answers] == list(range(300))

    run(main())


def test_another_key_than_expected_is_refused(pair):
    async def main():
        async with pair() as p:
            with pytest.raises(ltn.HandshakeError) as caught:
                await p.client.call((CLIENT.hotkey, p.peer.address), "echo")
            assert caught.value.code == "HOTKEY_MISMATCH"

    run(main())


def test_the_registry_tells_of_each_entry(pair):
    async def main():
        async with pair() as p:
            outcomes = await p.client.registry_set([p.peer, (CLIENT.hotkey, p.peer.address)])
            assert outcomes[0] is None
            assert isinstance(outcomes[1], ltn.HandshakeError)
            assert await p.client.call(SERVER.hotkey, "echo", {"n": 1}) == {"n": 1}
            states = {peer.hotkey: peer.state for peer in p.client.peers()}
            assert states[SERVER.hotkey] == "ready"
            assert [peer.hotkey for peer in p.server.peers()] == [CLIENT.hotkey]
            assert p.client.stat("calls_ok") == 1
            assert any(m.name for m in p.client.metrics())
            assert p.client.connection_stats()["active_miners"] == "1"

    run(main())


def test_wrong_types_and_ranges_are_told_before_anything_is_sent(pair):
    async def main():
        async with pair() as p:
            call = p.client.call
            for wrong in ([1], "text", 5):
                with pytest.raises(TypeError):
                    await call(p.peer, "echo", wrong)
            with pytest.raises(TypeError):
                await call(p.peer, "echo", {1: 2})
            with pytest.raises(TypeError, match="expected data that MessagePack can hold, came"):
                await call(p.peer, "echo", {"o": object()})
            with pytest.raises(ValueError):
                await call(p.peer, "echo", {"n": 2**64})
            with pytest.raises(TypeError):
                await call(p.peer, b"echo", {})
            with pytest.raises(TypeError):
                await call(5, "echo", {})
            with pytest.raises(ValueError):
                await call("not a hotkey", "echo", {})
            for timeout in (0, -1, math.nan, 2**70):
                with pytest.raises(ValueError):
                    await call(p.peer, "echo", {}, timeout=timeout)
            with pytest.raises(TypeError):
                await call(p.peer, "echo", {}, timeout="5")
            for register in (p.server.handle, p.server.handle_stream):
                with pytest.raises(TypeError, match="expected a function as handler, came nothing"):
                    register("none", None)
            with pytest.raises(ltn.SerializationError):
                await call(p.peer, "echo", b"\x93")
            with pytest.raises(ltn.ArgumentError):
                p.client.set("no_such_option", 1)
            assert p.client.stat("calls_started") == 0

    run(main())


def test_a_closed_object_says_closed(pair):
    async def main():
        async with pair() as p:
            await p.client.call(p.peer, "echo")
        for use in (p.client.peers, lambda: p.client.set("default_timeout_ms", 1), p.server.peers):
            with pytest.raises(ltn.ClosedError, match="closed"):
                use()
        with pytest.raises(ltn.ClosedError):
            await p.client.call(p.peer, "echo")
        with pytest.raises(ltn.ClosedError):
            await p.client.start()
        await p.client.close()
        await p.server.close()

    run(main())


def test_closing_ends_calls_under_way(pair):
    async def main():
        async with pair() as p:
            task = asyncio.ensure_future(p.client.call(p.peer, "never"))
            while p.server.stat("requests_in_flight") == 0:
                await p.client.call(p.peer, "echo")
            await p.client.close()
            with pytest.raises(ltn.Error) as caught:
                await task
            assert caught.value.code == "SHUTDOWN"

    run(main())


def test_options_change_while_running(pair):
    async def main():
        async with pair() as p:
            p.client.set("default_timeout_ms", 150)
            with pytest.raises(ltn.DeadlineError):
                await p.client.call(p.peer, "never")
            with pytest.raises(ltn.Error) as caught:
                p.client.set("wire_2", False)
            assert caught.value.code == "STATE"

    run(main())


def test_what_is_known_of_a_connected_peer(pair):
    async def main():
        async with pair() as p:
            known = await p.client.connect(p.peer)
            assert known.hotkey == SERVER.hotkey
            assert known.protocol == "btlightning/2"
            assert known.rtt is not None and known.rtt > 0

    run(main())


def test_the_same_seed_gives_the_same_run():
    def once():
        async def main():
            runtime = ltn.testing.Runtime(seed=11)
            async with Pair(runtime) as p:
                runtime.set_loss(0.1)
                for number in range(20):
                    await p.client.call(p.peer, "echo", {"n": number})
                return runtime.now

        return run(main())

    assert once() == once()
