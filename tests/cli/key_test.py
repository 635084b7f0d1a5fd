#!/usr/bin/env python3
"""`ltn key` and the ways to say who we are."""

import json
import os
import pathlib
import stat
import sys

from cli_support import (CLIENT_SEED, environment, expect, expect_equal, expect_exit, main, run,
                         temporary_folder)

# A published pair: the development seed of the well-known phrase.
SEED = "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"
PUBLIC = "46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a"
HOTKEY = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"


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
    ]))
