"""Configuration files, a runtime of one's own, sources."""

import logging

import pytest
from conftest import CLIENT, SERVER, run

import ltn
import ltn.blocking


def test_settings_come_from_a_file_and_code_wins(tmp_path, monkeypatch):
    path = tmp_path / "ltn.toml"
    path.write_text("[client]\ndefault_timeout_ms = 77\n[server]\nlisten = '127.0.0.1:0'\n")
    config = ltn.Config(path)
    config.check()
    assert config.get("client", "default_timeout_ms").value == "77"
    assert config.get("client", "default_timeout_ms").origin.endswith("ltn.toml:2")
    assert config.get("client", "max_calls") is None

    async def main():
        async with ltn.Server(SERVER, config=config) as server:

            @server.handle("never")
            async def never(request):
                import asyncio

                await asyncio.get_running_loop().create_future()

            async with ltn.Client(CLIENT, config=config) as client:
                with pytest.raises(ltn.DeadlineError):
                    await client.call((SERVER.hotkey, server.address), "never")

    run(main())
    with ltn.blocking.Client(CLIENT, config=config):
        pass


def test_wrong_settings_are_told(tmp_path):
    path = tmp_path / "ltn.toml"
    path.write_text("[client]\nno_such_option = 1\n")
    with pytest.raises(ltn.ArgumentError, match="no_such_option"):
        ltn.Config(path)
    with pytest.raises(ltn.Error) as caught:
        ltn.Config(tmp_path / "nowhere.toml")
    assert caught.value.code == "IO"

    async def main(**options):
        await ltn.Client(CLIENT, **options).start()

    with pytest.raises(ltn.ArgumentError):
        run(main(max_calls=0))
    with pytest.raises(ltn.ArgumentError):
        run(main(no_such_option=0))
    with pytest.raises(TypeError):
        run(main(max_calls=[1]))
    with pytest.raises(ltn.ArgumentError):
        ltn.blocking.Client(CLIENT, max_calls=0).start()


def test_a_runtime_of_its_own_logs_what_it_is_told_to(caplog):
    async def main():
        runtime = ltn.Runtime(log_level="debug", spin_us=0)
        async with ltn.Server(SERVER, runtime=runtime) as server:
            server.handle("echo", lambda request: request.raw)
            async with ltn.Client(CLIENT, runtime=runtime) as client:
                await client.call((SERVER.hotkey, server.address), "echo")

    with caplog.at_level(logging.DEBUG, logger="ltn"):
        run(main())
    assert caplog.records
    with pytest.raises(ValueError):
        ltn.Runtime(log_level="loud")


def test_sources_are_listed_and_learned():
    async def main():
        async with ltn.Server(SERVER) as server:
            server.set_sources("10.0.0.0/8 !192.0.2.7")
            server.learn_source(CLIENT.hotkey, "198.51.100.9", age=60)
            return {(one.kind, one.prefix, one.hotkey) for one in server.sources()}

    assert run(main()) >= {
        ("listed", "10.0.0.0/8", None),
        ("blocked", "192.0.2.7/32", None),
        ("learned", "198.51.100.9/32", CLIENT.hotkey),
    }


def test_the_libraries_inside_have_names():
    assert dict(ltn.components()).keys() >= {"wolfSSL"}
    assert ltn.version().count(".") == 2
