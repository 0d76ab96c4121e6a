"""PNG and APNG: every chunk with its checksum, up to the closing one; deep pixels are decoded in bands of rows."""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ocr.io import exif
from ocr.io.formats import opencv
from ocr.io.formats.base import Format, Header, OpenFile, broken
from ocr.io.formats.inflating import inflate, inflated_size
from ocr.io.integers import u32
from ocr.io.limits import Limits
from ocr.io.page_image import Image, PageImage, check_size
from ocr.io.pixels import to_rgb

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = (1, 2, 4, 8, 16)
#: Chunks of a file at most.
_MAX_CHUNKS = 200_000
#: Bytes of stored pixels that are decoded at once where a picture is decoded in bands.
_BAND = 8_000_000
_Chunk = tuple[bytes, int, int]


@dataclass(frozen=True)
class _Pixels:
    """Kind and number of the pixels, from IHDR."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def bits(self) -> int:
        """Bits of a pixel."""
        return _CHANNELS[self.colour] * self.depth

    @property
    def row(self) -> int:
        """Bytes of a row with the byte that names its filter."""
        return 1 + (self.width * self.bits + 7) // 8


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    if data[12:16] != b"IHDR":
        raise broken("PNG", "it does not start with its header chunk")
    width, height = u32(data, 16), u32(data, 20)
    check_size(width, height, limits)
    pixels = _Pixels(width, height, data[24], data[25], data[28] != 0)
    if pixels.colour not in _CHANNELS or pixels.depth not in _DEPTHS:
        raise broken("PNG", "its header names no known kind of pixels")
    frames, orientation = 1, 1
    # Faults further on are named when it is decoded; here the size is known already, and a bomb is refused by it.
    with contextlib.suppress(IndexError):
        for kind, start, end in _chunks(data):
            if kind == b"acTL":
                frames = max(1, u32(data, start))
            elif kind == b"eXIf":
                orientation = exif.orientation(data[start:end])
    header = Header("png", ((width, height),), (orientation,), frames)
    banded = pixels.depth == 16 and not pixels.interlaced and frames == 1
    if not banded:
        opencv.check_depth(width, height, max(1.0, pixels.bits / 8))

    def decode() -> Iterator[PageImage]:
        try:
            _check(
                data, pixels, opencv.frames_read(header, limits) if frames > 1 else 0, counted_later=banded
            )
        except IndexError as error:
            raise broken("PNG", "it is truncated (a chunk runs past the end of the file)") from error
        if frames > 1:
            yield from opencv.frames(data, header, "PNG", limits)
        elif banded:
            yield PageImage(exif.upright(_decode_in_bands(data, pixels), orientation))
        else:
            yield opencv.page(opencv.decode(data, "PNG"), orientation)

    return OpenFile(header, decode)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield (type, start, end) of each chunk's body."""
    at = len(_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if at >= len(data):
            return
        size = u32(data, at)
        kind = data[at + 4 : at + 8]
        if at + 12 + size > len(data):
            raise IndexError("a chunk runs past the end of the file")
        yield kind, at + 8, at + 8 + size
        at += 12 + size
    raise broken("PNG", f"it has more than {_MAX_CHUNKS} chunks")


def _check(data: bytes, pixels: _Pixels, frames: int, *, counted_later: bool) -> None:
    """All chunks are whole, those that matter have the right checksum, and pixel data fills the picture and its frames.

    The last is left out where the rows are counted when they are decoded.
    """
    view = memoryview(data)
    still, frame, number = _Counted(pixels), None, 0
    for kind, start, end in _chunks(data):
        critical = not kind[0] & 0x20 or kind in (b"fdAT", b"fcTL")
        if critical and zlib.crc32(view[start - 4 : end]) != u32(data, end):
            raise broken("PNG", f"the checksum of its {kind.decode('latin-1')} chunk is wrong")
        if kind == b"IDAT" and not counted_later:
            still.add(view[start:end])
        elif kind == b"fcTL" and number < frames:
            if frame is not None:
                frame.check(f"frame {number}")
            number += 1
            area = _frame(data, start, pixels, first=number == 1)
            # Pixels of a first frame that come before or as those of the still picture are counted with them.
            frame = _Counted(area) if still.size else None
        elif kind == b"fdAT" and frame is not None:
            frame.add(view[start + 4 : end])
        if kind == b"IEND":
            if not counted_later:
                still.check("picture")
            if frame is not None:
                frame.check(f"frame {number}")
            return
    raise broken("PNG", "it is truncated (no closing chunk)")


class _Counted:
    """Counts the bytes of a picture's or a frame's pixels as they are unpacked.

    Attributes:
        size: bytes that were counted.
    """

    def __init__(self, pixels: _Pixels) -> None:
        whole = pixels.height * pixels.row
        # Interlaced rows are packed differently, but never into less than the pixels themselves.
        self._needed = pixels.height * pixels.width * pixels.bits // 8 if pixels.interlaced else whole
        self._room = whole
        self._stream = zlib.decompressobj()
        self.size = 0

    def add(self, packed: memoryview) -> None:
        """The next part of the data."""
        self.size += inflated_size(self._stream, packed, self._room - self.size, "PNG")

    def check(self, what: str) -> None:
        """Refuse pixels that end before the picture does."""
        if self.size < self._needed:
            raise broken("PNG", f"the pixel data of its {what} ends early")


def _frame(data: bytes, start: int, pixels: _Pixels, *, first: bool) -> _Pixels:
    """Kind and number of a frame's pixels, from its fcTL chunk; the first one must cover the picture."""
    width, height, left, top = (u32(data, start + at) for at in (4, 8, 12, 16))
    if not (width and height) or left + width > pixels.width or top + height > pixels.height:
        raise broken("PNG", "a frame lies outside the picture")
    if first and (width, height) != (pixels.width, pixels.height):
        raise broken("PNG", "its first frame does not cover the picture")
    return replace(pixels, width=width, height=height)


def _decode_in_bands(data: bytes, pixels: _Pixels) -> Image:
    """Decode some rows at a time, so that no more is held of deep pixels than of the page they become.

    A row refers to the one above it alone: each band is a small PNG that starts with the last row of the band before,
    as it stands unfiltered.
    """
    page = np.empty((pixels.height, pixels.width, 3), np.uint8)
    stream = _rows(data, pixels)
    extra = b"".join(
        data[start - 8 : end + 4] for kind, start, end in _chunks(data) if kind in (b"PLTE", b"tRNS")
    )
    above, done = b"", 0
    while done < pixels.height:
        count = min(max(1, _BAND // pixels.row), pixels.height - done)
        rows = next(stream, b"")
        if len(rows) < count * pixels.row:
            raise broken("PNG", "its pixel data ends early")
        first = 1 if above else 0
        stored = opencv.decode(_small_png(pixels, count + first, extra, above + rows), "PNG")
        page[done : done + count] = to_rgb(stored[first:], bgr=True)
        above = b"\x00" + _unfiltered(stored[-1], pixels)
        done += count
    return page


def _unfiltered(row: np.ndarray[tuple[int, ...], np.dtype[np.uint16]], pixels: _Pixels) -> bytes:
    """A decoded row as a PNG stores it: 16 bits, most significant byte first, colour as RGB."""
    order = {2: [2, 1, 0], 6: [2, 1, 0, 3]}.get(pixels.colour)
    samples = row.reshape(pixels.width, -1)
    return samples[:, order].astype(">u2").tobytes() if order else samples.astype(">u2").tobytes()


def _rows(data: bytes, pixels: _Pixels) -> Iterator[bytes]:
    """Filtered rows, as many at a time as a band has."""
    stream = zlib.decompressobj()
    size = max(1, _BAND // pixels.row) * pixels.row
    waiting = bytearray()
    view = memoryview(data)
    for kind, start, end in _chunks(data):
        if kind != b"IDAT":
            continue
        for piece in inflate(stream, view[start:end], "PNG"):
            waiting += piece
            while len(waiting) >= size:
                yield bytes(waiting[:size])
                del waiting[:size]
    yield bytes(waiting)


def _small_png(pixels: _Pixels, height: int, extra: bytes, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", pixels.width, height, pixels.depth, pixels.colour, 0, 0, 0)
    packed = zlib.compress(rows, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + extra + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


FORMAT = Format("png", "PNG", (_SIGNATURE,), open)
