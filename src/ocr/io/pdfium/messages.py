"""Messages between a program and its PDFium process: JSON with a length before it, and raw bytes behind it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from io import RawIOBase
from typing import IO, Any

Message = dict[str, Any]
_LENGTH = struct.Struct(">II")


def send(stream: RawIOBase | IO[bytes], message: Message, *parts: bytes | memoryview) -> None:
    """Write a message to an unbuffered stream, with raw bytes behind it."""
    text = json.dumps(message).encode()
    for part in (_LENGTH.pack(len(text), sum(map(len, parts))) + text, *parts):
        view = memoryview(part)
        while len(view):
            view = view[stream.write(view) or 0 :]


def receive(
    stream: RawIOBase | IO[bytes], wait: Callable[[], None] = lambda: None
) -> tuple[Message, bytearray]:
    """Read a message from an unbuffered stream.

    Args:
        stream: to read.
        wait: called before each read, which can block.

    Raises:
        EOFError: the other side ended.
    """
    text_length, body_length = _LENGTH.unpack(_exactly(stream, _LENGTH.size, wait))
    message = json.loads(_exactly(stream, text_length, wait))
    return message, _exactly(stream, body_length, wait)


def _exactly(stream: RawIOBase | IO[bytes], count: int, wait: Callable[[], None]) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while len(view):
        wait()
        read = stream.readinto(view)  # type: ignore[union-attr]
        if not read:
            raise EOFError("the other side ended")
        view = view[read:]
    return data
