#!/usr/bin/env python3
"""`ltn key` and the ways to say who we are."""

import base64
import json
import os
import pathlib
import resource
import stat
import subprocess
import sys

from cli_support import (CLIENT_SEED, environment, expect, expect_equal, expect_exit, main,
                         program, run, temporary_folder)

# A published pair: the development seed of the well-known phrase.
SEED = "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"
PUBLIC = "46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a"
HOTKEY = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"


WALLETS = pathlib.Path(__file__).resolve().parents[1] / "vectors/wallet/wallets"
PASSWORD = "correct horse battery staple"


def wallet_variable(path):
    """The password as the wallet software keeps it for a path: Base64 of it XOR the variable's name."""
    name = "BT_PW_" + str(path).replace("/", "_").replace(".", "_").upper()
    mixed = bytes(ord(c) ^ ord(name[i % len(name)]) for i, c in enumerate(PASSWORD))
    return {name: base64.b64encode(mixed).decode()}


def show(*args, **kwargs):
    result = run("--json", *args, "key", "show", seed=None, **kwargs)
    expect_exit(result, 0)
    return json.loads(result.stdout)


def seed_gives_the_published_hotkey():
    expect_equal(show("--seed", SEED), {"hotkey": HOTKEY, "public_key": PUBLIC})
    expect_equal(show("--seed=" + SEED.upper())["hotkey"], HOTKEY)


def environment_gives_the_same_and_an_option_wins():
    env = environment(LTN_SEED=SEED)
    expect_equal(show(env=env)["hotkey"], HOTKEY)
    other = show("--seed", CLIENT_SEED, env=env)
    expect(other["hotkey"] != HOTKEY, "the option wins over the environment")


def new_key_without_a_file_prints_its_seed():
    made = json.loads(run("--json", "key", "new", seed=None).stdout)
    shown = show("--seed", made["seed"])
    expect_equal(shown["hotkey"], made["hotkey"])
    expect_equal(shown["public_key"], made["public_key"])


def new_key_file_is_private_and_complete():
    with temporary_folder() as folder:
        path = os.path.join(folder, "key.json")
        result = run("--json", "key", "new", "--out", path, seed=None)
        expect_exit(result, 0)
        made = json.loads(result.stdout)
        expect("seed" not in made, "a key with a file is not printed")
        expect_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
        expect_equal(show("--key", path)["hotkey"], made["hotkey"])


def new_key_never_replaces_a_file():
    with temporary_folder() as folder:
        path = pathlib.Path(folder, "key.json")
        path.write_text("precious")
        result = run("key", "new", "--out", path, seed=None)
        expect_exit(result, 3)
        expect_equal(path.read_text(), "precious")


def two_new_keys_differ():
    first = json.loads(run("--json", "key", "new", seed=None).stdout)
    second = json.loads(run("--json", "key", "new", seed=None).stdout)
    expect(first["hotkey"] != second["hotkey"], "fresh keys differ")


def wallet_is_found_by_its_names():
    with temporary_folder() as home:
        folder = pathlib.Path(home, ".bittensor", "wallets", "alice", "hotkeys")
        folder.mkdir(parents=True)
        (folder / "default").write_text(json.dumps({"secretSeed": "0x" + SEED}))
        env = environment(HOME=home)
        expect_equal(show("--wallet", "alice", env=env)["hotkey"], HOTKEY)
        expect_equal(show("--wallet", "alice", "--hotkey-name", "default", env=env)["hotkey"],
                     HOTKEY)
        missing = run("--wallet", "alice", "--hotkey-name", "other", "key", "show", seed=None,
                      env=env)
        expect_exit(missing, 3)


def wallet_name_never_leaves_its_folder():
    for name in ("../alice", "..", "a/b"):
        result = run("--wallet", name, "key", "show", seed=None)
        expect_exit(result, 2)


def key_file_without_a_key_is_key_trouble():
    with temporary_folder() as folder:
        path = pathlib.Path(folder, "key.json")
        for content in ("", "{}", "not json", '{"secretSeed":"0x12"}',
                        json.dumps({"secretSeed": "0x" + SEED, "cryptoType": 0})):
            path.write_text(content)
            result = run("--key", path, "key", "show", seed=None)
            expect_exit(result, 3)
            expect(SEED not in result.stderr, "no secret in the message")


def public_side_is_shown_without_a_password():
    expect_equal(show("--wallet-path", WALLETS, "--wallet", "nacl-phrase"),
                 {"hotkey": HOTKEY, "public_key": PUBLIC})
    public = WALLETS / "public/hotkeys/defaultpub.txt"
    expect(show("--key", public)["hotkey"].startswith("5Gus7Q9J"), "a public-only file is shown")


def encrypted_wallet_opens_by_each_source_of_its_password():
    with temporary_folder() as folder:
        word = pathlib.Path(folder, "word")
        word.write_text(PASSWORD + "\n")
        where = ("--wallet-path", WALLETS, "--wallet", "nacl-phrase")
        for how, env in ((("--password", PASSWORD), {}), (("--password-file", word), {}),
                         (("--password-env", "MY_WORD"), {"MY_WORD": PASSWORD}),
                         ((), wallet_variable(WALLETS / "nacl-phrase/hotkeys/default"))):
            # Only signing needs the secret, and nothing is sent by a client that cannot start.
            signed = run(*where, *how, "call", "127.0.0.1:1", HOTKEY, "echo", "--timeout-secs",
                         "0.2", seed=None, env=environment(**env))
            expect_exit(signed, 1)


