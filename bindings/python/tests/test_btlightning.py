"""The drop-in beyond the behaviour list of the original, which is in test_original_list.py."""

import decimal
import signal
import socket
import threading

import pytest
from conftest import CLIENT, SERVER

from ltn import _bt_values as values
from ltn.btlightning import (
    Lightning,
    LightningServer,
    PyStreamingResponse,
    QuicAxonInfo,
    RustLightning,
    RustLightningServer,
)

SEED_SERVER, SEED_CLIENT = b"\1" * 32, b"\2" * 32


def _port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _axon(port=8443):
    return {"hotkey": SERVER.hotkey, "ip": "127.0.0.1", "port": port}


@pytest.fixture(scope="module")
def link():
    port = _port()
    server = LightningServer(SERVER.hotkey, host="127.0.0.1", port=port)
    server.set_miner_keypair(SEED_SERVER)
    server.register_synapse_handler("echo", lambda data: data)
    server.register_synapse_handler("boom", lambda data: 1 / 0)
    server.register_synapse_handler("no dict", lambda data: [1])
    server.register_streaming_handler("chunks", lambda data: [b"one", b"two", b"three"])
    server.register_streaming_handler("wrong", lambda data: ["text"])
    server.start()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = Lightning(CLIENT.hotkey)
    client.set_validator_keypair(SEED_CLIENT)
    client.initialize_connections([_axon(port)])

    class Link:
        def query(self, name, data, **more):
            return client.query_axon(_axon(port), {"synapse_type": name, "data": data}, **more)

    made = Link()
    made.client, made.axon, made.server = client, _axon(port), server
    yield made
    client.close()
    server.stop()
    thread.join(20)
    assert not thread.is_alive()


# ---- Failures, exceptions and conversions.


def test_a_failing_handler_is_an_answer_and_no_exception(link):
    for name in ("boom", "no dict"):
        answer = link.query(name, {})
        assert answer["success"] is False and answer["data"] == {}
        assert answer["error"] == "request processing failed"
    assert link.query("nobody", {})["error"] == "unrecognized synapse type"


def test_a_stream_of_no_bytes_fails_while_it_is_read(link):
    stream = link.client.query_axon_stream(link.axon, {"synapse_type": "wrong"})
    with pytest.raises(RuntimeError, match="stream error: stream processing failed"):
        list(stream)


def test_a_hotkey_that_is_not_there_is_a_connection_error(link):
    axon = dict(link.axon, hotkey=CLIENT.hotkey)
    with pytest.raises(ConnectionError, match="no authenticated route for"):
        link.client.query_axon(axon, {"synapse_type": "echo"})


def test_a_query_that_takes_too_long_is_a_connection_error(link):
    release = threading.Event()
    link.server.register_synapse_handler("slow", lambda data: release.wait(20) and {})
    with pytest.raises(ConnectionError) as caught:
        link.query("slow", {}, timeout_secs=0.1)
    release.set()
    assert str(caught.value) == "transport error: query timed out"


def test_inputs_of_the_wrong_kind():
    client, request = Lightning(CLIENT.hotkey), {"synapse_type": "echo", "data": {}}
    for wrong, kind in (
        ("no dict", TypeError),
        (dict(_axon(), port=65536), OverflowError),
        (dict(_axon(), port=-1), OverflowError),
        (dict(_axon(), port="1"), TypeError),
        (dict(_axon(), protocol=256), OverflowError),
        (dict(_axon(), hotkey=1), TypeError),
        (QuicAxonInfo("h", "1.2.3.4", 5, 4), TypeError),
    ):
        with pytest.raises(kind):
            client.query_axon(wrong, request)
    with pytest.raises(TypeError):
        PyStreamingResponse()
    with pytest.raises(RuntimeError, match="signing error: No signer configured"):
        client.initialize_connections([])


def test_values_that_cannot_be_sent(link):
    with pytest.raises(ValueError, match="Failed to convert Python value to msgpack: "):
        link.query("echo", {"n": 2**64})
    with pytest.raises(TypeError):
        link.query("echo", {1: 2})


@pytest.mark.parametrize(
    "options, text",
    [
        ({"connect_timeout_secs": 0}, "connect_timeout must be non-zero"),
        (
            {"keep_alive_interval_secs": 150},
            "keep_alive_interval (150s) must be less than idle_timeout (150s)",
        ),
        (
            {"reconnect_initial_backoff_secs": 61},
            "reconnect_initial_backoff (61s) must be <= reconnect_max_backoff (60s)",
        ),
        ({"reconnect_max_retries": 0}, "reconnect_max_retries must be at least 1"),
        (
            {"max_frame_payload_bytes": 1},
            "max_frame_payload_bytes (1) must be at least 1048576 (1 MB)",
        ),
        (
            {"max_frame_payload_bytes": 67108865},
            "max_stream_payload_bytes (67108864) must be >= max_frame_payload_bytes (67108865)",
        ),
    ],
)
def test_rules_of_the_client(options, text):
    with pytest.raises(ValueError) as caught:
        RustLightning("hotkey", **options)
    assert str(caught.value) == f"config error: {text}"


