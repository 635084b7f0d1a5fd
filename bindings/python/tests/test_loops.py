"""Several loops, uvloop, fork, and what is left behind."""

import asyncio
import gc
import os
import threading

import pytest
from conftest import CLIENT, SERVER, Pair, run

import ltn
import ltn._loop


def _descriptors():
    return len(os.listdir("/proc/self/fd"))


def test_nothing_is_left_after_close():
    async def main():
        async with Pair(None) as p:
            await p.client.call(p.peer, "echo")
            return len(os.listdir("/proc/self/task"))

    run(main())
    gc.collect()
    threads, before = len(os.listdir("/proc/self/task")), _descriptors()
    assert run(main()) == threads, "the loop's own thread is the only one"
    for _ in range(20):
        run(main())
    gc.collect()
    assert _descriptors() == before
    assert ltn._loop._drivers == {}


def test_two_loops_in_two_threads_talk_to_each_other():
    address, ready, done = [], threading.Event(), threading.Event()

    def serve():
        async def main():
            async with ltn.Server(SERVER, listen="127.0.0.1:0") as server:
                server.handle("echo", lambda request: request.raw)
                address.append(server.address)
                ready.set()
                while not done.is_set():
                    await asyncio.sleep(0.01)

        run(main())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(20)

        async def main():
            async with ltn.Client(CLIENT) as client:
                answer = await client.call((SERVER.hotkey, address[0]), "echo", {"n": 1})
                assert answer == {"n": 1}

        run(main())
    finally:
        done.set()
        thread.join(20)


def test_clients_of_one_loop_share_a_runtime():
    async def main():
        async with ltn.Client(CLIENT) as one, ltn.Client(SERVER) as two:
            assert one._driver is two._driver
        assert ltn._loop._drivers == {}

    run(main())


def test_uvloop_drives_it_too():
    uvloop = pytest.importorskip("uvloop")

    async def main():
        async with Pair(None) as p:
            assert await p.client.call(p.peer, "echo", {"n": 1}) == {"n": 1}
            async with p.client.stream(p.peer, "count", {"n": 50}) as stream:
                assert len([chunk async for chunk in stream]) == 50
            with pytest.raises(ltn.DeadlineError):
                await p.client.call(p.peer, "never", timeout=0.05)

    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(asyncio.wait_for(main(), 30))
    finally:
        loop.close()


def test_a_child_after_fork_is_told_and_the_parent_goes_on():
    async def main():
        async with Pair(None) as p:
            await p.client.call(p.peer, "echo")
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    p.client.peers()
                except ltn.Error as error:
                    code = 0 if error.code == "FORKED" else 2
                finally:
                    os._exit(code)
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            assert await p.client.call(p.peer, "echo", {"n": 1}) == {"n": 1}

    run(main())


def test_a_child_after_fork_has_signers_loops_and_clients_of_its_own():
    async def main():
        # A signer is a handle too: those made before the fork belong to the parent.
        signers = ltn.Signer.from_seed(b"\1" * 32), ltn.Signer.from_seed(b"\2" * 32)
        async with Pair(None, *signers) as p:
            assert await p.client.call(p.peer, "echo", {"n": 1}) == {"n": 1}

    run(main())
    child = os.fork()
    if child == 0:
        code = 1
        try:
            run(main())
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_client_that_was_never_closed_warns_and_does_no_harm():
    async def main():
        client = await ltn.Client(CLIENT).start()
        assert client.peers() == []

    with pytest.warns(ResourceWarning):
        run(main())
        gc.collect()
    run(asyncio.sleep(0))


def test_a_client_that_was_dropped_leaves_the_runtime_of_its_loop():
    async def main():
        client = await ltn.Client(CLIENT).start()
        assert len(ltn._loop._drivers) == 1
        with pytest.warns(ResourceWarning):
            del client
            gc.collect()
        while ltn._loop._drivers:
            await asyncio.sleep(0)

    run(main())


def test_a_loop_that_waits_is_not_called_again_and_again():
    async def main():
        async with Pair(None) as p:
            await p.client.call(p.peer, "echo")
            driver, turns = p.client._driver, []
            turn = driver._turn
            driver._turn = lambda: (turns.append(1), turn())
            driver.loop.remove_reader(driver._fd)
            driver.loop.add_reader(driver._fd, driver._turn)
            with pytest.raises(ltn.DeadlineError):
                await p.client.call(p.peer, "never", timeout=0.3)
            assert len(turns) < 200

    run(main())
