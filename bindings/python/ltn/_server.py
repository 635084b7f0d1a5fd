"""The server under asyncio."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import weakref
from types import TracebackType
from typing import (
    Any,
    AsyncIterable,
    Awaitable,
    Callable,
    Dict,
    Iterable,
    List,
    Optional,
    Type,
    TypeVar,
    Union,
    overload,
)

from . import _base, _generated
from ._base import OK, PENDING, OptionValue
from ._endpoint import Endpoint
from ._errors import Detail, check, from_status
from ._ffi import ffi, lib
from ._files import Config
from ._flow import Flow
from ._loop import Driver, logger
from ._pack import Buffer, Data, kind_of, pack, unpack
from ._runtime import Runtime
from ._signer import Signer

_WITHDRAWN = _generated.EVENTS["WITHDRAWN"]

Answer = Union[Data, Awaitable[Data]]
Handler = Callable[["Request"], Answer]
Chunks = Union[AsyncIterable[Buffer], Iterable[Buffer]]
StreamHandler = Callable[["Request"], Chunks]
Permits = Callable[[], Union[Iterable[Union[str, bytes]], Awaitable[Iterable[Union[str, bytes]]]]]
Sources = Callable[[], Union[str, Awaitable[str]]]
Observer = Callable[[str, str], None]
H = TypeVar("H", bound=Handler)
S = TypeVar("S", bound=StreamHandler)


class Request(Flow):
    """What a peer asked. ``data`` is decoded when first looked at; ``raw`` is a copy of its bytes.

    ``async for chunk in request`` reads the chunks that the caller sends after the request.
    """

    def __init__(self, driver: Driver, op: Any) -> None:
        super().__init__(driver, op)
        self._data: Optional[Dict[str, Any]] = None
        self._task: Optional[asyncio.Task[None]] = None
        self.withdrawn = False

    def _event(self, kind: int, status: int) -> None:
        if kind == _WITHDRAWN:
            self.withdrawn = True
            for waker in list(self._wakers.values()):
                if not waker.done():
                    waker.set_result(status)
            if self._task is not None:
                self._task.cancel()
        else:
            super()._event(kind, status)

    @property
    def data(self) -> Dict[str, Any]:
        """The request as a dictionary. Raises ``ValueError`` when it is none."""
        if self._data is None:
            self._data = unpack(_base.op_buffer(self._handle()))
        return self._data

    @property
    def raw(self) -> bytes:
        """The request as MessagePack, a copy that outlives the handler."""
        return bytes(_base.op_buffer(self._handle()))

    @property
    def type(self) -> str:
        """The name that was called."""
        return _base.op_text(self._handle(), "TYPE") or ""

    @property
    def hotkey(self) -> str:
        """The caller's proved hotkey."""
        return _base.op_text(self._handle(), "HOTKEY") or ""

    @property
    def address(self) -> str:
        """From where the caller came: ip:port."""
        return _base.op_text(self._handle(), "ADDRESS") or ""

    @property
    def seconds_left(self) -> Optional[float]:
        """How long the answer may take, as of when it was asked; None without a limit."""
        left = _base.op_number(self._handle(), "DEADLINE_NS")
        return None if left is None else left / 1e9

    @property
    def priority(self) -> int:
        """What the caller gave, from -3 (least urgent) to 4; 0 is ordinary."""
        return _base.op_number(self._handle(), "PRIORITY") or 0

    async def read(self) -> Optional[bytes]:
        """The next chunk of the caller, None after the last."""
        handle = await self._read_handle()
        return None if handle is None else _base.take_bytes(handle)

    def __aiter__(self) -> "Request":
        return self

    async def __anext__(self) -> bytes:
        chunk = await self.read()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    # ---- For the server.

    def _complete(self, answer: Data) -> None:
        if self.withdrawn:
            return
        body = pack(answer)
        detail = Detail()
        if isinstance(body, bytes) and _base.should_lend(body):
            status = lib.ltn_op_complete_bytes(self._handle(), _base.lend(body), detail.ptr)
        else:
            view = body if isinstance(body, bytes) else ffi.from_buffer("uint8_t[]", body)
            status = lib.ltn_op_complete(self._handle(), view, len(view), detail.ptr)
        if status != OK and lib.ltn_op_status(self._handle()) == PENDING:
            detail.raise_for(status)

    def _finish(self) -> None:
        if not self.withdrawn:
            lib.ltn_op_complete(self._handle(), ffi.NULL, 0, ffi.NULL)

    def _fail(self, error: BaseException) -> None:
        if self._op is not None and not self.withdrawn:
            lib.ltn_op_fail(self._op, f"{type(error).__name__}".encode())


