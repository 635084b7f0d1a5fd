"""The cases of cases.tsv about who may connect, and about many calls and clients at a time."""

import concurrent.futures
import json
import pathlib
import signal
import subprocess
import tempfile
import time

import cases
from peers import expect, seed_for

MIB = 1 << 20


def call_as(cell, server, seed, *options):
    return cell.client.call(seed, server.address, server.ready["hotkey"], "echo",
                            ["--payload", "64", *options])


def permit(cell):
    other = seed_for(cell.name, "somebody else")
    options = ("--require-validator-permit", "true", "--permit")
    return cell.serve(*options, cell.hotkey(cell.client_seed)), other


def permit_granted(cell):
    server, _ = permit(cell)
    for _ in range(2):
        cell.still_serves(server)


def permit_refused(cell):
    server, other = permit(cell)
    result = call_as(cell, server, other)
    expect(result.status == 1 and not result.succeeded, "a refusal, exit status 1", result)
    cell.notes.append(result.problem)
    cell.still_serves(server)


def permit_of_two(cell):
    other = seed_for(cell.name, "somebody else")
    server = cell.serve("--require-validator-permit", "true", "--permit", cell.hotkey(other),
                        "--permit", cell.hotkey(cell.client_seed))
    for seed in (cell.client_seed, other):
        result = call_as(cell, server, seed)
        expect(result.succeeded, "a successful answer", result)


def source(cell, *allowed):
    options = ["--enforce-source-allowlist", "true"]
    for address in allowed:
        options += ["--source", address]
    cell.still_serves(cell.serve(*options))


def source_not_allowed(cell):
    server = cell.serve("--enforce-source-allowlist", "true", "--source", "192.0.2.1")
    limits = ["--timeout-secs", "2"] + ([] if cell.client.ours else ["--connect-timeout-secs", "2"])
    result = call_as(cell, server, cell.client_seed, *limits)
    expect(result.status == 1 and not result.succeeded, "no service, exit status 1", result)
    # Silence, not a refusal: whoever forges an address shall not learn or send anything with it.
    expect(result.seconds > 1.5, "no answer until the client's own limit", result)
    cell.notes.append(result.problem)


def handshake_rate(cell):
    server = cell.serve("--max-handshake-attempts-per-minute", "8")
    came = [call_as(cell, server, cell.client_seed).succeeded for _ in range(12)]
    cell.notes.append(f"served: {came}")
    expect(came[0] and not came[-1], "the first served and the last refused", came)
    expect(came == sorted(came, reverse=True), "no service after the first refusal", came)


def alpn(cell):
    seen = cell.raw("alpn", cell.serve())
    for name in ("original", "future_first", "future_last"):
        expect(seen[name].get("chosen") == "btlightning" and seen[name]["accepted"] is True
               and seen[name]["synapse"] == "served", f"{name}: served", seen[name])
    for name in ("other", "none"):
        # The client's side may take the connection for open until the refusal arrives.
        came = seen[name].get("refused") or seen[name]["synapse"]
        expect("no application protocol" in came or "error 120" in came or "doesn't support" in came,
               f"{name}: refused for its protocol", seen[name])
        expect(seen[name].get("accepted") is not True, f"{name}: no handshake", seen[name])


def body_64mib(cell):
    limit = ("--max-frame-payload-bytes", str(128 * MIB))
    server = cell.serve(*limit)
    options = limit + (("--max-stream-payload-bytes", str(128 * MIB)) if cell.client.ours else ())
    result = cell.call(server, "echo", "--payload", str(64 * MIB), *options)
    expect(result.succeeded, "a successful answer", result)
    cases.check_payload(result.answer, 64 * MIB)


def many(cell, inflight, count, kind, *options, seconds):
    server = cell.serve()
    result = cell.call(server, kind, "--inflight", str(inflight), "--repeat", str(count), *options)
    expect(result.succeeded and len(result.lines) == count, f"{count} successful answers", result)
    expect(result.seconds < seconds, f"an end within {seconds} s", f"{result.seconds:.1f} s")


def unknown_name(cell, name):
    server = cell.serve()
    result = cell.call(server, name)
    expect(result.status == 1 and result.answer["error"] == "unrecognized synapse type",
           "`unrecognized synapse type`", result)
    cell.still_serves(server)


def echoed_data(cell, data):
    server = cell.serve()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data.json"
        path.write_text(json.dumps(data))
        result = cell.call(server, "echo", "--data-file", str(path))
    expect(result.succeeded, "a successful answer", result)
    expect(result.answer["data"] == data, "the same data", "other data")


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return {"nested": value}


def client_gone_midcall(cell):
    server = cell.serve()
    running = subprocess.Popen(
        cell.client.call_command(cell.client_seed, server.address, server.ready["hotkey"], "slow",
                                 ["--data", '{"ms":3000}', "--inflight", "16", "--repeat", "16"]),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    expect(running.poll() is None, "calls under way", running.poll())
    running.send_signal(signal.SIGKILL)
    running.wait(15)
    result = call_as(cell, server, seed_for(cell.name, "somebody else"))
    expect(result.succeeded, "others unharmed", result)
    cell.still_serves(server)


def several_clients(cell):
    server = cell.serve()
    seeds = [seed_for(cell.client_seed, number) for number in range(8)]
    with concurrent.futures.ThreadPoolExecutor(len(seeds)) as pool:
        for result in pool.map(lambda seed: call_as(cell, server, seed, "--repeat", "50"), seeds):
            expect(result.succeeded and len(result.lines) == 50, "50 successful answers", result)


ADMISSION = {
    "body_64mib_frame_128mib": body_64mib,
    "inflight_512": lambda cell: many(cell, 512, 1024, "echo", "--payload", "1024", seconds=30),
    "slow_many_inflight": lambda cell: many(cell, 64, 256, "slow", "--data", '{"ms":300}',
                                            seconds=15),
    "type_utf8": lambda cell: unknown_name(cell, "größe✓"),
    "type_empty": lambda cell: unknown_name(cell, ""),
    "type_long": lambda cell: unknown_name(cell, "n" * 10_000),
    "many_entries": lambda cell: echoed_data(cell, {f"k{i}": i for i in range(10_000)}),
    "nested_values": lambda cell: echoed_data(cell, nested(100)),
    "client_gone_midcall": client_gone_midcall,
    "several_clients": several_clients,
    "permit_granted": permit_granted,
    "permit_refused": permit_refused,
    "permit_of_two": permit_of_two,
    "source_allowed": lambda cell: source(cell, "127.0.0.1"),
    "source_not_allowed": source_not_allowed,
    "source_bypass": lambda cell: source(cell, "bypass"),
    "handshake_rate": handshake_rate,
    "alpn": alpn,
}
