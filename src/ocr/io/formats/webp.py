"""WebP: RIFF chunks, still or animated."""

from __future__ import annotations

from collections.abc import Iterator

from ocr.io import exif
from ocr.io.formats import opencv
from ocr.io.formats.base import Format, Header, OpenFile, broken
from ocr.io.integers import integer, u16, u32
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size

#: Chunks of a file at most; a frame of an animation has one or two.
_MAX_CHUNKS = 20_000


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read all chunks' headers; see `ocr.io.formats.base.Opener`."""
    chunks = list(_chunks(data))
    header = _header(data, chunks)
    check_size(*header.sizes[0], limits)

    def decode() -> Iterator[PageImage]:
        length = 8 + u32(data, 4, "little")
        if length > len(data):
            raise broken("WebP", f"it is truncated ({len(data)} of {length} bytes)")
        if any(end > len(data) for _, _, end in chunks):
            raise broken("WebP", "a chunk runs past the end of the file")
        if header.frames > 1:
            yield from opencv.frames(data, header, "WebP", limits)
        else:
            yield opencv.page(opencv.decode(data, "WebP"), header.orientation[0])

    return OpenFile(header, decode)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of each chunk's body; an end past the file is the caller's to judge."""
    at, last = 12, min(len(data), 8 + u32(data, 4, "little"))
    for _ in range(_MAX_CHUNKS):
        if at + 8 > last:
            return
        size = u32(data, at + 4, "little")
        yield data[at : at + 4], at + 8, at + 8 + size
        at += 8 + size + (size & 1)
    raise broken("WebP", f"it has more than {_MAX_CHUNKS} chunks")


def _header(data: bytes, chunks: list[tuple[bytes, int, int]]) -> Header:
    """Canvas size, number of frames, orientation."""
    size: tuple[int, int] | None = None
    frames, orientation = 0, 1
    for kind, start, end in chunks:
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
            orientation = exif.orientation(data[start:end])
    if size is None:
        raise broken("WebP", "it holds no picture")
    return Header("webp", (size,), (orientation,), max(1, frames))


FORMAT = Format("webp", "WebP", (b"RIFF",), open, lambda data: data[8:12] == b"WEBP")
