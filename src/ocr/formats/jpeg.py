"""JPEG: markers from start to end of image, and whether every coefficient was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ocr.formats import exif
from ocr.formats.header import Header, broken, u16

_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SCAN, _END = 0xDA, 0xD9
# Inside entropy-coded data 0xFF is followed by a stuffed zero or a restart marker; anything else ends the
# scan.
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of each segment's body, up to the end-of-image marker."""
    at = 2
    while True:
        found = _MARKER.search(data, at)
        if found is None:
            return
        marker, start = data[found.end() - 1], found.end()
        if marker == _END:
            yield marker, found.start(), start
            return
        if marker == 0x01:
            at = start
            continue
        end = start + u16(data, start)
        if end < start + 2 or end > len(data):
            raise IndexError("a segment runs past the end of the file")
        yield marker, start + 2, end
        at = end


def read_header(data: bytes) -> Header:
    """Size from the frame header, orientation from the first EXIF block before it."""
    turned = 1
    for marker, start, end in _segments(data):
        if marker == 0xE1 and data[start : start + 6] == b"Exif\x00\x00" and turned == 1:
            turned = exif.orientation(data[start:end])
        elif marker in _FRAME:
            height, width = u16(data, start + 1), u16(data, start + 3)
            if height == 0:
                raise broken("jpeg", "its frame header gives no height")
            return Header("jpeg", ((width, height),), (turned,))
        elif marker in (_SCAN, _END):
            break
    raise broken("jpeg", "it has no frame header")


def check(data: bytes) -> None:
    """The end-of-image marker is there, and the scans before it cover all coefficients."""
    progressive = False
    sent: dict[int, list[int | None]] = {}
    for marker, start, end in _segments(data):
        if marker in _FRAME:
            progressive = marker in _PROGRESSIVE
            sent = {data[start + 6 + 3 * k]: [None] * 64 for k in range(data[start + 5])}
        elif marker == _SCAN:
            count = data[start]
            first, last, bits = data[end - 3], data[end - 2], data[end - 1]
            if not progressive:
                first, last, bits = 0, 63, 0
            for k in range(count):
                precision = sent.setdefault(data[start + 1 + 2 * k], [None] * 64)
                precision[first : last + 1] = [bits & 15] * (last + 1 - first)
        elif marker == _END:
            if not sent or any(value != 0 for precision in sent.values() for value in precision):
                raise broken("jpeg", "scans are missing before its end")
            return
    raise broken("jpeg", "it is truncated (no end-of-image marker)")


def shortened(data: bytes, by: int) -> bytes:
    """The file with its last bytes of picture data left out, still ended properly (see `ocr.images`)."""
    end = len(data)
    for marker, start, _ in _segments(data):
        if marker == _END:
            end = start
    return data[: end - by] + b"\xff\xd9"
