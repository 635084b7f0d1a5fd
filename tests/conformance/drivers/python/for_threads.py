"""The driver over ltn.blocking: a thread for each request that is waiting."""

import concurrent.futures
import gc
import hashlib
import json
import sys
import threading

import common
import thread_handlers
from common import Unknown

import ltn
import ltn.blocking

FRESH_SEED = b"\x77" * 32
# As many requests of the runner wait at a time at most.
THREADS = 256

LACKS = [
    "cancel: a blocking call ends by its timeout, by its client's close, or by a signal",
    "never: a thread that never answers keeps the process from its end",
]


class Driver:
    def __init__(self):
        self.objects = {}
        self.streams = {}
        self.named = {}
        self.works = {}

    def on(self, request):
        """A client or server."""
        return self.found(self.objects.get(request["on"]))

    def stream(self, request):
        return self.found(self.streams.get(request["on"]))

    def found(self, one):
        if one is None:
            raise ltn.ClosedError()
        return one

    # ---- Servers.

    def do_serve(self, request):
        signer = common.signer(request["signer"], False)
        options = {"listen": "127.0.0.1:0", **request.get("options", {})}
        options["listen"] = request.get("listen", options["listen"])
        server = ltn.blocking.Server(signer, workers=64, **options)
        work = self.works[request["as"]] = thread_handlers.Work()
        for wish in request.get("handlers", []):
            work.install(server, wish["type"], wish["does"])
        if request.get("permits") is not None:
            server.resolve_permits(lambda: request["permits"])
        address = server.start()
        self.objects[request["as"]] = server
        return {"address": address, "hotkey": signer.hotkey}

    def do_handle(self, request):
        server = self.on(request)
        self.works[request["on"]].install(server, request["type"], request["does"])
        return {}

    def do_unhandle(self, request):
        self.on(request).unhandle(request["type"])
        return {}

    def do_permits(self, request):
        server = self.on(request)
        if request["hotkeys"] is None:
            server.set("require_validator_permit", False)
        else:
            server.set_permits(request["hotkeys"])
        return {}

    def do_seen(self, request):
        return self.works[request["on"]].seen()

    def do_release(self, request):
        return {"count": self.works[request["on"]].release(request["type"])}

    def do_stop(self, request):
        self.on(request).stop(drain=request.get("drain_ms", 0) / 1000)
        return {}

    # ---- Clients.

    def do_client(self, request):
        signer = common.signer(request["signer"], False)
        client = ltn.blocking.Client(signer, **request.get("options", {}))
        self.objects[request["as"]] = client.start()
        return {"hotkey": signer.hotkey}

    def do_call(self, request):
        client, peer = self.on(request), common.peer(request)
        data, timeout = common.body(request), common.seconds(request)
        if "value" in request:
            return {"value": client.call(peer, request["type"], data, timeout=timeout)}
        return {"data": common.shown(client.call_raw(peer, request["type"], data, timeout=timeout))}

    def do_many(self, request):
        client, peer = self.on(request), common.peer(request)
        body = {"b": bytes(request["fill"])}

        def one(_):
            try:
                answer = client.call(peer, request["type"], body)
                return "ok" if answer == body else "different"
            except ltn.Error as error:
                return error.code.lower()

        with concurrent.futures.ThreadPoolExecutor(request["in_flight"]) as pool:
            codes = list(pool.map(one, range(request["n"])))
        failed = {code: codes.count(code) for code in set(codes) - {"ok"}}
        return {"ok": codes.count("ok"), "failed": failed}

    def do_cancel(self, request):
        stop = self.named.get(request["name"])
        if stop is None:
            raise Unknown
        stop()
        return {}

    def do_connect(self, request):
        known = self.on(request).connect(common.peer(request), timeout=common.seconds(request))
        return {"hotkey": known.hotkey, "address": known.address, "alpn": known.protocol}

    def do_registry(self, request):
        entries = [ltn.Peer(one["hotkey"], one["address"]) for one in request["entries"]]
        outcomes = self.on(request).registry_set(entries)
        return {"outcomes": [common.outcome(one) for one in outcomes]}

    def do_peers(self, request):
        return {"hotkeys": common.ready(self.on(request).peers())}

    def do_set(self, request):
        self.on(request).set(request["name"], request["value"])
        return {}

    def do_stat(self, request):
        return {"value": self.on(request).stat(request["name"])}

    def do_metrics(self, request):
        return {"names": sorted({one.name for one in self.on(request).metrics()})}

    # ---- Streams.

    def do_open(self, request):
        stream = self.on(request).stream(
            common.peer(request),
            request["type"],
            common.body(request),
            timeout=common.seconds(request),
            send=request.get("send", False),
        )
        self.streams[request["as"]] = stream
        if "name" in request:
            self.named[request["name"]] = stream.close
        return {}

    def do_read(self, request):
        chunk = self.stream(request).read()
        return {"end": True} if chunk is None else {"chunk": common.shown(chunk)}

    def do_collect(self, request):
        count, length, sha = 0, 0, hashlib.sha256()
        pause = request.get("slow_ms", 0) / 1000
        stream = self.stream(request)
        while True:
            if pause:
                threading.Event().wait(pause)
            chunk = stream.read()
            if chunk is None:
                return {"chunks": count, "len": length, "sha256": sha.hexdigest()}
            count, length = count + 1, length + len(chunk)
            sha.update(chunk)

    def do_send(self, request):
        self.stream(request).send(common.chunk(request))
        return {}

    def do_end(self, request):
        self.stream(request).end()
        return {}

    def do_drop(self, request):
        self.stream(request).close()
        return {}

    # ---- Ends.

    def do_close(self, request):
        name = request["on"]
        self.found(self.objects.get(name) or self.streams.get(name)).close()
        return {}

    def do_forget(self, request):
        self.objects.pop(request["on"], None)
        self.streams.pop(request["on"], None)
        gc.collect()
        return {}

    # ---- Surroundings.

    def _echo(self, signer, peer):
        with ltn.blocking.Client(signer) as own:
            return common.shown(own.call_raw(peer, "echo", b"\x80"))

    def do_fork(self, request):
        client, peer = self.on(request), common.peer(request)
        return common.fork(
            lambda: client.call(peer, "echo"),
            lambda: self._echo(ltn.Signer.from_seed(FRESH_SEED), peer),
        )()

    def do_second(self, request):
        return {"data": self._echo(common.signer(request["signer"], False), common.peer(request))}

    def do_wrong(self, request):
        what = request["what"]
        if what == "seed_short":
            ltn.Signer.from_seed(bytes(31))
        elif what == "handler_none":
            self.on(request).handle("x", None)
        elif what == "listen_bad":
            signer = ltn.Signer.from_seed(FRESH_SEED)
            ltn.blocking.Server(signer, listen="300.1.1.1:1").start()
        elif what in ("option_unknown", "option_value"):
            option = (
                {"no_such_option": 1} if what == "option_unknown" else {"max_connections": "many"}
            )
            ltn.blocking.Client(ltn.Signer.from_seed(FRESH_SEED), **option).start()
        else:
            given = common.misuse_of_call(what, common.peer(request))
            if given is None:
                raise Unknown
            peer, name, data, timeout = given
            self.on(request).call(peer, name, data, timeout=timeout)
        return {}

    # ---- Lines.

    def answer(self, request, say):
        try:
            word = request["do"]
            if word in common.PLAIN:
                told = {"ok": common.PLAIN[word](request)}
            else:
                method = getattr(self, f"do_{word}", None)
                told = {"unknown": True} if method is None else {"ok": method(request)}
        except Exception as error:
            told = common.answer_of(error)
        say({"id": request["id"], **told})

    def close_all(self):
        for stream in list(self.streams.values()):
            stream.close()
        for kind in (ltn.blocking.Client, ltn.blocking.Server):
            for one in [one for one in list(self.objects.values()) if isinstance(one, kind)]:
                one.close()


def main(say, hello):
    hello("python-blocking", LACKS)
    driver = Driver()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            pool.submit(driver.answer, json.loads(line), say)
        driver.close_all()
