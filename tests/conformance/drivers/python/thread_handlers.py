"""Handlers for threads."""

import threading
import time

import ltn

LOOK_AGAIN_SECONDS = 0.02


class Gone(Exception):
    """The caller does not wait any more."""


class Work:
    """The handlers of one server, and what they have seen."""

    def __init__(self):
        self.started = self.ended = self.cancelled = 0
        self._lock = threading.Lock()
        self._held = {}

    def seen(self):
        with self._lock:
            return {"started": self.started, "ended": self.ended, "cancelled": self.cancelled}

    def release(self, type):
        with self._lock:
            held = self._held.pop(type, [])
            for one in held:
                one.set()
            return len(held)

    def install(self, server, type, does):
        once, stream = getattr(self, f"on_{does}", None), getattr(self, f"stream_{does}", None)
        if once is not None:
            server.handle(type, lambda request: self._counted(once, request))
        else:
            server.handle_stream(type, lambda request: self._counted_stream(stream, request))

    def _begin(self):
        with self._lock:
            self.started += 1

    def _end(self, cancelled):
        with self._lock:
            self.ended += 1
            self.cancelled += cancelled

    def _counted(self, body, request):
        self._begin()
        gone = False
        try:
            return body(request)
        except Gone:
            gone = True
            raise
        finally:
            self._end(gone)

    def _counted_stream(self, body, request):
        self._begin()
        gone = False
        try:
            yield from body(request)
        except (Gone, GeneratorExit, ltn.Error):
            gone = True
            raise
        finally:
            self._end(gone)

    # ---- One answer.

    def on_echo(self, request):
        return request.raw

    def on_value(self, request):
        return request.data

    def on_who(self, request):
        return {"hotkey": request.hotkey}

    def on_time(self, request):
        left = request.seconds_left
        return {"left_ms": None if left is None else int(left * 1000)}

    def on_sleep(self, request):
        time.sleep(request.data.get("ms", 0) / 1000)
        return request.raw

    def on_hold(self, request):
        released = threading.Event()
        with self._lock:
            held = self._held.setdefault(request.type, [])
            held.append(released)
        while not released.wait(LOOK_AGAIN_SECONDS):
            if request.withdrawn:
                with self._lock:
                    if released in held:
                        held.remove(released)
                raise Gone
        return request.raw

    def on_throw(self, request):
        raise RuntimeError("inner secret")

    def on_nothing(self, request):
        return None

    def on_list(self, request):
        return [1]

    # ---- Streams.

    def stream_count(self, request):
        data = request.data
        for i in range(data.get("n", 0)):
            yield bytes([i % 256]) * data.get("size", 1)

    def stream_count_throw(self, request):
        yield from self.stream_count(request)
        raise RuntimeError("inner secret")

    def stream_mirror(self, request):
        yield from request

    def stream_sum(self, request):
        yield b"%d" % sum(len(chunk) for chunk in request)

    def stream_endless(self, request):
        while True:
            yield bytes(1024)

    def stream_late_chunk(self, request):
        time.sleep(request.data.get("ms", 0) / 1000)
        yield b"x"
