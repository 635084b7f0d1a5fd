"""The server for threads."""

from __future__ import annotations

import inspect
from types import TracebackType
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Type,
    TypeVar,
    Union,
    overload,
)

from . import _base
from ._base import EMPTY, OK, PENDING, OptionValue
from ._errors import Detail, check, from_status
from ._ffi import ffi, lib
from ._files import Config
from ._loop import logger
from ._pack import Buffer, Data, kind_of, pack, unpack
from ._signer import Signer
from ._threads import SLICE_MS, Asker, Endpoint, Flow


class Request(Flow):
    """What a peer asked; used by one thread. ``for chunk in request`` reads what the caller
    sends."""

    def __init__(self, op: Any) -> None:
        super().__init__(op)
        self.withdrawn = False
        self._data: Optional[Dict[str, Any]] = None

    @property
    def data(self) -> Dict[str, Any]:
        """The request as a dictionary. Raises ``ValueError`` when it is none."""
        if self._data is None:
            self._data = unpack(_base.op_buffer(self._open()))
        return self._data

    @property
    def raw(self) -> bytes:
        """The request as MessagePack, a copy that outlives the handler."""
        return bytes(_base.op_buffer(self._open()))

    @property
    def type(self) -> str:
        """The name that was called."""
        return _base.op_text(self._open(), "TYPE") or ""

    @property
    def hotkey(self) -> str:
        """The caller's proved hotkey."""
        return _base.op_text(self._open(), "HOTKEY") or ""

    @property
    def address(self) -> str:
        """From where the caller came: ip:port."""
        return _base.op_text(self._open(), "ADDRESS") or ""

    @property
    def seconds_left(self) -> Optional[float]:
        """How long the answer may take, as of when it was asked; None without a limit."""
        left = _base.op_number(self._open(), "DEADLINE_NS")
        return None if left is None else left / 1e9

    @property
    def priority(self) -> int:
        """What the caller gave, from -3 (least urgent) to 4; 0 is ordinary."""
        return _base.op_number(self._open(), "PRIORITY") or 0

    def read(self) -> Optional[bytes]:
        """The next chunk of the caller, None after the last."""
        handle = self._read()
        return None if handle is None else _base.take_bytes(handle)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self.read()
        if chunk is None:
            raise StopIteration
        return chunk


Handler = Callable[[Request], Data]
StreamHandler = Callable[[Request], Iterable[Buffer]]
H = TypeVar("H", bound=Handler)
S = TypeVar("S", bound=StreamHandler)


