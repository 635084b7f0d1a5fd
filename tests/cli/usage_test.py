#!/usr/bin/env python3
"""What the program says to wrong usage and missing keys, without any network."""

import json
import sys

from cli_support import (environment, expect, expect_equal, expect_exit, expect_one_line_error,
                         json_error, main, run)

PEER = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"  # any well-formed hotkey


def no_command_is_wrong_usage():
    result = run(seed=None)
    expect_exit(result, 2)
    expect_one_line_error(result, "usage")


def unknown_command_is_wrong_usage_and_names_the_known_ones():
    result = run("frobnicate", seed=None)
    expect_exit(result, 2)
    expect_one_line_error(result, "usage")
    expect("serve" in result.stderr, "the known commands are named")


def command_that_does_not_exist_yet_is_wrong_usage():
    for command in ("streams", "flood"):
        result = run(command, "127.0.0.1:1", PEER, "echo")
        expect_exit(result, 2)


def unknown_option_of_a_command_without_library_options_is_wrong_usage():
    result = run("version", "--frobnicate", seed=None)
    expect_exit(result, 2)
    expect_one_line_error(result, "version")


def unknown_setting_is_refused_by_the_library_by_its_name():
    for command in (("serve", "--builtin"), ("call", "127.0.0.1:1", PEER, "echo"),
                    ("ping", "127.0.0.1:1", PEER), ("bench", "127.0.0.1:1", PEER)):
        result = run(*command, "--max-frobnications", "3")
        expect_exit(result, 2)
        expect_one_line_error(result, command[0])
        expect("max_frobnications" in result.stderr, f"{result.stderr!r} names the option")


def setting_out_of_range_names_option_and_value():
    result = run("serve", "--builtin", "--max-connections", "0")
    expect_exit(result, 2)
    expect("max_connections" in result.stderr, f"{result.stderr!r} names the option")


def settings_that_contradict_each_other_are_configuration_trouble():
    result = run("--json", "serve", "--builtin", "--handler-timeout-secs", "200")
    expect_exit(result, 3)
    detail = json_error(result)["detail"]
    expect_equal(detail,
                 "config error: handler_timeout_secs (200) must be less than idle_timeout_secs (150)")


def address_that_cannot_be_bound_is_local_trouble():
    result = run("serve", "--listen", "192.0.2.1:4433", "--builtin")
    expect_exit(result, 3)
    expect_one_line_error(result, "serve")


def serving_nothing_is_wrong_usage():
    expect_exit(run("serve"), 2)


def handler_set_that_does_not_exist_is_wrong_usage():
    expect_exit(run("serve", "--builtin", "--streams"), 2)


def missing_argument_is_named():
    result = run("call", "127.0.0.1:1", PEER)
    expect_exit(result, 2)
    expect("type" in result.stderr, result.stderr)


def malformed_hotkey_is_wrong_usage():
    result = run("call", "127.0.0.1:1", PEER[:-1] + "1", "echo")
    expect_exit(result, 2)
    expect_one_line_error(result, "call")


def address_without_port_is_wrong_usage():
    expect_exit(run("call", "127.0.0.1", PEER, "echo"), 2)


def numbers_that_are_none_are_wrong_usage():
    for option in (("--repeat", "0"), ("--repeat", "x"), ("--inflight", "-1"),
                   ("--timeout-secs", "nan"), ("--timeout-secs", "0"), ("--payload", "-5")):
        expect_exit(run("call", "127.0.0.1:1", PEER, "echo", *option), 2)


def two_sources_of_data_are_wrong_usage():
    expect_exit(run("call", "127.0.0.1:1", PEER, "echo", "--data", "{}", "--payload", "3"), 2)


def data_that_is_no_map_is_wrong_usage_and_says_what_came():
    for data, word in (("[1]", "array"), ("3", "number"), ('{"$bin":"AA=="}', "special"),
                       ("{", "parse error"), ('{"a":1,"a":2}', "twice"),
                       ('{"a":18446744073709551616}', "integer"), ('{"a":{"$bin":"A"}}', "Base64")):
        result = run("call", "127.0.0.1:1", PEER, "echo", "--data", data)
        expect_exit(result, 2)
        expect_one_line_error(result, "call")
        expect(word in result.stderr, f"{result.stderr!r} has {word!r}")


def data_file_that_is_not_there_is_local_trouble():
    expect_exit(run("call", "127.0.0.1:1", PEER, "echo", "--data-file", "/nonexistent"), 3)


def no_key_is_key_trouble():
    result = run("--json", "call", "127.0.0.1:1", PEER, "echo", seed=None)
    expect_exit(result, 3)
    expect_equal(json_error(result)["code"], "bad_key")


def bad_seed_is_key_trouble_and_never_repeated():
    for seed in ("ab" * 31, "zz" * 32):
        for args, env in ((["--seed", seed], environment()), ([], environment(LTN_SEED=seed))):
            result = run(*args, "key", "show", seed=None, env=env)
            expect_exit(result, 3)
            expect(seed not in result.stderr, "the secret is not in the message")


def two_identities_are_wrong_usage():
    expect_exit(run("--key", "/nonexistent", "key", "show"), 2)


def failures_are_one_json_object_with_json():
    error = json_error(run("--json", "call", "x", seed=None))
    expect_equal(error["error"], "call")
    expect_equal(error["code"], "usage")


def global_options_stand_before_or_after():
    before = run("--json", "version", seed=None)
    after = run("version", "--json", seed=None)
    expect_exit(before, 0)
    expect_equal(before.stdout, after.stdout)


def version_tells_library_abi_protocol_and_components():
    version = json.loads(run("version", "--json", seed=None).stdout)
    expect_equal(version["wire_protocol"], "btlightning")
    expect_equal(version["abi"], 0)
    expect("wolfSSL" in version["components"], version)
    expect(version["library"].count(".") == 2, version)


def help_is_no_failure():
    for args in (("--help",), ("serve", "--help"), ("key", "new", "--help")):
        result = run(*args, seed=None)
        expect_exit(result, 0)
        expect(result.stderr == "" and len(result.stdout) > 100, "help is on stdout")


if __name__ == "__main__":
    sys.exit(main([
        no_command_is_wrong_usage,
        unknown_command_is_wrong_usage_and_names_the_known_ones,
        command_that_does_not_exist_yet_is_wrong_usage,
        unknown_option_of_a_command_without_library_options_is_wrong_usage,
        unknown_setting_is_refused_by_the_library_by_its_name,
        setting_out_of_range_names_option_and_value,
        settings_that_contradict_each_other_are_configuration_trouble,
        address_that_cannot_be_bound_is_local_trouble,
        serving_nothing_is_wrong_usage,
        handler_set_that_does_not_exist_is_wrong_usage,
        missing_argument_is_named,
        malformed_hotkey_is_wrong_usage,
        address_without_port_is_wrong_usage,
        numbers_that_are_none_are_wrong_usage,
        two_sources_of_data_are_wrong_usage,
        data_that_is_no_map_is_wrong_usage_and_says_what_came,
        data_file_that_is_not_there_is_local_trouble,
        no_key_is_key_trouble,
        bad_seed_is_key_trouble_and_never_repeated,
        two_identities_are_wrong_usage,
        failures_are_one_json_object_with_json,
        global_options_stand_before_or_after,
        version_tells_library_abi_protocol_and_components,
        help_is_no_failure,
    ]))