@pytest.mark.parametrize(
    "options, text",
    [
        ({"max_signature_age_secs": 3601}, "max_signature_age_secs must not exceed 3600 (1 hour)"),
        ({"max_connections": 0}, "max_connections must be non-zero"),
        (
            {"handler_timeout_secs": 150},
            "handler_timeout_secs (150) must be less than idle_timeout_secs (150)",
        ),
    ],
)
def test_rules_of_the_server(options, text):
    with pytest.raises(ValueError) as caught:
        RustLightningServer("hotkey", "127.0.0.1", 1, **options)
    assert str(caught.value) == f"config error: {text}"


def test_a_server_that_was_not_started_does_not_serve():
    with pytest.raises(
        ValueError, match="config error: server not started: call start\\(\\) first"
    ):
        LightningServer(SERVER.hotkey).serve_forever()
    server = RustLightningServer(SERVER.hotkey, "127.0.0.1", 0, require_validator_permit=True)
    server.set_miner_keypair(list(SEED_SERVER))
    server.start()
    with pytest.raises(ValueError, match="no ValidatorPermitResolver is configured"):
        server.serve_forever()
    server.stop()


def test_a_failing_signer_is_told_by_the_query(link):
    def sign(message):
        raise OSError("no device")

    client = Lightning(CLIENT.hotkey)
    client.set_python_signer(sign)
    client.initialize_connections([link.axon])
    with pytest.raises(RuntimeError, match="signing error: Python signer call failed: "):
        client.query_axon(link.axon, {"synapse_type": "echo"})
    client.close()


def test_a_python_signer_signs(link):
    client = Lightning(CLIENT.hotkey)
    client.set_python_signer(CLIENT.sign)
    client.initialize_connections([link.axon])
    assert client.query_axon(link.axon, {"synapse_type": "echo"})["success"]
    assert client.get_connection_stats()["active_miners"] == "1"
    client.update_miner_registry([link.axon])
    client.close()
    assert client.query_axon(link.axon, {"synapse_type": "echo"})["success"], "it comes back"
    client.close()


# ---- What the original suffers from and this does not.


def test_upstream_R22_a_slow_reader_does_not_freeze_the_process(link):
    link.server.register_streaming_handler(
        "flood", lambda data: (b"x" * 60_000 for _ in range(200))
    )
    stream = link.client.query_axon_stream(link.axon, {"synapse_type": "flood"})
    assert len(next(stream)) == 60_000
    for number in range(20):
        assert link.query("echo", {"n": number}, timeout_secs=20.0)["data"] == {"n": number}
    assert sum(len(chunk) for chunk in stream) == 199 * 60_000


def test_upstream_R23_serving_hears_signals_and_lets_setters_through():
    server = LightningServer(SERVER.hotkey, host="127.0.0.1", port=_port())
    server.set_miner_keypair(SEED_SERVER)
    server.start()
    main, set_while_serving = threading.get_ident(), []

    def interrupt():
        server.register_synapse_handler("late", lambda data: data)
        server.set_miner_keypair(SEED_SERVER)
        set_while_serving.append(True)
        signal.pthread_kill(main, signal.SIGINT)

    timer = threading.Timer(0.1, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        server.serve_forever()
    timer.join(20)
    server.stop()
    assert set_while_serving


class Small:
    def __index__(self):
        return 7


@pytest.mark.parametrize(
    "value, wire",
    [
        (Small(), 7),
        (2**64 - 1, 2**64 - 1),
        (decimal.Decimal("1.5"), 1.5),
        ((1, 2, 255), b"\x01\x02\xff"),
        ((), b""),
        ((1, 256), "(1, 256)"),
        (("a", 1), "('a', 1)"),
        (bytearray(b"ab"), b"ab"),
        (range(3), b"\x00\x01\x02"),
        (
            {
                1,
            },
            "{1}",
        ),
        (1 + 2j, "(1+2j)"),
        ([(1, 2)], [b"\x01\x02"]),
    ],
)
def test_what_becomes_of_values_on_the_wire(value, wire):
    came = values.to_wire(value)
    assert came == wire and type(came) is type(wire)


@pytest.mark.parametrize(
    "wire, value",
    [
        (b"\xa2\xff\xfe", b"\xff\xfe"),
        (b"\xca\x3f\xc0\x00\x00", 1.5),
        (b"\xd4\x05a", b"a"),
        (b"\xd6\xff\x00\x00\x00\x01", b"\x00\x00\x00\x01"),
        (b"\xc7\x02\x01ab", b"ab"),
        (b"\xdc\x00\x01\x01", [1]),
        (b"\x81\x01\x02", {1: 2}),
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 2**64 - 1),
        (b"\xe0", -32),
    ],
)
def test_what_becomes_of_the_wire(wire, value):
    assert values.unpack(b"\x81\xa1v" + wire) == {"v": value}
    # The slow reader has to agree, whichever took it.
    assert values._read(memoryview(wire), 0) == (value, len(wire))


def test_a_map_with_lists_as_keys_raises():
    with pytest.raises(TypeError):
        values.unpack(b"\x81\xa1v\x81\x91\x01\x02")
