"""Signers: seeds, files, wallets, functions of the host."""

import asyncio
import os

import pytest
from conftest import CLIENT, SERVER, Pair, run

import ltn
import ltn.testing


def test_a_signature_is_good_for_its_key_only():
    signature = SERVER.sign(b"text")
    assert len(signature) == 64
    assert ltn.verify(SERVER.key, b"text", signature)
    assert not ltn.verify(SERVER.key, b"texT", signature)
    assert not ltn.verify(CLIENT.key, b"text", signature)
    assert ltn.decode_hotkey(SERVER.hotkey) == SERVER.key
    assert ltn.encode_hotkey(SERVER.key) == SERVER.hotkey


def test_wrong_seeds_and_hotkeys_are_told():
    with pytest.raises(ValueError, match="32 bytes, came 31"):
        ltn.Signer.from_seed(b"x" * 31)
    with pytest.raises(TypeError):
        ltn.Signer.from_seed("x" * 32)
    with pytest.raises(ltn.KeyFormatError):
        ltn.decode_hotkey("5Nonsense")
    with pytest.raises(TypeError):
        ltn.Client("a hotkey")


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_a_function_signs(pair, kind):
    asked = []

    def plain(message):
        asked.append(message)
        return CLIENT.sign(message)

    async def coroutine(message):
        await asyncio.sleep(0)
        return plain(message)

    signer = ltn.Signer.from_callback(CLIENT.hotkey, plain if kind == "plain" else coroutine)
    if pair.virtual and kind == "plain":
        pytest.skip("a thread of the executor takes real time, of which the virtual clock has none")

    async def main():
        async with pair(client_signer=signer) as p:
            assert (await p.client.call(p.peer, "who"))["hotkey"] == CLIENT.hotkey

    run(main())
    assert asked and all(isinstance(message, bytes) for message in asked)


@pytest.mark.parametrize("wrong", ["throws", "short", "other key", "not bytes"])
def test_a_function_that_signs_wrongly_ends_the_client_with_an_error(pair, wrong):
    async def sign(message):
        if wrong == "throws":
            raise OSError("no device")
        return {"short": b"x", "other key": SERVER.sign(message), "not bytes": "text"}[wrong]

    signer = ltn.Signer.from_callback(CLIENT.key, sign)

    async def main():
        async with pair(client_signer=signer) as p:
            with pytest.raises(ltn.Error) as caught:
                await p.client.call(p.peer, "echo")
            assert caught.value.category == "signing"
            assert "no device" not in caught.value.text
            return caught.value.code

    assert run(main()) == ("KEY_MISMATCH" if wrong == "other key" else "SIGNER")


def test_a_signer_that_never_answers_runs_into_its_time(pair):
    async def sign(message):
        await asyncio.get_running_loop().create_future()

    signer = ltn.Signer.from_callback(CLIENT.key, sign)

    async def main():
        async with pair(client_signer=signer, signer_timeout_ms=100) as p:
            with pytest.raises(ltn.Error) as caught:
                await p.client.call(p.peer, "echo")
            return caught.value.code

    assert run(main()) == "SIGNER_TIMEOUT"


def test_a_wallet_signs(tmp_path):
    ltn.write_wallet(b"\5" * 32, root=tmp_path)
    with pytest.raises(ltn.Error):
        ltn.write_wallet(b"\6" * 32, root=tmp_path)
    signer = ltn.Signer.from_wallet(root=tmp_path)
    assert signer.hotkey == ltn.Signer.from_seed(b"\5" * 32).hotkey
    again = ltn.Signer.from_key_file(tmp_path / "default" / "hotkeys" / "default")
    assert again.key == signer.key
    os.chmod(tmp_path / "default" / "hotkeys" / "default", 0o644)
    assert ltn.Signer.from_wallet(root=tmp_path).warning
    with pytest.raises(ltn.Error) as caught:
        ltn.Signer.from_wallet("nobody", root=tmp_path)
    assert caught.value.code == "IO"


def test_an_encrypted_wallet_asks_for_its_password(tmp_path, monkeypatch):
    ltn.write_wallet(b"\5" * 32, root=tmp_path, password="open", companion=True)
    key = ltn.Signer.from_seed(b"\5" * 32).key
    assert ltn.wallet_public_key(root=tmp_path) == key
    asked = []

    def ask(path):
        asked.append(path)
        return "open"

    assert ltn.Signer.from_wallet(root=tmp_path, ask=ask).key == key
    assert asked == [str(tmp_path / "default" / "hotkeys" / "default")]
    with pytest.raises(ltn.Error) as caught:
        ltn.Signer.from_wallet(root=tmp_path, password="wrong")
    assert caught.value.code == "PASSWORD"

    def broken(path):
        raise RuntimeError("nobody there")

    with pytest.raises(ltn.Error) as caught:
        ltn.Signer.from_wallet(root=tmp_path, ask=broken)
    assert caught.value.code == "PASSWORD" and "nobody there" not in caught.value.text


def test_permits_come_from_a_resolver():
    async def main(allowed):
        runtime = ltn.testing.Runtime(seed=1)
        pair = Pair(runtime)
        pair.server.set("require_validator_permit", True)
        pair.server.resolve_permits(lambda: allowed)
        seen = []
        pair.server.observe(lambda hotkey, address: seen.append(hotkey))
        async with pair as p:
            try:
                await p.client.call(p.peer, "echo")
                return seen
            except ltn.HandshakeError as error:
                return error.code

    assert run(main([CLIENT.hotkey])) == [CLIENT.hotkey]
    assert run(main([SERVER.key])) == "HANDSHAKE_REJECTED"
