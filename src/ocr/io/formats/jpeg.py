"""JPEG: markers from start to end of image, and whether every coefficient was sent."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.io.formats import exif
from ocr.io.formats.header import Header, broken, u16

_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SCAN, _END, _INTERVAL = 0xDA, 0xD9, 0xDD
#: What may follow the last scan: the end, a comment, data of applications.
_AT_THE_END = frozenset({_END, 0xFE, *range(0xE0, 0xF0)})
#: JPEG decoders fill what is missing with the middle of the range; of CMYK that becomes a darker grey.
_FILLS = (128, 65, 64)
#: Pixel data that no picture ends with; zeros first, which arithmetic decoders ask for where they have all they need.
_MORE = bytes(8) + bytes(k * 73 % 251 for k in range(1, 251))
# Inside entropy-coded data 0xFF is followed by a stuffed zero or a restart marker; anything else ends the
# scan.
_TEMPORARY, _LONELY = re.compile(rb"\xff+\x01"), re.compile(rb"\xff+[\x01\xd0-\xd7]")
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
    progressive, restarts, scan = False, False, -1
    sent: dict[int, list[int | None]] = {}
    for marker, start, end in _segments(data):
        # Restart markers where none were announced end a scan as any other does; so does one for arithmetic coding.
        if scan >= 0 and (_TEMPORARY if restarts else _LONELY).search(data, scan, start):
            raise broken("jpeg", "a marker breaks off its pixel data")
        scan = end if marker == _SCAN else -1
        if sent and marker not in _AT_THE_END and _complete(sent):
            # Nothing is missing any more, so this stands in the midst of the last pixel data, which ends here.
            raise broken("jpeg", "a marker breaks off its pixel data")
        if marker == _INTERVAL:
            restarts = u16(data, start) > 0
        elif marker in _FRAME:
            progressive = marker in _PROGRESSIVE
            # Every block takes a bit at least, two where nothing can be left to later scans.
            if marker < 0xC8 and 8 * len(data) < _blocks(data, start) * (1 if progressive else 2):
                raise broken("jpeg", "it is too short for so many pixels")
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
            if not sent or not _complete(sent):
                raise broken("jpeg", "scans are missing before its end")
            return
    raise broken("jpeg", "it is truncated (no end-of-image marker)")


def _blocks(data: bytes, frame: int) -> int:
    """Blocks of 8 × 8 samples that a frame header asks for, of all components together."""
    height, width = u16(data, frame + 1), u16(data, frame + 3)
    factors = [divmod(data[frame + 7 + 3 * k], 16) for k in range(data[frame + 5])]
    across, down = max(f[0] for f in factors), max(f[1] for f in factors)
    return sum(math.ceil(width * h / across / 8) * math.ceil(height * v / down / 8) for h, v in factors)


def _complete(sent: dict[int, list[int | None]]) -> bool:
    return all(value == 0 for precision in sent.values() for value in precision)


def filled_up(data: bytes, raw: npt.NDArray[Any]) -> bool:
    """Whether the end of a JPEG that looks complete was made up by the decoder.

    Args:
        data: the whole file.
        raw: what OpenCV makes of it, as it stands in the file.

    A decoder that runs out of data paints the rest mid-grey, and would have painted something else of more data. One
    that had all it needs passes over what comes then: a picture that really ends in mid-grey stays the same.
    """
    if not any((raw[-8:, -32:] == grey).all() for grey in _FILLS):
        return False
    again = cv2.imdecode(np.frombuffer(_lengthened(data), np.uint8), cv2.IMREAD_UNCHANGED)
    return again is None or not np.array_equal(again, raw)


def _lengthened(data: bytes) -> bytes:
    """The file with more data after that of each scan."""
    parts, at, in_scan = [], 0, False
    for marker, start, _ in _segments(data):
        if in_scan:
            # Before the body of any segment but the end lie its marker and length.
            end = start if marker == _END else start - 4
            parts += [data[at:end].rstrip(b"\xff"), _MORE, b"\xff"]
            at = end + 1
        in_scan = marker == _SCAN
    return b"".join([*parts, data[at:]])
