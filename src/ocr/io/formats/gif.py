"""GIF: blocks from the screen descriptor to the trailer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ocr.io.formats import opencv
from ocr.io.formats.base import Format, Header, OpenFile, broken
from ocr.io.integers import u16
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size

_TRAILER, _EXTENSION, _IMAGE = 0x3B, 0x21, 0x2C
#: Pixels that one byte of LZW data can become: a code of at least 3 bits stands for at most 4,096 pixels.
_MOST_PER_BYTE = 4096 * 8 // 3
#: Blocks of a file at most; full ones of so many hold a gigabyte.
_MAX_BLOCKS = 4_000_000
#: How many times as large as its largest frame a canvas may be.
_MOST_CANVAS = 100
#: Larger canvases than this must be covered by a frame.
_SMALL_CANVAS = 1_000_000


@dataclass
class _Blocks:
    """What the blocks of a GIF say.

    Attributes:
        width: of the canvas that all frames need, in pixels.
        height: likewise.
        frames: number of frames.
        largest: pixels of the largest frame.
        too_short: a frame has less data than its pixels need.
        complete: the trailer was reached.
    """

    width: int
    height: int
    frames: int = 0
    largest: int = 0
    too_short: bool = False
    complete: bool = False


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read all blocks; see `ocr.io.formats.base.Opener`."""
    blocks = _walk(data)
    header = Header("gif", ((blocks.width, blocks.height),), frames=max(1, blocks.frames))
    check_size(blocks.width, blocks.height, limits)

    def decode() -> Iterator[PageImage]:
        if not blocks.complete:
            raise broken("GIF", "it is truncated (no trailer)")
        if not blocks.frames:
            raise broken("GIF", "it holds no picture")
        if blocks.too_short:
            raise broken("GIF", "it is too short for so many pixels")
        canvas = blocks.width * blocks.height
        if canvas > max(_SMALL_CANVAS, _MOST_CANVAS * blocks.largest):
            raise broken("GIF", "its frames cover next to nothing of its canvas")
        if header.frames > 1:
            yield from opencv.frames(data, header, "GIF", limits)
        else:
            yield opencv.page(opencv.decode(data, "GIF"), 1)

    return OpenFile(header, decode)


def _walk(data: bytes) -> _Blocks:
    blocks = _Blocks(u16(data, 6, "little"), u16(data, 8, "little"))
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    room = _MAX_BLOCKS
    try:
        while room > 0:
            kind, pixels = data[at], 0
            if kind == _TRAILER:
                blocks.complete = True
                return blocks
            if kind == _EXTENSION:
                at += 2
            elif kind == _IMAGE:
                left, top, width, height = (u16(data, at + k, "little") for k in (1, 3, 5, 7))
                blocks.frames += 1
                blocks.width = max(blocks.width, left + width)
                blocks.height = max(blocks.height, top + height)
                pixels = width * height
                blocks.largest = max(blocks.largest, pixels)
                packed = data[at + 9]
                at += 11 + (3 << ((packed & 7) + 1) if packed & 0x80 else 0)
            else:
                raise broken("GIF", f"a block of unknown kind {kind:#04x}")
            length = 0
            while data[at]:
                length += data[at]
                at += 1 + data[at]
                room -= 1
                if room < 0:
                    break
            at += 1
            room -= 1
            blocks.too_short |= length * _MOST_PER_BYTE < pixels
    except IndexError:
        return blocks
    raise broken("GIF", f"it has more than {_MAX_BLOCKS} blocks")


FORMAT = Format("gif", "GIF", (b"GIF87a", b"GIF89a"), open)