class Server(Endpoint):
    """Answers peers that proved their key, with up to ``workers`` threads that run the handlers."""

    def __init__(
        self,
        signer: Signer,
        *,
        workers: int = 16,
        config: Optional[Config] = None,
        log_level: Optional[str] = None,
        **options: OptionValue,
    ) -> None:
        super().__init__(signer, options, config, log_level)
        if workers < 1:
            raise ValueError(f"expected at least 1 worker, came {workers}")
        self._workers = Asker("ltn-worker", workers)
        self._handlers: Dict[str, "tuple[Any, bool]"] = {}
        self._permits: Optional[Callable[[], Iterable[Union[str, bytes]]]] = None

    @overload
    def handle(self, type: str, handler: H) -> H: ...

    @overload
    def handle(self, type: str) -> Callable[[H], H]: ...

    def handle(self, type: str, handler: Any = _base.MISSING) -> Any:
        """Registers who answers ``type``; without a handler, a decorator."""
        return self._register(type, handler, False)

    @overload
    def handle_stream(self, type: str, handler: S) -> S: ...

    @overload
    def handle_stream(self, type: str) -> Callable[[S], S]: ...

    def handle_stream(self, type: str, handler: Any = _base.MISSING) -> Any:
        """Registers who answers ``type`` with chunks: a generator or any iterable."""
        return self._register(type, handler, True)

    def _register(self, type: str, handler: Any, stream: bool) -> Any:
        _base.text_argument("type", type)

        def register(handler: Any) -> Any:
            if not callable(handler):
                raise TypeError(f"expected a function as handler, came {kind_of(handler)}")
            if inspect.iscoroutinefunction(handler) or inspect.isasyncgenfunction(handler):
                raise TypeError("expected a plain function as handler, came a coroutine function")
            if self._ended:
                self._live()
            self._handlers[type] = (handler, stream)
            if self._handle is not None:
                self._install(self._handle, type, handler, stream)
            return handler

        return register if handler is _base.MISSING else register(handler)

    def unhandle(self, type: str) -> None:
        """Takes a name away; requests under way go on."""
        if self._handlers.pop(type, None) is None:
            raise from_status(EMPTY, f"no handler for {type!r}")
        if self._handle is not None:
            check(lib.ltn_server_unhandle(self._handle, _base.text_argument("type", type)))

    def resolve_permits(self, resolver: Callable[[], Iterable[Union[str, bytes]]]) -> None:
        """``resolver`` is asked for the permits at start and again and again. Before start."""
        self._permits = resolver

    def set_permits(self, hotkeys: Iterable[Union[str, bytes]]) -> None:
        """Who may connect, with ``require_validator_permit``: texts or 32-byte keys."""
        keys, detail = _base.permit_keys(hotkeys), Detail()
        check(lib.ltn_server_set_permits(self._live(), keys, len(keys) // 32, detail.ptr), detail)

    def set_sources(self, sources: str) -> None:
        """From where peers may connect, with ``enforce_source_allowlist``."""
        text, detail = _base.text_argument("sources", sources), Detail()
        check(lib.ltn_server_set_sources(self._live(), text, detail.ptr), detail)

    def set(self, name: str, value: OptionValue) -> None:
        """Sets an option; after start those that docs/options.md says change at any time."""
        if self._handle is None and not self._ended:
            _base.option_text(name, value)
            self._options[name] = value
            return
        _base.set_option(lib.ltn_server_set, self._live(), name, value)

    def start(self) -> str:
        """Binds, and returns the address."""
        self._begin(self._start)
        return self.address

    def _start(self) -> None:
        detail, null = Detail(), ffi.NULL
        handle = self._make(lib.ltn_server_new, "ltn_server**", lib.ltn_server_free)
        self._configure(handle, lib.ltn_server_set, lib.ltn_server_set_config)
        check(lib.ltn_server_deliver_queue(handle, self._workers.queue))
        for type, (handler, stream) in self._handlers.items():
            self._install(handle, type, handler, stream)
        if self._permits is not None:
            tag = self._workers.ask(self._resolve)
            check(lib.ltn_server_resolve_permits(handle, tag, null, null, null, detail.ptr), detail)
        check(lib.ltn_server_start(handle, detail.ptr), detail)
        self._handle = handle
        self._workers.start()

    def _install(self, handle: Any, type: str, handler: Any, stream: bool) -> None:
        function = lib.ltn_server_handle_stream if stream else lib.ltn_server_handle
        answer = self._write if stream else self._answer
        tag = self._workers.ask(lambda op, kind: self._with_request(op, handler, answer))
        detail, null = Detail(), ffi.NULL
        name = _base.text_argument("type", type)
        check(function(handle, name, tag, null, null, null, detail.ptr), detail)

    def serve_forever(self) -> None:
        """Waits until the server has closed; starts it when that was not done. Ctrl-C works."""
        if self._handle is None and not self._ended:
            self.start()
        while not self._workers.closed.wait(SLICE_MS / 1000):
            pass

    def stop(self, drain: Optional[float] = None) -> None:
        """Stops; running requests may finish for ``drain`` seconds (else ``drain_timeout_ms``)."""
        if drain is not None and self._handle is not None:
            self.set("drain_timeout_ms", 0 if drain == 0 else _base.milliseconds("drain", drain))
        self.close()

    def close(self) -> None:
        """Stops, as ``stop`` without ``drain``. Harmless when repeated, from any thread but a
        handler's."""
        self._shut(lib.ltn_server_stop, lib.ltn_server_wait)

    def _handle_closed(self) -> None:
        self._workers.closed.set()
        self._workers.end()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where it listens: ip:port."""
        return _base.address_of(self._live())

    def peers(self) -> List[_base.PeerInfo]:
        """How every connected peer is doing, as of now."""
        return _base.peers(lib.ltn_server_peers, self._live())

    def metrics(self) -> List[_base.Metric]:
        """All numbers and histograms, as of now."""
        return _base.metrics(lib.ltn_server_metrics, self._live())

    def stat(self, name: str) -> int:
        """One counter of docs/options.md by its name."""
        return _base.stat(lib.ltn_server_stat, self._live(), name)

    def connection_stats(self) -> Dict[str, str]:
        """State of the connections as texts, in the form of the package `btlightning`."""
        return _base.text_map(lib.ltn_server_connection_stats, self._live())

    def sources(self) -> List[_base.Source]:
        """From where peers come, as listed, blocked and learned."""
        return _base.sources(self._live())

    def learn_source(self, hotkey: str, prefix: str, age: float = 0.0) -> None:
        """Tells what an earlier run has learned: who proved itself from where, `age` seconds
        ago."""
        _base.learn_source(self._live(), hotkey, prefix, age)

    def sweep(self, idle: float) -> int:
        """Closes peers that asked nothing for ``idle`` seconds; how many those were."""
        out = ffi.new("uint64_t*")
        check(lib.ltn_server_sweep(self._live(), out, _base.milliseconds("idle", idle)))
        return int(out[0])

    # ---- On a worker's thread.

    def _with_request(self, op: Any, handler: Any, answer: Any) -> None:
        request = Request(op)
        key = int(ffi.cast("uintptr_t", op))
        with self._workers.lock:
            self._workers.ops[key] = request
        try:
            answer(request, handler)
        except Exception as error:
            if not request.withdrawn:
                logger.error("a handler failed", exc_info=error)
                lib.ltn_op_fail(op, type(error).__name__.encode())
        finally:
            with self._workers.lock:
                del self._workers.ops[key]
                held, request._op = request._op, None
                ffi.release(held)

    def _answer(self, request: Request, handler: Handler) -> None:
        body = pack(handler(request))
        detail = Detail()
        if isinstance(body, bytes) and _base.should_lend(body):
            status = lib.ltn_op_complete_bytes(request._op, _base.lend(body), detail.ptr)
        else:
            view = body if isinstance(body, bytes) else ffi.from_buffer("uint8_t[]", body)
            status = lib.ltn_op_complete(request._op, view, len(view), detail.ptr)
        if status != OK and lib.ltn_op_status(request._op) == PENDING:
            detail.raise_for(status)

    def _write(self, request: Request, handler: StreamHandler) -> None:
        chunks = handler(request)
        try:
            for chunk in chunks:
                request.send(chunk)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        lib.ltn_op_complete(request._op, ffi.NULL, 0, ffi.NULL)

    def _resolve(self, op: Any, kind: int) -> None:
        try:
            assert self._permits is not None
            keys = _base.permit_keys(self._permits())
            lib.ltn_op_complete(op, keys, len(keys), ffi.NULL)
        except Exception as error:
            logger.error("the permit resolver failed", exc_info=error)
            lib.ltn_op_fail(op, type(error).__name__.encode())
        finally:
            lib.ltn_op_free(op)
