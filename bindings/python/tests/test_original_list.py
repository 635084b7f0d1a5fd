"""The 33 cases of behaviour that the package `btlightning` shows of itself, in its order.

Nothing here belongs to this package but the name that is imported, so the same file runs against
the original (tests/run_original), which shows that the cases are right.
"""

import os
import socket
import threading

import pytest

if os.environ.get("LTN_ORIGINAL"):
    from btlightning import Lightning, LightningServer
else:
    from ltn.btlightning import Lightning, LightningServer

SERVER_SEED, SERVER = b"\1" * 32, "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH"
CLIENT_SEED, CLIENT = b"\2" * 32, "5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def axon(port=8443):
    return {"hotkey": SERVER, "ip": "127.0.0.1", "port": port}


class Link:
    """A server in a thread, and a client that is connected to it."""

    def __init__(self):
        self.axon = axon(free_port())
        self.server = LightningServer(SERVER, host="127.0.0.1", port=self.axon["port"])
        self.server.set_miner_keypair(SERVER_SEED)
        self.server.register_synapse_handler("echo", lambda data: data)
        self.server.register_synapse_handler("add", lambda data: {"sum": data["a"] + data["b"]})
        self.server.register_streaming_handler("chunks", lambda data: [b"one", b"two", b"three"])
        self.server.start()
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()
        self.client = Lightning(CLIENT)
        self.client.set_validator_keypair(CLIENT_SEED)
        self.client.initialize_connections([self.axon])

    def query(self, name, data, **more):
        return self.client.query_axon(self.axon, {"synapse_type": name, "data": data}, **more)

    def close(self):
        self.client.close()
        self.server.stop()
        self._thread.join(20)


@pytest.fixture(scope="module")
def link():
    made = Link()
    yield made
    made.close()


# ---- Client.


def test_01_constructor_defaults():
    assert Lightning(CLIENT).wallet_hotkey == CLIENT


def test_02_constructor_custom_config():
    client = Lightning(
        wallet_hotkey=CLIENT,
        connect_timeout_secs=5,
        idle_timeout_secs=100,
        keep_alive_interval_secs=20,
        reconnect_initial_backoff_secs=2,
        reconnect_max_backoff_secs=30,
        reconnect_max_retries=3,
        max_frame_payload_bytes=2 * 1024 * 1024,
        max_stream_payload_bytes=4 * 1024 * 1024,
    )
    assert client.wallet_hotkey == CLIENT


def test_03_set_validator_keypair():
    assert Lightning(CLIENT).set_validator_keypair(CLIENT_SEED) is None


def test_04_set_python_signer():
    assert Lightning(CLIENT).set_python_signer(lambda message: b"\0" * 64) is None


def test_05_get_connection_stats_empty():
    stats = Lightning(CLIENT).get_connection_stats()
    assert stats["total_connections"] == "0"
    assert stats["active_miners"] == "0"


def test_06_missing_synapse_type():
    with pytest.raises(KeyError, match="synapse_type"):
        Lightning(CLIENT).query_axon(axon(), {"data": {}})


def missing(name):
    incomplete = axon()
    del incomplete[name]
    with pytest.raises(KeyError, match=name):
        Lightning(CLIENT).query_axon(incomplete, {"synapse_type": "echo", "data": {}})


def test_07_missing_hotkey():
    missing("hotkey")


def test_08_missing_ip():
    missing("ip")


def test_09_missing_port():
    missing("port")


def test_10_query_without_signer():
    with pytest.raises(ConnectionError, match="endpoint not initialized"):
        Lightning(CLIENT).query_axon(axon(), {"synapse_type": "echo", "data": {}})


def test_11_invalid_timeout():
    with pytest.raises(ValueError) as caught:
        Lightning(CLIENT).query_axon(axon(), {"synapse_type": "echo", "data": {}}, -1.0)
    assert "timeout_secs must be a finite positive number, got -1" in str(caught.value)


# ---- Both.


def test_12_two_handlers_on_same_server(link):
    assert link.query("add", {"a": 1, "b": 2})["data"] == {"sum": 3}
    assert link.query("echo", {"x": 1})["data"] == {"x": 1}


def test_13_echo_roundtrip(link):
    answer = link.query("echo", {"message": "hello"})
    assert set(answer) == {"success", "data", "latency_ms", "error"}
    assert answer["success"] is True
    assert answer["error"] is None
    assert answer["data"] == {"message": "hello"}
    assert answer["latency_ms"] >= 0


def test_14_large_payload(link):
    came = link.query("echo", {"blob": b"x" * 100_000})["data"]["blob"]
    assert isinstance(came, bytes)
    assert came == b"x" * 100_000


def test_15_query_with_timeout(link):
    assert link.query("echo", {"n": 1}, timeout_secs=20.0)["success"] is True


def test_16_multiple_sequential_queries(link):
    for number in range(10):
        assert link.query("echo", {"n": number})["data"] == {"n": number}


# ---- Server.


def test_17_server_constructor_defaults():
    server = LightningServer(SERVER)
    assert server.miner_hotkey == SERVER
    server.stop()


def test_18_server_constructor_custom_config():
    server = LightningServer(
        SERVER,
        host="127.0.0.1",
        port=9000,
        max_signature_age_secs=60,
        idle_timeout_secs=100,
        keep_alive_interval_secs=20,
        nonce_cleanup_interval_secs=30,
        max_nonce_entries=1000,
        max_frame_payload_bytes=2 * 1024 * 1024,
    )
    assert (server.host, server.port) == ("127.0.0.1", 9000)
    server.stop()


def test_19_start_stop_lifecycle():
    server = LightningServer(SERVER, host="127.0.0.1", port=free_port())
    server.set_miner_keypair(SERVER_SEED)
    server.start()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    assert server.get_connection_stats()["total_connections"] == "0"
    server.stop()
    thread.join(20)
    assert not thread.is_alive()


def test_20_server_get_connection_stats():
    server = LightningServer(SERVER, host="127.0.0.1", port=free_port())
    stats = server.get_connection_stats()
    assert stats["total_connections"] == "0"
    assert stats["verified_connections"] == "0"
    server.stop()


def test_21_streaming_handler(link):
    stream = link.client.query_axon_stream(link.axon, {"synapse_type": "chunks", "data": {}})
    assert list(stream) == [b"one", b"two", b"three"]


VALUES = (
    (22, None),
    (23, True),
    (24, False),
    (25, 0),
    (26, 42),
    (27, -7),
    (28, 3.14),
    (29, "text"),
    (30, ""),
    (31, b"bytes"),
    (32, [1, 2, 3]),
    (33, {"outer": {"inner": [1]}}),
)


@pytest.mark.parametrize("number, value", VALUES, ids=[str(number) for number, _ in VALUES])
def test_22_to_33_data_type_roundtrip(link, number, value):
    came = link.query("echo", {"value": value})["data"]["value"]
    assert came == value
    assert type(came) is type(value)
