"""Messages between a program and its PDFium process: JSON with a length before it, and raw bytes behind it."""

from __future__ import annotations

import json
import struct
from io import RawIOBase
from typing import IO, Any

Message = dict[str, Any]
_LENGTH = struct.Struct(">II")


def send(stream: RawIOBase | IO[bytes], message: Message, body: bytes | memoryview = b"") -> None:
    """Write a message to an unbuffered stream."""
    text = json.dumps(message).encode()
    for part in (_LENGTH.pack(len(text), len(body)) + text, body):
        view = memoryview(part)
        while len(view):
            view = view[stream.write(view) or 0 :]


def receive(stream: RawIOBase | IO[bytes]) -> tuple[Message, bytearray]:
    """Read a message from an unbuffered stream.

    Raises:
        EOFError: the other side ended.
    """
    text_length, body_length = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    message = json.loads(_exactly(stream, text_length))
    return message, _exactly(stream, body_length)


def _exactly(stream: RawIOBase | IO[bytes], count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while len(view):
        read = stream.readinto(view)  # type: ignore[union-attr]
        if not read:
            raise EOFError("the other side ended")
        view = view[read:]
    return data
