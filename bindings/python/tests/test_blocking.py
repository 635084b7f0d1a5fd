"""The blocking side, over real loopback."""

import os
import signal
import threading
import time

import pytest
from conftest import CLIENT, SERVER

import ltn
import ltn.blocking


@pytest.fixture
def served():
    server = ltn.blocking.Server(SERVER, workers=8)
    server.handle("echo", lambda request: request.raw)
    server.handle("who", lambda request: {"hotkey": request.hotkey})
    release = threading.Event()
    server.release = release

    @server.handle("wait")
    def wait(request):
        release.wait(20)
        return {}

    @server.handle("boom")
    def boom(request):
        raise RuntimeError("a secret of the host")

    @server.handle_stream("count")
    def count(request):
        for number in range(request.data["n"]):
            yield b"%d" % number

    @server.handle_stream("upper")
    def upper(request):
        for chunk in request:
            yield chunk.upper()

    server.start()
    server.peer = (SERVER.hotkey, server.address)
    yield server
    release.set()
    server.close()


@pytest.fixture
def client():
    with ltn.blocking.Client(CLIENT) as client:
        yield client


def test_calls_streams_and_chunks_both_ways(served, client):
    assert client.connect(served.peer).hotkey == SERVER.hotkey
    assert client.call(served.peer, "echo", {"n": 1}) == {"n": 1}
    assert bytes(client.call_raw(served.peer, "echo", b"\x81\xa1x\x01")) == b"\x81\xa1x\x01"
    assert client.call(served.peer, "who") == {"hotkey": CLIENT.hotkey}
    assert list(client.stream(served.peer, "count", {"n": 30})) == [b"%d" % n for n in range(30)]
    with client.stream(served.peer, "upper", send=True) as stream:
        stream.send(b"a")
        assert stream.read() == b"A"
        stream.end()
        assert stream.read() is None
    body = b"x" * 2_000_000
    assert client.call(served.peer, "echo", {"b": body}) == {"b": body}
    assert client.registry_set([served.peer]) == [None]
    assert client.call(SERVER.hotkey, "echo") == {}


def test_many_threads_share_a_client_and_handlers_run_side_by_side(served, client):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.call(served.peer, "wait")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while served.stat("requests_in_flight") < 4:
        client.call(served.peer, "echo")
    served.release.set()
    for thread in threads:
        thread.join(20)
    assert answers == [{}] * 4


def test_errors_are_those_of_the_asynchronous_side(served, client, caplog):
    with pytest.raises(ltn.HandlerError, match="request processing failed"):
        client.call(served.peer, "boom")
    assert "a secret of the host" in caplog.text
    with pytest.raises(ltn.DeadlineError):
        client.call(served.peer, "wait", timeout=0.05)
    with pytest.raises(TypeError):
        client.call(served.peer, "echo", [1])
    with pytest.raises(TypeError):

        @served.handle("no")
        async def no(request):
            return {}


def test_ctrl_c_ends_a_wait_and_cancels_the_call(served, client):
    client.connect(served.peer)
    main = threading.get_ident()

    def interrupt():
        while served.stat("requests_in_flight") == 0:
            time.sleep(0.001)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        client.call(served.peer, "wait", timeout=20)
    thread.join(20)
    assert client.call(served.peer, "echo", {"n": 2}) == {"n": 2}
    assert client.stat("calls_in_flight") == 0


def test_closing_from_another_thread_ends_a_call(served, client):
    def close():
        while served.stat("requests_in_flight") == 0:
            time.sleep(0.001)
        client.close()

    thread = threading.Thread(target=close)
    thread.start()
    with pytest.raises(ltn.Error) as caught:
        client.call(served.peer, "wait", timeout=20)
    thread.join(20)
    assert caught.value.code == "SHUTDOWN"
    with pytest.raises(ltn.ClosedError):
        client.call(served.peer, "echo")


def test_a_function_signs_on_a_thread_of_pythons_own(served):
    asked = []

    def sign(message):
        asked.append(threading.current_thread().name)
        return CLIENT.sign(message)

    with ltn.blocking.Client(ltn.Signer.from_callback(CLIENT.key, sign)) as client:
        assert client.call(served.peer, "who") == {"hotkey": CLIENT.hotkey}
    assert set(asked) == {"ltn-signer"}
    assert not [one for one in threading.enumerate() if one.name == "ltn-signer"]


def test_a_child_after_fork_is_told(served, client):
    client.call(served.peer, "echo")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            client.call(served.peer, "echo")
        except ltn.Error as error:
            code = 0 if error.code == "FORKED" else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert client.call(served.peer, "echo", {"n": 3}) == {"n": 3}


def test_buffers_lent_by_many_threads_all_come_back(served, client):
    body = {"b": b"x" * 100_000}
    wrong = []

    def work():
        for _ in range(20):
            if client.call(served.peer, "echo", body) != body:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    client.close()
    served.close()
    assert ltn._base.lent_count() == 0
