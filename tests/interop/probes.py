"""The cases of cases.tsv that need a client no library offers: the driver's raw probes."""

import threading
import time

from peers import expect

STRANGER_GROWTH_KB = 1024
STRANGER_LIFE_MS = 10_500   # 10 s and what a loaded machine may add


def broken_or_failed(outcome):
    """A synapse that was not served: told so, or the stream or connection was taken away."""
    return outcome == "authentication failed" or outcome.startswith("broken")


def identity_point_client(cell):
    seen = cell.raw("identity-point", cell.serve())
    if cell.server.ours:
        expect(seen["accepted"] is not True, "a refusal", seen)
        expect(broken_or_failed(seen["synapse"]), "no service", seen)
    else:
        expect(seen["accepted"] is True, "the crate's server to believe it", seen)


def bad_signature(cell):
    seen = cell.raw("bad-signature", cell.serve())
    for name, case in seen.items():
        expect(case["accepted"] is False, f"{name}: refused", case)
        # The crate goes by the address, and may not have noticed yet that the connection of the
        # case before, from the same address, is gone.
        expect(broken_or_failed(case["synapse"]) or not cell.server.ours, f"{name}: not served",
               case)
        expect(case.get("proper_afterwards", True) is True,
               f"{name}: a proper handshake on the same connection to be accepted", case)


def timestamps(cell):
    seen = cell.raw("timestamps", cell.serve())
    for offset, case in seen.items():
        wanted = -300 < int(offset) <= 60
        expect(case["accepted"] is wanted, f"{offset} s: accepted {wanted}", case)
        expect((case["synapse"] == "served") is wanted, f"{offset} s: served {wanted}", case)


def replayed_nonce(cell):
    seen = cell.raw("replayed-nonce", cell.serve())
    expect(seen["original"] is True, "the first use to be accepted", seen)
    for name in ("same_connection", "other_connection", "signed_anew"):
        expect(seen[name] is False, f"{name}: refused", seen)
    expect(seen["synapse_on_first"] == "served", "the first connection still served", seen)
    if cell.server.ours:
        expect(broken_or_failed(seen["synapse_on_other"]), "no service on the other", seen)


def prefix_default(cell):
    seen = cell.raw("prefix", cell.serve())
    expect(seen["usual_accepted"] is True and seen["usual_synapse"] == "served",
           "prefix 42 served", seen)
    if cell.server.ours:
        expect(seen["accepted"] is False, "prefix 0 refused", seen)
        expect(broken_or_failed(seen["synapse"]), "no service", seen)
    else:
        expect(seen["accepted"] is True and seen["first_closed"] is None,
               "the crate to take both for different peers", seen)


def prefix_any(cell):
    server = cell.serve("--ss58-any-prefix", "true")
    for prefix in ("0", "2", "1000"):
        seen = cell.raw("prefix", server, "--prefix", prefix)
        if prefix == "1000":
            cell.notes.append(f"prefix 1000 (two bytes): accepted {seen['accepted']}")
            continue
        expect(seen["accepted"] is True and seen["synapse"] == "served", "it served", seen)
        expect(seen["usual_accepted"] is True and seen["usual_synapse"] == "served",
               "prefix 42 served", seen)
        expect(seen["first_closed"] is not None and "replaced" in seen["first_closed"],
               "one key to have one connection: the first closed with `replaced`", seen)


def second_connection(cell):
    seen = cell.raw("second-connection", cell.serve())
    expect(seen["handshake"] is True and seen["first"] == "served"
           and seen["first_afterwards"] == "served", "the first connection served", seen)
    if cell.server.ours:
        expect(broken_or_failed(seen["second_without_handshake"]), "the second refused", seen)
    else:
        expect(seen["second_without_handshake"] == "served", "the crate to serve it", seen)


def address_change(cell):
    seen = cell.raw("address-change", cell.serve())
    expect(seen["handshake"] is True and seen["before"] == "served", "service before", seen)
    expect(seen["old"] != seen["new"], "another address", seen)
    if cell.server.ours:
        expect(seen["after"] == "served" and seen["later"] == "served", "service after", seen)
    else:
        expect(seen["after"] == "authentication failed", "the crate to have forgotten it", seen)


def several_hotkeys_one_connection(cell):
    seen = cell.raw("several-hotkeys", cell.serve("--max-connections", "3"), "--count", "3")
    cell.notes.append(f"handshakes on one connection: {seen['handshakes']}")
    expect(seen["handshakes"][0] is True, "the first hotkey admitted", seen)
    if cell.server.ours:
        expect(seen["newcomers"] == [True, True, True], "three newcomers in three places", seen)
    else:
        expect(seen["newcomers"] == [True, False, False], "the crate to have leaked two", seen)


def half_frames(cell):
    server = cell.serve()
    seen = cell.raw("half-frames", server)
    expect(seen["before"]["other_handshake"] is True and seen["before"]["other_served"] == "served",
           "others unharmed", seen)
    expect(seen["handshake"] is True and seen["after"]["still_served"] == "served",
           "an authenticated connection to survive its own half frames", seen)
    for name, came in seen["after"].items():
        if isinstance(came, dict) and name != "undecodable":
            expect(came.get("answer_bytes", 0) == 0, f"{name}: an empty answer", came)
    expect("invalid request format" in seen["after"]["undecodable"].get("text", ""),
           "`invalid request format` for an undecodable synapse", seen["after"]["undecodable"])


def stranger(cell, frame_type):
    server = cell.serve()
    cell.still_serves(server)   # what is allocated once is no growth
    time.sleep(0.3)
    before = server.memory_kb()
    peak, watching = [before], threading.Event()

    def watch():
        while not watching.wait(0.02):
            peak[0] = max(peak[0], server.memory_kb())

    seconds = "12" if cell.server.ours else "4"
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        seen = cell.raw("stranger", server, "--type", str(frame_type), "--seconds", seconds,
                        "--bytes-max", str(256 << 20))
    finally:
        watching.set()
        watcher.join()
    growth = peak[0] - before
    cell.notes.append(f"server grew by {growth} KiB, {seen['bytes_on_the_wire']} bytes sent on "
                      f"{seen['streams']} streams, gone after {seen['closed_after_ms']} ms")
    if cell.server.ours:
        expect(growth < STRANGER_GROWTH_KB, f"growth below {STRANGER_GROWTH_KB} KiB",
               f"{growth} KiB, {seen}")
        gone = seen["closed_after_ms"]
        expect(gone is not None and gone <= STRANGER_LIFE_MS, "the connection gone within 10 s",
               seen)
    else:
        expect(seen["closed_after_ms"] is None, "the crate to keep it", seen)
    cell.still_serves(server)


RAW = {
    "identity_point_client": identity_point_client,
    "bad_signature": bad_signature,
    "timestamps": timestamps,
    "replayed_nonce": replayed_nonce,
    "prefix_default": prefix_default,
    "prefix_any": prefix_any,
    "second_connection": second_connection,
    "address_change": address_change,
    "several_hotkeys_one_connection": several_hotkeys_one_connection,
    "half_frames": half_frames,
    "stranger_memory": lambda cell: stranger(cell, 3),
    "stranger_memory_handshake": lambda cell: stranger(cell, 1),
}
