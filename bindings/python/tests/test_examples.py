"""The programs of the README run, each against the server that stands there."""

import pathlib
import subprocess
import sys

import pytest
from conftest import SERVER

import ltn

HERE = pathlib.Path(__file__).resolve().parents[1]
EXAMPLES = HERE / "examples"


def _run(*arguments, **more):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        **more,
    ).stdout


@pytest.fixture(scope="module")
def where():
    server = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "server.py"), "01" * 32],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    address, hotkey = server.stdout.readline().split()
    assert hotkey == SERVER.hotkey
    yield address, hotkey
    server.communicate(timeout=60)
    assert server.returncode == 0


def test_client(where):
    lines = _run(EXAMPLES / "client.py", *where).splitlines()
    assert lines[0].startswith("hello, 5")
    assert lines[1:] == ["45", "HANDLER handler error: unrecognized synapse type"]


def test_stream(where):
    assert _run(EXAMPLES / "stream.py", *where).splitlines() == [*"01234", "b'THERE AND BACK'"]


def test_callback_signer(where):
    assert _run(EXAMPLES / "callback_signer.py", *where).startswith("hello, 5")


def test_wallet(where, tmp_path):
    ltn.write_wallet(b"\7" * 32, "mine", "first", tmp_path)
    said = _run(EXAMPLES / "wallet.py", *where, tmp_path, "mine", "first")
    assert said == f"hello, {ltn.Signer.from_seed(bytes([7]) * 32).hotkey}\n"


def test_the_readme_shows_these_programs():
    _run(HERE / "tools" / "readme.py", "--check")
