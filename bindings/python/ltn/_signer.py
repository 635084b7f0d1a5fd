"""Who signs: a seed, a key file, a wallet, or a function of yours."""

from __future__ import annotations

import asyncio
import inspect
import os
from typing import Any, Awaitable, Callable, List, Optional, Protocol, Tuple, Union

from ._base import (
    decode_hotkey,
    encode_hotkey,
    key_argument,
    milliseconds,
    op_buffer,
    text_argument,
)
from ._errors import Detail, check
from ._ffi import ffi, lib

SignFunction = Callable[[bytes], Union[bytes, Awaitable[bytes]]]
Path = Union[str, "os.PathLike[str]"]


class Questions(Protocol):
    """Who takes the questions of a signer that asks: a loop's driver, or a thread."""

    queue: Any

    def ask(self, asked: Callable[[Any, int], None]) -> int: ...


@ffi.def_extern()  # type: ignore[untyped-decorator,unused-ignore]
def ltnpy_password(question: Any, user_data: Any) -> None:
    """Comes on the thread that opens the wallet, while it does."""
    ask = ffi.from_handle(user_data)
    try:
        path = bytes(op_buffer(question)).decode("utf-8", "replace")
        answer = ask(path)
        secret = answer.encode() if isinstance(answer, str) else bytes(answer)
        lib.ltn_op_complete(question, secret, len(secret), ffi.NULL)
    except Exception as error:
        lib.ltn_op_fail(question, type(error).__name__.encode())
    finally:
        lib.ltn_op_free(question)


def fill_wallet(
    name: str,
    hotkey: str,
    root: Path,
    path: Optional[Path],
    password: Union[str, bytes, None] = None,
    password_file: Optional[Path] = None,
    ask: Optional[Callable[[str], Union[str, bytes]]] = None,
    ask_timeout: Optional[float] = None,
) -> Tuple[Any, List[Any]]:
    """An ltn_wallet, and what it points into."""
    wallet = ffi.new("ltn_wallet*")
    check(lib.ltn_wallet_init(wallet, ffi.sizeof("ltn_wallet")))
    keep: List[Any] = []

    def text(what: str, value: Path) -> Any:
        keep.append(ffi.new("char[]", text_argument(what, os.fspath(value))))
        return keep[-1]

    if path is not None:
        wallet.path = text("path", os.path.expanduser(path))
    else:
        wallet.root = text("root", os.path.expanduser(root))
        wallet.name = text("name", name)
        wallet.hotkey = text("hotkey", hotkey)
    if password is not None:
        secret = password.encode() if isinstance(password, str) else bytes(password)
        keep.append(ffi.new("uint8_t[]", secret))
        wallet.password, wallet.password_len = keep[-1], len(secret)
    if password_file is not None:
        wallet.password_file = text("password_file", os.path.expanduser(password_file))
    if ask is not None:
        keep.append(ffi.new_handle(ask))
        wallet.ask, wallet.user_data = lib.ltnpy_password, keep[-1]
        wallet.ask_timeout_ms = milliseconds("ask_timeout", ask_timeout)
    return wallet, keep


