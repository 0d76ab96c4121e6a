"""PNM (PBM, PGM, PPM; text and binary), read here whole: decoders ignore the maximal value that it states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr.io.formats.base import Format, Header, OpenFile, broken
from ocr.io.limits import Limits
from ocr.io.page_image import Image, PageImage, check_size
from ocr.io.pixels import to_rgb

_BLANKS, _COMMENT, _NUMBER = re.compile(rb"\s*"), re.compile(rb"#[^\r\n]*"), re.compile(rb"\d{1,9}")
#: Bytes and comments that a header may have.
_MAX_HEADER, _MAX_COMMENTS = 65_536, 1000
_BITMAPS, _TEXTS, _COLOURS = (1, 4), (1, 2, 3), (3, 6)
#: Bytes of text turned into numbers at once, and digits that a number has at most.
_CHUNK, _MAX_DIGITS = 1 << 20, 9
#: Samples scaled at once.
_BAND = 1 << 20


@dataclass(frozen=True)
class _Layout:
    """What the header says.

    Attributes:
        kind: the digit of the signature, 1 to 6.
        width: in pixels.
        height: in pixels.
        top: the value of white.
        start: offset of the pixels.
    """

    kind: int
    width: int
    height: int
    top: int
    start: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W) or (H, W, 3)."""
        return (self.height, self.width, 3) if self.kind in _COLOURS else (self.height, self.width)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.width * self.height * (3 if self.kind in _COLOURS else 1)

    @property
    def needed(self) -> int:
        """Bytes of binary pixel data, or the fewest bytes that text pixels can take."""
        if self.kind == 4:
            return (self.width + 7) // 8 * self.height
        if self.kind in _TEXTS:
            return self.samples if self.kind == 1 else 2 * self.samples - 1
        return self.samples * (2 if self.top > 255 else 1)


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    layout = _read_layout(data)
    check_size(layout.width, layout.height, limits)

    def decode() -> Iterator[PageImage]:
        if len(data) - layout.start < layout.needed:
            raise broken("PNM", "it is truncated (pixels are missing)")
        yield PageImage(to_rgb(_pixels(data, layout)))

    return OpenFile(Header("pnm", ((layout.width, layout.height),)), decode)


def _read_layout(data: bytes) -> _Layout:
    head = data[:_MAX_HEADER]
    kind = head[1] - 0x30
    at, numbers = 2, []
    for _ in range(2 if kind in _BITMAPS else 3):
        at = _after_blanks(head, at)
        match = _NUMBER.match(head, at)
        if match is None:
            raise broken("PNM", "its header is cut off")
        numbers.append(int(match.group()))
        at = match.end()
    top = 1 if kind in _BITMAPS else numbers[2]
    if not 1 <= top <= 65535:
        raise broken("PNM", f"its maximal value is {top}; expected 1 to 65535")
    return _Layout(kind, numbers[0], numbers[1], top, at + 1)


def _after_blanks(head: bytes, at: int) -> int:
    """Where blanks and comments end."""
    for _ in range(_MAX_COMMENTS):
        blanks = _BLANKS.match(head, at)
        at = at if blanks is None else blanks.end()
        comment = _COMMENT.match(head, at)
        if comment is None:
            return at
        at = comment.end()
    raise broken("PNM", "its header is all comments")


def _pixels(data: bytes, layout: _Layout) -> Image:
    """Pixels scaled to 0..255, (H, W) or (H, W, 3) uint8."""
    if layout.kind == 4:
        rows = np.frombuffer(data, np.uint8, layout.needed, layout.start).reshape(layout.height, -1)
        pixels = np.unpackbits(rows, axis=1)[:, : layout.width]
        pixels -= 1  # 0 is white and becomes 255, 1 is black and becomes 0.
        return pixels
    if layout.kind in _TEXTS:
        scaled = np.empty(layout.samples, np.uint8)
        at = 0
        for values in _numbers(memoryview(data)[layout.start :], single=layout.kind == 1):
            values = values[: layout.samples - at]
            scaled[at : at + len(values)] = _scaled(values, layout)
            at += len(values)
            if at == layout.samples:
                return scaled.reshape(layout.shape)
        raise broken("PNM", "it is truncated (pixels are missing)")
    kind = ">u2" if layout.top > 255 else "u1"
    stored = np.frombuffer(data, kind, layout.samples, layout.start)
    if layout.top == 255:
        return stored.reshape(layout.shape)
    scaled = np.empty(layout.samples, np.uint8)
    for at in range(0, layout.samples, _BAND):
        scaled[at : at + _BAND] = _scaled(stored[at : at + _BAND], layout)
    return scaled.reshape(layout.shape)


def _scaled(values: npt.NDArray[np.generic], layout: _Layout) -> Image:
    if values.size and int(values.max()) > layout.top:
        raise broken("PNM", f"a pixel lies above its maximal value {layout.top}")
    if layout.kind == 1:
        return ((1 - values.astype(np.int16)) * 255).astype(np.uint8)
    return ((values.astype(np.uint32) * 255 + layout.top // 2) // layout.top).astype(np.uint8)


def _numbers(text: memoryview, *, single: bool) -> Iterator[npt.NDArray[np.int64]]:
    """The numbers of a text without its comments, some at a time; each digit is one where ``single``."""
    rest, in_comment = b"", False
    for at in range(0, len(text), _CHUNK):
        chunk = bytes(text[at : at + _CHUNK])
        if in_comment:
            end = min((k for k in (chunk.find(b"\n"), chunk.find(b"\r")) if k >= 0), default=len(chunk))
            in_comment, chunk = end == len(chunk), chunk[end:]
        chunk = rest + chunk
        last = chunk.rfind(b"#")
        in_comment = in_comment or (last >= 0 and not re.search(rb"[\r\n]", chunk[last:]))
        chunk = _COMMENT.sub(b"", chunk)
        complete = len(chunk)
        if at + _CHUNK < len(text) and not single:
            # A number that the chunk ends in may go on in the next one.
            while complete and chunk[complete - 1 : complete].isdigit():
                complete -= 1
        rest = chunk[complete:]
        if len(rest) > _MAX_DIGITS:
            raise broken("PNM", "its text holds a number of too many digits")
        yield _parsed(np.frombuffer(chunk, np.uint8, complete), single=single)


def _parsed(text: npt.NDArray[np.uint8], *, single: bool) -> npt.NDArray[np.int64]:
    digits = text - 0x30
    is_digit = digits < 10
    # Tab, line feed, vertical tab, form feed, carriage return, and the space.
    if not bool((is_digit | (text == 0x20) | (text - 9 < 5)).all()):
        raise broken("PNM", "its text holds something other than numbers")
    if single:
        return digits[is_digit].astype(np.int64)
    ends = np.flatnonzero(is_digit & ~np.append(is_digit[1:], False))
    values = np.zeros(len(ends), np.int64)
    inside = np.ones(len(ends), np.bool_)
    for power in range(_MAX_DIGITS + 1):
        places = ends - power
        inside &= (places >= 0) & is_digit[places]
        if not inside.any():
            return values
        values[inside] += digits[places[inside]].astype(np.int64) * 10**power
    raise broken("PNM", "its text holds a number of too many digits")


FORMAT = Format(
    "pnm",
    "PNM",
    tuple(b"P%d" % kind for kind in range(1, 7)),
    open,
    lambda data: data[2:3] in (b" ", b"\t", b"\r", b"\n", b"#"),
)
