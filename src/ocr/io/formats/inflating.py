"""Deflated data in small pieces, so that going through it costs no memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ocr.io.formats.base import broken

_PIECE = 1 << 16


def inflate(stream: zlib._Decompress, packed: memoryview, title: str) -> Iterator[bytes]:
    """Yield the unpacked bytes, at most 64 KiB at a time.

    Args:
        stream: goes on where it stopped.
        packed: the next part of its data.
        title: of the format, for errors.

    Raises:
        ImageDecodeFailed: the data is damaged.
    """
    piece: bytes | memoryview = packed
    while len(piece):
        try:
            unpacked = stream.decompress(piece, _PIECE)
        except zlib.error as error:
            raise broken(title, "its pixel data is damaged") from error
        if not unpacked and stream.eof:
            return
        yield unpacked
        piece = stream.unconsumed_tail


def inflated_size(stream: zlib._Decompress, packed: memoryview, room: int, title: str) -> int:
    """Count unpacked bytes, up to ``room`` or a little more.

    Raises:
        ImageDecodeFailed: the data is damaged.
    """
    total = 0
    if room > 0:
        for unpacked in inflate(stream, packed, title):
            total += len(unpacked)
            if total >= room:
                break
    return total
