#!/usr/bin/env python3
"""`ltn serve --metrics` and `ltn top`: what a scraper and a person see; readiness for a service manager."""

import json
import os
import re
import socket
import sys
import urllib.error
import urllib.request

from cli_support import (Node, expect, expect_equal, expect_exit,
                         expect_one_line_error, main, run, temporary_folder)

SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="(?:[^"\\]|\\.)*"(?:,[a-z]+="[^"]*")*\})? -?[0-9.e+]+$')


def scrape(node, path="/metrics"):
    with urllib.request.urlopen(f"http://{node.ready['metrics']}{path}", timeout=10) as answer:
        return answer.headers["content-type"], answer.read().decode()


def value(text, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
    expect(found, f"expected a sample called {name}")
    return float(found.group(1))


def a_scraper_reads_every_line_and_sees_calls_counted():
    with Node("--metrics", "127.0.0.1:0") as node:
        expect_exit(node.call("echo", "--repeat", 5), 0)
        kind, text = scrape(node)
        expect_equal(kind, "text/plain; version=0.0.4")
        for line in text.splitlines():
            expect(line.startswith("# ") or SAMPLE.match(line), f"not a sample: {line!r}")
        expect_equal(value(text, "ltn_requests_total"), 5)
        expect_equal(value(text, 'ltn_handler_seconds_count{type="echo"}'), 5)
        expect_equal(value(text, 'ltn_handler_seconds_bucket{type="echo",le="+Inf"}'), 5)
        names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]
        expect_equal(len(names), len(set(names)), "one heading for each name")


def other_paths_are_not_found_and_harm_nothing():
    with Node("--metrics", "127.0.0.1:0") as node:
        try:
            scrape(node, "/secret")
            raise AssertionError("expected status 404")
        except urllib.error.HTTPError as error:
            expect_equal(error.code, 404)
        expect("ltn_connections" in scrape(node)[1], "metrics after a wrong path")


def no_metrics_are_served_unless_asked_for():
    with Node() as node:
        expect("metrics" not in node.ready, "no address of metrics")


def a_place_that_is_taken_is_told_at_start():
    with Node("--metrics", "127.0.0.1:0") as node:
        result = run("serve", "--builtin", "--metrics", node.ready["metrics"])
        expect_exit(result, 3)
        expect_one_line_error(result, "serve")


def a_place_that_is_none_is_wrong_usage():
    result = run("serve", "--builtin", "--metrics", "nowhere")
    expect_exit(result, 2)
    expect_one_line_error(result, "serve")


def top_shows_samples_with_rates():
    with Node("--metrics", "127.0.0.1:0") as node:
        expect_exit(node.call("echo"), 0)
        result = run("--json", "top", node.ready["metrics"], "--count", 2, "--interval-secs", 0.05)
        expect_exit(result, 0)
        samples = [json.loads(line) for line in result.stdout.splitlines()]
        expect_equal(len(samples), 2, "samples")
        expect("requests_per_s" in samples[1], "a rate")
        text = run("top", node.ready["metrics"], "--count", 1)
        expect_exit(text, 0)
        expect("echo" in text.stdout, text.stdout)


def top_of_nobody_is_an_error():
    result = run("top", "127.0.0.1:1", "--count", 1)
    expect_exit(result, 1)
    expect_one_line_error(result, "top")


def a_service_manager_hears_when_it_is_ready_and_when_it_stops():
    with temporary_folder() as folder:
        path = os.path.join(folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(20)
            os.environ["NOTIFY_SOCKET"] = path
            try:
                with Node() as node:
                    expect_equal(manager.recv(256), b"READY=1")
                    node.stop()
                    expect_equal(manager.recv(256), b"STOPPING=1")
            finally:
                del os.environ["NOTIFY_SOCKET"]


if __name__ == "__main__":
    sys.exit(main([
        a_scraper_reads_every_line_and_sees_calls_counted,
        other_paths_are_not_found_and_harm_nothing,
        no_metrics_are_served_unless_asked_for,
        a_place_that_is_taken_is_told_at_start,
        a_place_that_is_none_is_wrong_usage,
        top_shows_samples_with_rates,
        top_of_nobody_is_an_error,
        a_service_manager_hears_when_it_is_ready_and_when_it_stops,
    ]))
