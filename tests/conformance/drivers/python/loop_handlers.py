"""Handlers for asyncio."""

import asyncio


class Work:
    """The handlers of one server, and what they have seen."""

    def __init__(self):
        self.started = self.ended = self.cancelled = 0
        self._held = {}

    def seen(self):
        return {"started": self.started, "ended": self.ended, "cancelled": self.cancelled}

    def release(self, type):
        held = [one for one in self._held.pop(type, []) if not one.done()]
        for one in held:
            one.set_result(None)
        return len(held)

    def install(self, server, type, does):
        once, stream = getattr(self, f"on_{does}", None), getattr(self, f"stream_{does}", None)
        if once is not None:
            server.handle(type, lambda request: self._counted(once, request))
        else:
            server.handle_stream(type, lambda request: self._counted_stream(stream, request))

    async def _counted(self, body, request):
        self.started += 1
        try:
            return await body(request)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.ended += 1

    async def _counted_stream(self, body, request):
        self.started += 1
        try:
            async for chunk in body(request):
                yield chunk
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += 1
            raise
        finally:
            self.ended += 1

    # ---- One answer.

    async def on_echo(self, request):
        return request.raw

    async def on_value(self, request):
        return request.data

    async def on_who(self, request):
        return {"hotkey": request.hotkey}

    async def on_time(self, request):
        left = request.seconds_left
        return {"left_ms": None if left is None else int(left * 1000)}

    async def on_sleep(self, request):
        await asyncio.sleep(request.data.get("ms", 0) / 1000)
        return request.raw

    async def on_hold(self, request):
        held = asyncio.get_running_loop().create_future()
        self._held.setdefault(request.type, []).append(held)
        await held
        return request.raw

    async def on_throw(self, request):
        raise RuntimeError("inner secret")

    async def on_nothing(self, request):
        return None

    async def on_list(self, request):
        return [1]

    # ---- Streams.

    async def stream_count(self, request):
        data = request.data
        for i in range(data.get("n", 0)):
            yield bytes([i % 256]) * data.get("size", 1)

    async def stream_count_throw(self, request):
        async for chunk in self.stream_count(request):
            yield chunk
        raise RuntimeError("inner secret")

    async def stream_mirror(self, request):
        async for chunk in request:
            yield chunk

    async def stream_sum(self, request):
        total = 0
        async for chunk in request:
            total += len(chunk)
        yield b"%d" % total

    async def stream_endless(self, request):
        while True:
            yield bytes(1024)

    async def stream_late_chunk(self, request):
        await asyncio.sleep(request.data.get("ms", 0) / 1000)
        yield b"x"
