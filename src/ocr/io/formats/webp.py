"""WebP: RIFF chunks, still or animated."""

from __future__ import annotations

from collections.abc import Iterator

from ocr.io.formats import exif
from ocr.io.formats.header import Header, broken, integer, u16, u32


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of each chunk's body; an end past the file is the caller's to judge."""
    at, last = 12, min(len(data), 8 + u32(data, 4, "little"))
    while at + 8 <= last:
        size = u32(data, at + 4, "little")
        yield data[at : at + 4], at + 8, at + 8 + size
        at += 8 + size + (size & 1)


def read_header(data: bytes) -> Header:
    """Canvas size, number of frames, orientation."""
    size: tuple[int, int] | None = None
    frames, turned = 0, 1
    for kind, start, end in _chunks(data):
        if kind == b"VP8X":
            size = (1 + integer(data, start + 4, 3, "little"), 1 + integer(data, start + 7, 3, "little"))
        elif kind == b"VP8 " and size is None:
            size = (u16(data, start + 6, "little") & 0x3FFF, u16(data, start + 8, "little") & 0x3FFF)
        elif kind == b"VP8L" and size is None:
            bits = u32(data, start + 1, "little")
            size = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        elif kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF":
            turned = exif.orientation(data[start:end])
    if size is None:
        raise broken("webp", "it holds no picture")
    return Header("webp", (size,), (turned,), max(1, frames))


def check(data: bytes) -> None:
    """The file is as long as it says, and every chunk lies inside it."""
    if 8 + u32(data, 4, "little") > len(data):
        raise broken("webp", f"it is truncated ({len(data)} of {8 + u32(data, 4, 'little')} bytes)")
    if any(end > len(data) for _, _, end in _chunks(data)):
        raise broken("webp", "a chunk runs past the end of the file")
