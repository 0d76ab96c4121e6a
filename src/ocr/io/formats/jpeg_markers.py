"""The markers of a JPEG from start to end of image: its size, and whether every coefficient was sent; no pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ocr.io import exif
from ocr.io.formats.base import Header, broken, not_read
from ocr.io.integers import u16

_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_HIERARCHICAL = frozenset({0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF})
_JPEG_LS = 0xF7
_SCAN, _END, _INTERVAL = 0xDA, 0xD9, 0xDD
#: From this frame marker on coefficients are coded arithmetically.
_ARITHMETIC = 0xC8
#: What may follow the last scan: the end, a comment, data of applications.
_AT_THE_END = frozenset({_END, 0xFE, *range(0xE0, 0xF0)})
#: Components of a picture at most.
_MAX_COMPONENTS = 4
#: Segments of a file at most; a page has a few dozen.
_MAX_SEGMENTS = 100_000
#: Pixels that all scans may go through, each scan once for each of its components. A scan costs a nanosecond a pixel,
#: even where it holds next to no data; a page in colour has 12 such passes.
MAX_SCANNED_PIXELS = 2_500_000_000
#: Pixel data that no picture ends with, and the same with all bits turned over.
_MORE = bytes(k * 73 % 251 for k in range(1, 251))
_MORE_INVERTED = bytes(255 - byte for byte in _MORE if byte)
#: Arithmetic decoders ask for zeros where they have all they need.
_ZEROS = bytes(8)
#: Bytes that are looked through at once.
_STRETCH = 1 << 16
#: Whether 0xFF and this byte are a marker that ends a scan: inside entropy-coded data 0xFF is followed by a stuffed
#: zero or a restart marker. 0x01 is temporary, and no segment follows it.
_ENDS_SCAN = np.ones(256, np.bool_)
_ENDS_SCAN[[0x00, 0xFF, *range(0xD0, 0xD8)]] = False
_TEMPORARY = np.arange(256) == 0x01
_LONELY = _TEMPORARY | ((np.arange(256) >= 0xD0) & (np.arange(256) < 0xD8))


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of each segment's body, up to the end-of-image marker."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        start = _behind(data, at, len(data), _ENDS_SCAN)
        if start is None:
            return
        marker = data[start - 1]
        if marker == _END:
            # Any number of bytes 0xFF can stand before it.
            yield marker, at + len(data[at : start - 1].rstrip(b"\xff")), start
            return
        if marker == 0x01:
            at = start
            continue
        end = start + u16(data, start)
        if end < start + 2 or end > len(data):
            raise IndexError("a segment runs past the end of the file")
        yield marker, start + 2, end
        at = end
    raise broken("JPEG", f"it has more than {_MAX_SEGMENTS} segments")


def _behind(data: bytes, at: int, end: int, kinds: npt.NDArray[np.bool_]) -> int | None:
    """Place behind the first marker of some kinds between two places; ``None`` where there is none."""
    while at + 1 < end:
        # Most segments follow each other without pixel data between.
        until = min(end, at + (2 if data[at] == 0xFF and kinds[data[at + 1]] else _STRETCH))
        stretch = np.frombuffer(data, np.uint8, until - at, at)
        places = np.flatnonzero(stretch[:-1] == 0xFF)
        places = places[kinds[stretch[places + 1]]]
        if len(places):
            return at + int(places[0]) + 2
        at = until - 1
    return None


def read_header(data: bytes) -> Header:
    """Size from the frame header, orientation from the first EXIF block before it.

    Raises:
        ImageDecodeFailed: there is no frame header, or it gives no height.
        UnsupportedMediaType: a kind of JPEG that is not read.
    """
    orientation = 1
    for marker, start, end in segments(data):
        if marker == 0xE1 and data[start : start + 6] == b"Exif\x00\x00" and orientation == 1:
            orientation = exif.orientation(data[start:end])
        elif marker == _JPEG_LS:
            raise not_read("JPEG", "JPEG-LS data")
        elif marker in _FRAME:
            if marker in _LOSSLESS:
                raise not_read("JPEG", "lossless JPEG data")
            if marker in _HIERARCHICAL:
                raise not_read("JPEG", "hierarchical JPEG data")
            if data[start] != 8:
                raise not_read("JPEG", f"samples of {data[start]} bits")
            height, width = u16(data, start + 1), u16(data, start + 3)
            if height == 0:
                raise broken("JPEG", "its frame header gives no height")
            return Header("jpeg", ((width, height),), (orientation,))
        elif marker in (_SCAN, _END):
            break
    raise broken("JPEG", "it has no frame header")


def check(data: bytes) -> bool:
    """Whether the end-of-image marker is there; then the scans before it cover all coefficients.

    Raises:
        ImageDecodeFailed: scans are missing or broken off, or there are too many.
    """
    progressive, restarts, scan = False, False, -1
    pixels, scanned = 0, 0
    sent: dict[int, list[int | None]] = {}
    for marker, start, end in segments(data):
        # Restart markers where none were announced end a scan as any other does; so does one for arithmetic coding.
        if scan >= 0 and _behind(data, scan, start, _TEMPORARY if restarts else _LONELY) is not None:
            raise broken("JPEG", "a marker breaks off its pixel data")
        scan = end if marker == _SCAN else -1
        if sent and marker not in _AT_THE_END and _complete(sent):
            # Nothing is missing any more, so this stands in the midst of the last pixel data, which ends here.
            raise broken("JPEG", "a marker breaks off its pixel data")
        if marker == _INTERVAL:
            restarts = u16(data, start) > 0
        elif marker in _FRAME:
            progressive = marker in _PROGRESSIVE
            if data[start + 5] > _MAX_COMPONENTS:
                raise broken("JPEG", f"its pixels have {data[start + 5]} components")
            # Every block takes a bit at least, two where nothing can be left to later scans.
            if marker < _ARITHMETIC and 8 * len(data) < _blocks(data, start) * (1 if progressive else 2):
                raise broken("JPEG", "it is too short for so many pixels")
            sent = {data[start + 6 + 3 * k]: [None] * 64 for k in range(data[start + 5])}
            pixels = u16(data, start + 1) * u16(data, start + 3)
        elif marker == _SCAN:
            count = data[start]
            if count > _MAX_COMPONENTS:
                raise broken("JPEG", f"a scan has {count} components")
            scanned += count * pixels
            if scanned > MAX_SCANNED_PIXELS:
                raise broken("JPEG", "it goes through its pixels in far too many scans")
            first, last, bits = data[end - 3], data[end - 2], data[end - 1]
            if not progressive:
                first, last, bits = 0, 63, 0
            for k in range(count):
                precision = sent.setdefault(data[start + 1 + 2 * k], [None] * 64)
                precision[first : last + 1] = [bits & 15] * (last + 1 - first)
        elif marker == _END:
            if not sent or not _complete(sent):
                raise broken("JPEG", "scans are missing before its end")
            return True
    return False


def scanned_pixels(data: bytes) -> int:
    """Pixels that all scans go through together, each scan once for each of its components."""
    pixels = scanned = 0
    for marker, start, _ in segments(data):
        if marker in _FRAME:
            pixels = u16(data, start + 1) * u16(data, start + 3)
        elif marker == _SCAN:
            scanned += data[start] * pixels
    return scanned


def _blocks(data: bytes, frame: int) -> int:
    """Blocks of 8 × 8 samples that a frame header asks for, of all components together."""
    height, width = u16(data, frame + 1), u16(data, frame + 3)
    factors = [divmod(data[frame + 7 + 3 * k], 16) for k in range(data[frame + 5])]
    across, down = max(f[0] for f in factors), max(f[1] for f in factors)
    return sum(math.ceil(width * h / across / 8) * math.ceil(height * v / down / 8) for h, v in factors)


def _complete(sent: dict[int, list[int | None]]) -> bool:
    return all(value == 0 for precision in sent.values() for value in precision)


def ended(data: bytes) -> bytes:
    """A file without its end-of-image marker, with the marker put behind its data; zeros that follow are padding."""
    bare = data.rstrip(b"\x00")
    # A stuffed zero belongs to the byte before it; a lone 0xFF is half of the marker.
    if bare.endswith(b"\xff"):
        bare = bare + b"\x00" if len(bare) < len(data) else bare.rstrip(b"\xff")
    return bare + b"\xff\xd9"


def lengthened(data: bytes, *, inverted: bool = False) -> bytes:
    """The file with more data after that of each scan; the bits of that data turned over where ``inverted``."""
    parts, at, in_scan = [], 0, False
    usual = more = _MORE_INVERTED if inverted else _MORE
    for marker, start, _ in segments(data):
        if in_scan:
            # Before the body of any segment but the end lie its marker and length.
            end = start if marker == _END else start - 4
            parts += [data[at:end].rstrip(b"\xff"), more, b"\xff"]
            at = end + 1
        if marker in _FRAME:
            more = _ZEROS + usual if marker > _ARITHMETIC else usual
        in_scan = marker == _SCAN
    return b"".join([*parts, data[at:]])
