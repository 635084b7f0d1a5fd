"""The driver over ltn.Client and ltn.Server, on one loop."""

import asyncio
import gc
import hashlib
import json
import sys
import threading

import common
import loop_handlers
from common import Unknown

import ltn

FRESH_SEED = b"\x77" * 32


class Driver:
    def __init__(self):
        self.objects = {}
        self.streams = {}
        self.reading = {}
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

    async def under_name(self, request, coroutine):
        """Awaits something that `cancel` may end."""
        task = asyncio.ensure_future(coroutine)
        if "name" in request:
            self.named[request["name"]] = task.cancel
        return await task

    # ---- Servers.

    async def do_serve(self, request):
        signer = common.signer(request["signer"], True)
        options = {"listen": "127.0.0.1:0", **request.get("options", {})}
        options["listen"] = request.get("listen", options["listen"])
        server = ltn.Server(signer, **options)
        work = self.works[request["as"]] = loop_handlers.Work()
        for wish in request.get("handlers", []):
            work.install(server, wish["type"], wish["does"])
        if request.get("permits") is not None:
            server.set_permits(request["permits"])
        address = await server.start()
        self.objects[request["as"]] = server
        return {"address": address, "hotkey": signer.hotkey}

    async def do_handle(self, request):
        server = self.on(request)
        self.works[request["on"]].install(server, request["type"], request["does"])
        return {}

    async def do_unhandle(self, request):
        self.on(request).unhandle(request["type"])
        return {}

    async def do_permits(self, request):
        server = self.on(request)
        if request["hotkeys"] is None:
            server.set("require_validator_permit", False)
        else:
            server.set_permits(request["hotkeys"])
        return {}

    async def do_seen(self, request):
        return self.works[request["on"]].seen()

    async def do_release(self, request):
        return {"count": self.works[request["on"]].release(request["type"])}

    async def do_stop(self, request):
        await self.on(request).stop(drain=request.get("drain_ms", 0) / 1000)
        return {}

    # ---- Clients.

    async def do_client(self, request):
        signer = common.signer(request["signer"], True)
        client = ltn.Client(signer, **request.get("options", {}))
        self.objects[request["as"]] = await client.start()
        return {"hotkey": signer.hotkey}

    async def do_call(self, request):
        client, peer = self.on(request), common.peer(request)
        data, timeout = common.body(request), common.seconds(request)
        if "value" in request:
            call = client.call(peer, request["type"], data, timeout=timeout)
            return {"value": await self.under_name(request, call)}
        call = client.call_raw(peer, request["type"], data, timeout=timeout)
        return {"data": common.shown(await self.under_name(request, call))}

    async def do_many(self, request):
        client, peer = self.on(request), common.peer(request)
        body, left = {"b": bytes(request["fill"])}, iter(range(request["n"]))
        told = {"ok": 0, "failed": {}}

        async def worker():
            for _ in left:
                try:
                    answer = await client.call(peer, request["type"], body)
                    code = "ok" if answer == body else "different"
                except ltn.Error as error:
                    code = error.code.lower()
                if code == "ok":
                    told["ok"] += 1
                else:
                    told["failed"][code] = told["failed"].get(code, 0) + 1

        await asyncio.gather(*(worker() for _ in range(request["in_flight"])))
        return told

    async def do_cancel(self, request):
        self.named.get(request["name"], lambda: None)()
        return {}

    async def do_connect(self, request):
        connect = self.on(request).connect(common.peer(request), timeout=common.seconds(request))
        known = await self.under_name(request, connect)
        return {"hotkey": known.hotkey, "address": known.address, "alpn": known.protocol}

    async def do_registry(self, request):
        entries = [ltn.Peer(one["hotkey"], one["address"]) for one in request["entries"]]
        outcomes = await self.on(request).registry_set(entries)
        return {"outcomes": [common.outcome(one) for one in outcomes]}

    async def do_peers(self, request):
        return {"hotkeys": common.ready(self.on(request).peers())}

    async def do_set(self, request):
        self.on(request).set(request["name"], request["value"])
        return {}

    async def do_stat(self, request):
        return {"value": self.on(request).stat(request["name"])}

    async def do_metrics(self, request):
        return {"names": sorted({one.name for one in self.on(request).metrics()})}

    # ---- Streams.

    async def do_open(self, request):
        stream = self.on(request).stream(
            common.peer(request),
            request["type"],
            common.body(request),
            timeout=common.seconds(request),
            send=request.get("send", False),
        )
        self.streams[request["as"]] = stream
        if "name" in request:
            self.named[request["name"]] = lambda: self.leave(request["as"], stream)
        return {}

    def leave(self, name, stream):
        """Cancels the tasks that read, and with them what they read."""
        for task in self.reading.get(name, ()):
            task.cancel()
        stream.cancel()

    async def do_read(self, request):
        read = asyncio.ensure_future(self.stream(request).read())
        reading = self.reading.setdefault(request["on"], set())
        reading.add(read)
        try:
            chunk = await read
        finally:
            reading.discard(read)
        return {"end": True} if chunk is None else {"chunk": common.shown(chunk)}

    async def do_collect(self, request):
        count, length, sha = 0, 0, hashlib.sha256()
        pause = request.get("slow_ms", 0) / 1000
        stream = self.stream(request)
        while True:
            if pause:
                await asyncio.sleep(pause)
            chunk = await stream.read()
            if chunk is None:
                return {"chunks": count, "len": length, "sha256": sha.hexdigest()}
            count, length = count + 1, length + len(chunk)
            sha.update(chunk)

    async def do_send(self, request):
        await self.stream(request).send(common.chunk(request))
        return {}

    async def do_end(self, request):
        await self.stream(request).end()
        return {}

    async def do_drop(self, request):
        await self.stream(request).close()
        return {}

    # ---- Ends.

    async def do_close(self, request):
        name = request["on"]
        await self.found(self.objects.get(name) or self.streams.get(name)).close()
        return {}

    async def do_forget(self, request):
        self.objects.pop(request["on"], None)
        self.streams.pop(request["on"], None)
        gc.collect()
        await asyncio.sleep(0)
        return {}

    # ---- Surroundings.

    async def do_fork(self, request):
        client, peer = self.on(request), common.peer(request)

        async def fresh():
            async with ltn.Client(ltn.Signer.from_seed(FRESH_SEED)) as own:
                await own.call(peer, "echo")

        told = common.fork(
            lambda: asyncio.run(client.call(peer, "echo")), lambda: asyncio.run(fresh())
        )
        # The server may be in this process, and has to go on meanwhile.
        return await asyncio.get_running_loop().run_in_executor(None, told)

    async def do_second(self, request):
        peer = common.peer(request)

        async def main():
            async with ltn.Client(common.signer(request["signer"], True)) as client:
                return common.shown(await client.call_raw(peer, "echo", b"\x80"))

        found = []

        def run():
            try:
                found.append(asyncio.run(main()))
            except Exception as error:
                found.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        await asyncio.get_running_loop().run_in_executor(None, thread.join)
        if isinstance(found[0], Exception):
            raise found[0]
        return {"data": found[0]}

    async def do_wrong(self, request):
        what = request["what"]
        if what == "seed_short":
            ltn.Signer.from_seed(bytes(31))
        elif what == "handler_none":
            self.on(request).handle("x", None)
        elif what == "listen_bad":
            await ltn.Server(ltn.Signer.from_seed(FRESH_SEED), listen="300.1.1.1:1").start()
        elif what in ("option_unknown", "option_value"):
            option = (
                {"no_such_option": 1} if what == "option_unknown" else {"max_connections": "many"}
            )
            await ltn.Client(ltn.Signer.from_seed(FRESH_SEED), **option).start()
        else:
            given = common.misuse_of_call(what, common.peer(request))
            if given is None:
                raise Unknown
            peer, name, data, timeout = given
            await self.on(request).call(peer, name, data, timeout=timeout)
        return {}

    # ---- Lines.

    async def answer(self, request, say):
        try:
            word = request["do"]
            if word in common.PLAIN:
                told = {"ok": common.PLAIN[word](request)}
            else:
                method = getattr(self, f"do_{word}", None)
                told = {"unknown": True} if method is None else {"ok": await method(request)}
        except asyncio.CancelledError:
            told = common.CANCELLED
        except Exception as error:
            told = common.answer_of(error)
        say({"id": request["id"], **told})

    async def close_all(self):
        for stream in self.streams.values():
            await stream.close()
        for kind in (ltn.Client, ltn.Server):
            for one in [one for one in self.objects.values() if isinstance(one, kind)]:
                await one.close()


async def serve_lines(say):
    loop, driver, tasks = asyncio.get_running_loop(), Driver(), set()
    lines = asyncio.StreamReader(limit=2**30)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        task = loop.create_task(driver.answer(json.loads(line), say))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await driver.close_all()
    await asyncio.gather(*tasks, return_exceptions=True)


def main(say, hello):
    hello("python", [])
    asyncio.run(serve_lines(say))
