"""Key files, wallets and configuration files."""

from __future__ import annotations

import os
from typing import Any, List, NamedTuple, Optional, Tuple, Union

from ._base import EMPTY, key_argument, text_argument
from ._errors import Detail, check
from ._ffi import ffi, lib
from ._signer import Path, fill_wallet

_OVERWRITE, _COMPANION, _ENCRYPT = 1, 2, 4


def write_key_file(path: Path, seed: bytes, *, overwrite: bool = False) -> None:
    """Writes the plain key file of a seed (mode 0600, complete or not at all)."""
    detail = Detail()
    name = text_argument("path", os.fspath(path))
    seed = key_argument("seed", seed)
    check(lib.ltn_key_file_write(name, seed, _OVERWRITE if overwrite else 0, detail.ptr), detail)


def write_wallet(
    seed: bytes,
    name: str = "default",
    hotkey: str = "default",
    root: Path = "~/.bittensor/wallets",
    *,
    path: Optional[Path] = None,
    password: Union[str, bytes, None] = None,
    password_file: Optional[Path] = None,
    overwrite: bool = False,
    companion: bool = False,
) -> None:
    """Writes the key file of a seed as a wallet's hotkey, encrypted when there is a password."""
    wallet, keep = fill_wallet(name, hotkey, root, path, password, password_file)
    wallet.flags = (
        (_OVERWRITE if overwrite else 0)
        | (_COMPANION if companion else 0)
        | (_ENCRYPT if password is not None or password_file is not None else 0)
    )
    detail = Detail()
    check(lib.ltn_wallet_write(wallet, key_argument("seed", seed), detail.ptr), detail)
    del keep


def wallet_public_key(
    name: str = "default",
    hotkey: str = "default",
    root: Path = "~/.bittensor/wallets",
    *,
    path: Optional[Path] = None,
) -> bytes:
    """The 32 bytes of a wallet's public key, without any password."""
    wallet, keep = fill_wallet(name, hotkey, root, path)
    key = ffi.new("uint8_t[32]")
    detail = Detail()
    check(lib.ltn_wallet_public_key(wallet, key, detail.ptr), detail)
    del keep
    return bytes(ffi.buffer(key))


class Setting(NamedTuple):
    """What a source says of a setting, and where."""

    value: str
    origin: str


class Config:
    """Settings from a TOML file and the environment: ``Client(signer, config=Config("ltn.toml"))``.

    What code sets wins over the environment, that over the file.
    """

    def __init__(self, path: Optional[Path] = None) -> None:
        detail = Detail()
        out = ffi.new("ltn_config**")
        name = ffi.NULL if path is None else text_argument("path", os.fspath(path))
        check(lib.ltn_config_load(out, name, detail.ptr), detail)
        self._handle = ffi.gc(out[0], lib.ltn_config_free)

    def check(self) -> None:
        """Whether a client and a server with this and nothing else would start."""
        detail = Detail()
        check(lib.ltn_config_check(self._handle, detail.ptr), detail)

    def get(self, section: str, name: str) -> Optional[Setting]:
        """What the file or the environment says of a setting; None when neither does."""
        value, origin = ffi.new("char const**"), ffi.new("char const**")
        status = lib.ltn_config_get(
            self._handle,
            value,
            origin,
            text_argument("section", section),
            text_argument("name", name),
        )
        if status == EMPTY:
            return None
        check(status)
        return Setting(ffi.string(value[0]).decode(), ffi.string(origin[0]).decode())

    def _apply(self, function: Any, handle: Any) -> None:
        detail = Detail()
        check(function(handle, self._handle, detail.ptr), detail)


def components() -> List[Tuple[str, str]]:
    """Names and versions of the libraries inside, or loaded."""
    found: List[Tuple[str, str]] = []
    while True:
        name = lib.ltn_component_name(len(found))
        if name == ffi.NULL:
            return found
        version = ffi.string(lib.ltn_component_version(len(found))).decode()
        found.append((ffi.string(name).decode(), version))
