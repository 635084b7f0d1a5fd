#!/usr/bin/env python3
"""Writes the wallets of this folder with the network's own wallet package.

    pip install bittensor-wallet==4.1.1
    python3 generate.py

The keys are public and worth nothing. A second run changes the encrypted files only (their nonce is
random); the last line of output, name and value of a password in the environment, stands in
README.md.
"""

import ctypes
import os
import pathlib
import stat

from bittensor_wallet import Keyfile, Keypair, Wallet

HERE = pathlib.Path(__file__).resolve().parent
PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
SEED = "0x" + "a7" * 32
PASSWORD = "correct horse battery staple"
SHORT_PASSWORD = "testing"


def wallet(name):
    return Wallet(name=name, hotkey="default", path=str(HERE / "wallets"))


def main():
    os.chdir(HERE)
    options = {"use_password": False, "overwrite": True, "suppress": True}
    wallet("phrase").regenerate_hotkey(mnemonic=PHRASE, **options)
    wallet("seed").regenerate_hotkey(seed=SEED, **options)
    wallet("ed25519").regenerate_hotkey(mnemonic=PHRASE, crypto_type=0, **options)
    options["use_password"] = True
    wallet("nacl-phrase").regenerate_hotkey(mnemonic=PHRASE, hotkey_password=PASSWORD, **options)
    wallet("nacl-seed").regenerate_hotkey(seed=SEED, hotkey_password=SHORT_PASSWORD, **options)
    pair = Keypair.create_from_seed(SEED)
    private = Keypair.create_from_private_key("0x" + PRIVATE_KEY)
    wallet("private").set_hotkey(private, encrypt=False, overwrite=True)
    wallet("public").set_hotkeypub(pair, encrypt=False, overwrite=True)

    # What the package puts into the environment for a path, to compare with.
    keyfile = Keyfile(path="/srv/ltn.test/hotkeys/default", name="default")
    keyfile.save_password_to_env(PASSWORD)
    for path in sorted(HERE.glob("wallets/*/hotkeys/*")):
        print(path.relative_to(HERE), oct(stat.S_IMODE(path.stat().st_mode)))
    getenv = ctypes.CDLL(None).getenv  # the package sets it behind Python's back
    getenv.restype = ctypes.c_char_p
    print(keyfile.env_var_name(), getenv(keyfile.env_var_name().encode()).decode())


# Scalar and nonce seed of the key whose seed is 32 bytes 0x01.
PRIVATE_KEY = ("0bdd6dbf4edf8925e8c128bc2ddd9ed555e36240ca30ca7633d80e18d177de0d"
               "b17a2a2cf3d4a41a8e4e18cc45c8656d558eceddb0adb46bfa088a5f53bed252")

if __name__ == "__main__":
    main()