class Signer:
    """Says who we are. One signer may serve any number of clients and servers.

    Made by ``from_seed``, ``from_key_file``, ``from_wallet`` or ``from_callback``.
    """

    def __init__(self, handle: Any, key: bytes, sign: Optional[SignFunction] = None) -> None:
        self._handle = handle
        self._sign = sign
        self.key = key

    @classmethod
    def from_seed(cls, seed: bytes) -> "Signer":
        """The key of a 32-byte seed, which is not kept anywhere else."""
        seed = key_argument("seed", seed)
        detail = Detail()
        out = ffi.new("ltn_signer**")
        check(lib.ltn_signer_new_seed(out, seed, detail.ptr), detail)
        return cls._of(out[0])

    @classmethod
    def from_key_file(cls, path: Path) -> "Signer":
        """The key of a plain key file. Raises ``KeyFormatError`` or ``ConfigError`` when it is
        none."""
        detail = Detail()
        out = ffi.new("ltn_signer**")
        name = text_argument("path", os.fspath(path))
        check(lib.ltn_signer_new_key_file(out, name, detail.ptr), detail)
        return cls._of(out[0])

    @classmethod
    def from_wallet(
        cls,
        name: str = "default",
        hotkey: str = "default",
        root: Path = "~/.bittensor/wallets",
        *,
        path: Optional[Path] = None,
        password: Union[str, bytes, None] = None,
        password_file: Optional[Path] = None,
        ask: Optional[Callable[[str], Union[str, bytes]]] = None,
        ask_timeout: Optional[float] = None,
    ) -> "Signer":
        """The key of a wallet's hotkey, plain or encrypted.

        Opening an encrypted file takes seconds; under asyncio use ``asyncio.to_thread``. ``ask``
        gets the file's path and returns the password; it is called on this thread.
        """
        wallet, keep = fill_wallet(
            name, hotkey, root, path, password, password_file, ask, ask_timeout
        )
        detail = Detail()
        out = ffi.new("ltn_signer**")
        check(lib.ltn_signer_new_wallet(out, wallet, detail.ptr), detail)
        del keep  # until here the struct pointed into it
        return cls._of(out[0])

    @classmethod
    def from_callback(cls, key: Union[str, bytes], sign: SignFunction) -> "Signer":
        """A signer that asks ``sign`` for the 64 bytes over a message.

        ``key`` is the hotkey or the 32 bytes it signs for. A plain function runs on a thread of the
        loop's executor, since hardware takes its time; a coroutine function runs on the loop.
        """
        if not callable(sign):
            raise TypeError(f"expected sign to be callable, came {type(sign).__name__}")
        raw = decode_hotkey(key) if isinstance(key, str) else key_argument("key", key)
        return cls(None, raw, sign)

    @classmethod
    def _of(cls, handle: Any) -> "Signer":
        held = ffi.gc(handle, lib.ltn_signer_free)
        key = ffi.new("uint8_t[32]")
        check(lib.ltn_signer_public_key(held, key))
        return cls(held, bytes(ffi.buffer(key)))

    @property
    def hotkey(self) -> str:
        """The text (prefix 42) of the public key."""
        return encode_hotkey(self.key)

    @property
    def warning(self) -> str:
        """What is not as it should be, such as a key file that others may read; empty otherwise."""
        if self._handle is None:
            return ""
        text: str = ffi.string(lib.ltn_signer_warning(self._handle)).decode("utf-8", "replace")
        return text

    def sign(self, message: bytes) -> bytes:
        """Signs text of your own; a signer made of a callback has to be called directly."""
        if self._handle is None:
            raise TypeError("expected a signer that holds its key, came one that asks")
        signature = ffi.new("uint8_t[64]")
        check(lib.ltn_signer_sign(self._handle, signature, message, len(message)))
        return bytes(ffi.buffer(signature))

    def __repr__(self) -> str:
        return f"<ltn.Signer {self.hotkey}>"

    # ---- For clients and servers.

    def _attach(self, questions: Questions, answer: Callable[[Any, SignFunction], None]) -> Any:
        """The handle to give to a client or server whose questions go to `questions`."""
        if self._sign is None:
            return self._handle
        sign = self._sign
        tag = questions.ask(lambda op, kind: answer(op, sign))
        out = ffi.new("ltn_signer**")
        detail = Detail()
        check(lib.ltn_signer_new_queue(out, self.key, questions.queue, tag, detail.ptr), detail)
        return ffi.gc(out[0], lib.ltn_signer_free)


def answer_signature(op: Any, signature: object) -> None:
    """Answers a question; whoever signs wrongly is told by the failure of what needed it."""
    if not isinstance(signature, (bytes, bytearray)) or len(signature) != 64:
        lib.ltn_op_fail(op, b"expected a signature of 64 bytes, came something else")
        return
    lib.ltn_op_complete(op, bytes(signature), 64, ffi.NULL)


async def sign_on_loop(sign: SignFunction, message: bytes) -> object:
    if inspect.iscoroutinefunction(sign):
        return await sign(message)
    loop = asyncio.get_running_loop()
    result = await loop.run_in_executor(None, sign, message)
    return await result if inspect.isawaitable(result) else result