def wrong_password_and_damaged_file_are_told_apart():
    with temporary_folder() as folder:
        sealed = (WALLETS / "nacl-phrase/hotkeys/default").read_bytes()
        path = pathlib.Path(folder, "key")
        path.write_bytes(sealed)
        path.chmod(0o600)
        wrong = run("--json", "--key", path, "--password", "guess", "key", "show", seed=None)
        expect_exit(wrong, 3)
        failure = json.loads(wrong.stderr)
        expect_equal(failure["code"], "password")
        expect("wrong password" in failure["detail"], failure["detail"])
        expect("guess" not in wrong.stderr, "no password in the message")
        none = json.loads(run("--json", "--key", path, "key", "show", seed=None).stderr)
        expect_equal(none["code"], "password")
        expect("BT_PW__" in none["detail"], "the variable is named: " + none["detail"])
        path.write_bytes(sealed[:100])
        damaged = run("--json", "--key", path, "--password", PASSWORD, "key", "show", seed=None)
        expect_exit(damaged, 3)
        expect_equal(json.loads(damaged.stderr)["code"], "config")
        expect("damaged" in damaged.stderr, damaged.stderr)


def too_little_memory_for_a_password_is_said():
    few = 300 << 20
    refused = subprocess.run(
        [program(), "--json", "--wallet-path", WALLETS, "--wallet", "nacl-phrase", "--password",
         PASSWORD, "key", "show"], capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (few, few)))
    expect_exit(refused, 3)
    expect_equal(json.loads(refused.stderr)["code"], "no_memory")


def new_wallet_has_the_layout_and_opens_again():
    with temporary_folder() as home:
        env = environment(HOME=home, MY_WORD="opens it")
        made = run("--json", "key", "new", "--wallet", "alice", "--hotkey-name", "h1", "--encrypt",
                   "--password-env", "MY_WORD", seed=None, env=env)
        expect_exit(made, 0)
        made = json.loads(made.stdout)
        path = pathlib.Path(home, ".bittensor/wallets/alice/hotkeys/h1")
        expect_equal(made["file"], str(path))
        expect(path.read_bytes().startswith(b"$NACL"), "it is sealed")
        for name, mode in ((path, 0o600), (f"{path}pub.txt", 0o600), (path.parent, 0o700)):
            expect_equal(stat.S_IMODE(os.stat(name).st_mode), mode, str(name))
        shown = show("--wallet", "alice", "--hotkey-name", "h1", "--password-env", "MY_WORD",
                     env=env)
        expect_equal(shown["hotkey"], made["hotkey"])
        again = run("key", "new", "--wallet", "alice", "--hotkey-name", "h1", seed=None, env=env)
        expect_exit(again, 3)


def key_file_that_others_can_read_is_warned_about():
    with temporary_folder() as folder:
        path = pathlib.Path(folder, "key")
        path.write_text(json.dumps({"secretSeed": "0x" + SEED}))
        path.chmod(0o644)
        result = run("--key", path, "--password", "unused", "key", "show", seed=None)
        expect_exit(result, 0)
        expect("others may use it (mode 0644)" in result.stderr, result.stderr)
        path.chmod(0o600)
        quiet = run("--key", path, "--password", "unused", "key", "show", seed=None)
        expect_equal(quiet.stderr, "")


def wallet_package_reads_what_we_write():
    """Skipped where the network's wallet package is not installed (tests/vectors/wallet/README.md)."""
    python = os.environ.get("LTN_WALLET_PYTHON", sys.executable)
    probe = subprocess.run([python, "-c", "import bittensor_wallet"], capture_output=True, check=False)
    if probe.returncode != 0:
        print("# not compared: no bittensor-wallet package")
        return
    with temporary_folder() as folder:
        for name, how in (("plain", ()), ("sealed", ("--encrypt", "--password", PASSWORD))):
            made = json.loads(run("--json", "key", "new", "--wallet-path", folder, "--wallet", name,
                                  *how, seed=None).stdout)
            read = subprocess.run(
                [python, "-c", "import sys, bittensor_wallet as b\n"
                 "w = b.Wallet(name=sys.argv[1], hotkey='default', path=sys.argv[2])\n"
                 "print(w.get_hotkey(sys.argv[3]).ss58_address, w.get_hotkeypub().ss58_address)",
                 name, folder, PASSWORD], capture_output=True, text=True, check=False)
            expect_equal(read.stdout.split()[-2:], [made["hotkey"]] * 2, read.stderr)


if __name__ == "__main__":
    sys.exit(main([
        seed_gives_the_published_hotkey,
        environment_gives_the_same_and_an_option_wins,
        new_key_without_a_file_prints_its_seed,
        new_key_file_is_private_and_complete,
        new_key_never_replaces_a_file,
        two_new_keys_differ,
        wallet_is_found_by_its_names,
        wallet_name_never_leaves_its_folder,
        key_file_without_a_key_is_key_trouble,
        public_side_is_shown_without_a_password,
        encrypted_wallet_opens_by_each_source_of_its_password,
        wrong_password_and_damaged_file_are_told_apart,
        too_little_memory_for_a_password_is_said,
        new_wallet_has_the_layout_and_opens_again,
        key_file_that_others_can_read_is_warned_about,
        wallet_package_reads_what_we_write,
    ]))