# By number, so that a late handshake of a server that nobody holds any more finds nothing.
_observers: Dict[int, Observer] = {}
_observer_numbers = itertools.count(1)


@ffi.def_extern()  # type: ignore[untyped-decorator,unused-ignore]
def ltnpy_observe(key: Any, hotkey: Any, address: Any, user_data: Any) -> None:
    observe = _observers.get(int(ffi.cast("uintptr_t", user_data)))
    if observe is None:
        return
    try:
        observe(ffi.string(hotkey).decode(), ffi.string(address).decode())
    except Exception:
        logger.exception("the observer failed")


class Server(Endpoint):
    """Answers peers that proved their key.

    ``async with Server(signer, listen="127.0.0.1:0") as server:`` or ``start`` and ``close``.
    Handlers may come and go at any time. A handler is a function or a coroutine function of the
    request that returns a mapping (or MessagePack bytes); a plain function runs on the loop, so it
    has to be quick. What it raises goes to the logger ``ltn``; the peer reads a general text.
    """

    def __init__(
        self,
        signer: Signer,
        *,
        runtime: Optional[Runtime] = None,
        config: Optional[Config] = None,
        **options: OptionValue,
    ) -> None:
        super().__init__(signer, runtime, config, options)
        self._handlers: Dict[str, "tuple[Any, bool]"] = {}
        self._permits: Optional[Permits] = None
        self._sources: Optional[Sources] = None
        self._observer: Optional[Observer] = None
        self._early: List[Callable[[], None]] = []

    # ---- Before or after start.

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
        """Registers who answers ``type`` with chunks: a generator, asynchronous or not."""
        return self._register(type, handler, True)

    def _register(self, type: str, handler: Any, stream: bool) -> Any:
        _base.text_argument("type", type)

        def register(handler: Any) -> Any:
            if not callable(handler):
                raise TypeError(f"expected a function as handler, came {kind_of(handler)}")
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
            raise from_status(_base.EMPTY, f"no handler for {type!r}")
        if self._handle is not None:
            check(lib.ltn_server_unhandle(self._handle, _base.text_argument("type", type)))

    def set(self, name: str, value: OptionValue) -> None:
        """Sets an option; after start those that docs/options.md says change at any time."""
        if self._handle is None and not self._ended:
            _base.option_text(name, value)
            self._options[name] = value
            return
        _base.set_option(lib.ltn_server_set, self._live(), name, value)

    def set_permits(self, hotkeys: Iterable[Union[str, bytes]]) -> None:
        """Who may connect, with ``require_validator_permit``: texts or 32-byte keys."""
        keys = _base.permit_keys(hotkeys)

        def apply() -> None:
            detail = Detail()
            check(
                lib.ltn_server_set_permits(self._handle, keys, len(keys) // 32, detail.ptr), detail
            )

        self._now_or_at_start(apply)

    def set_sources(self, sources: str) -> None:
        """From where peers may connect, with ``enforce_source_allowlist``."""
        text = _base.text_argument("sources", sources)

        def apply() -> None:
            detail = Detail()
            check(lib.ltn_server_set_sources(self._handle, text, detail.ptr), detail)

        self._now_or_at_start(apply)

    def _now_or_at_start(self, apply: Callable[[], None]) -> None:
        if self._handle is not None:
            apply()
        elif self._ended:
            self._live()
        else:
            self._early.append(apply)

    # ---- Before start.

    def resolve_permits(self, resolver: Permits) -> None:
        """``resolver`` is asked for the permits at start and again and again."""
        self._permits = resolver

    def resolve_sources(self, resolver: Sources) -> None:
        """``resolver`` is asked for the sources, as ``set_sources`` takes them, at start and again
        and again."""
        self._sources = resolver

    def observe(self, observer: Observer) -> None:
        """``observer(hotkey, address)`` is told of every accepted handshake."""
        self._observer = observer

    async def start(self) -> str:
        """Binds, and returns the address."""
        handle = self._make(lib.ltn_server_new, "ltn_server**", lib.ltn_server_free)
        driver, detail = self._running(), self._running().detail
        try:
            self._configure(handle, lib.ltn_server_set, lib.ltn_server_set_config)
            check(lib.ltn_server_deliver_queue(handle, driver.queue))
            for type, (handler, stream) in self._handlers.items():
                self._install(handle, type, handler, stream)
            self._install_resolvers(handle)
            self._handle = handle
            for apply in self._early:
                apply()
            check(lib.ltn_server_start(handle, detail.ptr), detail)
        except BaseException:
            self._handle = None
            ffi.release(handle)
            self._unmake()
            raise
        self._watch_closed()
        driver.started()
        return self.address

    def _install_resolvers(self, handle: Any) -> None:
        driver, detail, null = self._running(), self._running().detail, ffi.NULL
        if self._permits is not None:
            tag = driver.ask(lambda op, kind: self._resolve(op, self._permits, _base.permit_keys))
            check(lib.ltn_server_resolve_permits(handle, tag, null, null, null, detail.ptr), detail)
        if self._sources is not None:
            tag = driver.ask(
                lambda op, kind: self._resolve(
                    op, self._sources, lambda text: _base.text_argument("sources", text)
                )
            )
            check(lib.ltn_server_resolve_sources(handle, tag, null, null, null, detail.ptr), detail)
        if self._observer is not None:
            number = next(_observer_numbers)
            _observers[number] = self._observer
            weakref.finalize(self, _observers.pop, number, None)
            user_data = ffi.cast("void*", number)
            check(lib.ltn_server_observe(handle, lib.ltnpy_observe, user_data, ffi.NULL))

    async def stop(self, drain: Optional[float] = None) -> None:
        """Stops; running requests may finish for ``drain`` seconds (else ``drain_timeout_ms``)."""
        if drain is not None and self._handle is not None:
            self.set("drain_timeout_ms", 0 if drain == 0 else _base.milliseconds("drain", drain))
        await self._shut(lib.ltn_server_stop)

    async def close(self) -> None:
        """Stops, as ``stop`` without ``drain``. Harmless when repeated."""
        await self._shut(lib.ltn_server_stop)

    async def serve_forever(self) -> None:
        """Waits until the server has closed; starts it when that was not done."""
        if self._handle is None:
            await self.start()
        assert self._closed is not None
        await self._running().wait(asyncio.shield(self._closed))

    async def __aenter__(self) -> "Server":
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

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

    # ---- Requests.

    def _install(self, handle: Any, type: str, handler: Any, stream: bool) -> None:
        driver = self._running()
        function = lib.ltn_server_handle_stream if stream else lib.ltn_server_handle
        answer = self._on_stream if stream else self._on_request
        tag = driver.ask(lambda op, kind: answer(driver, op, handler))
        null = ffi.NULL
        name = _base.text_argument("type", type)
        check(function(handle, name, tag, null, null, null, driver.detail.ptr), driver.detail)

    def _on_request(self, driver: Driver, op: Any, handler: Handler) -> None:
        request = Request(driver, op)
        try:
            answer = handler(request)
            if inspect.isawaitable(answer):
                request._task = self._spawn(self._answer_later(request, answer))
                return
            request._complete(answer)
        except Exception as error:
            self._failed(request, error)
        request._let_go()

    async def _answer_later(self, request: Request, answer: Awaitable[Data]) -> None:
        try:
            request._complete(await answer)
        except Exception as error:
            self._failed(request, error)
        finally:
            request._let_go()

    def _on_stream(self, driver: Driver, op: Any, handler: StreamHandler) -> None:
        request = Request(driver, op)
        request._task = self._spawn(self._write(request, handler))

    async def _write(self, request: Request, handler: StreamHandler) -> None:
        chunks: Any = None
        try:
            chunks = handler(request)
            if hasattr(chunks, "__aiter__"):
                async for chunk in chunks:
                    await request._send(chunk)
            else:
                for chunk in chunks:
                    await request._send(chunk)
            request._finish()
        except Exception as error:
            self._failed(request, error)
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()
            request._let_go()

    def _failed(self, request: Request, error: Exception) -> None:
        if request.withdrawn:
            return
        logger.error("a handler failed", exc_info=error)
        request._fail(error)

    def _resolve(self, op: Any, resolver: Any, encode: Callable[[Any], bytes]) -> None:
        self._spawn(self._resolve_later(self._running(), op, resolver, encode))

    async def _resolve_later(
        self, driver: Driver, op: Any, resolver: Any, encode: Callable[[Any], bytes]
    ) -> None:
        detail = Detail()
        try:
            answer = resolver()
            if inspect.isawaitable(answer):
                answer = await answer
            data = encode(answer)
            check(lib.ltn_op_complete(op, data, len(data), detail.ptr), detail)
        except Exception as error:
            logger.error("a resolver failed", exc_info=error)
            lib.ltn_op_fail(op, type(error).__name__.encode())
        finally:
            driver.free(op)
