"""JPEG pictures: whole ones, and those that lack nothing but their end marker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.io.formats import jpeg_markers, opencv
from ocr.io.formats.base import Format, OpenFile, broken
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size

#: JPEG decoders fill what is missing with the middle of the range; of CMYK that becomes a darker grey.
_FILLS = (128, 65, 64)
#: Rows compared at once.
_BAND = 256
_INCOMPLETE = ("image_incomplete", "the JPEG file lacks its end marker; all rows of the picture are there")


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    header = jpeg_markers.read_header(data)
    check_size(*header.sizes[0], limits)

    def decode() -> Iterator[PageImage]:
        pixels, whole = decode_checked(data, strict=limits.strict)
        yield opencv.page(pixels, header.orientation[0], *(() if whole else (_INCOMPLETE,)))

    return OpenFile(header, decode)


def decode_checked(data: bytes, *, strict: bool = False) -> tuple[npt.NDArray[Any], bool]:
    """Decode a JPEG of which no row is missing.

    Args:
        data: the whole file.
        strict: refuse a file without its end-of-image marker.

    Returns:
        Pixels as OpenCV gives them, and whether the end-of-image marker is there.

    Raises:
        ImageDecodeFailed: a part of the picture is missing or damaged.
    """
    data, whole = _ended(data, strict=strict)
    pixels = opencv.decode(data, "JPEG")
    # Where the end is missing, a few bits can be as well, and the decoder may guess the same twice.
    if (not whole and _needs_more(data, pixels, inverted=True)) or (
        (not whole or _ends_in_fill(pixels)) and _needs_more(data, pixels)
    ):
        raise broken("JPEG", "its pixel data ends early")
    return pixels, whole


def check(data: bytes, *, look_for_fill: bool, strict: bool = False) -> bool:
    """Check a JPEG that something else has decoded.

    Args:
        data: the whole file.
        look_for_fill: the grey that stands for missing data was seen, so decode it to be sure.
        strict: refuse a file without its end-of-image marker.

    Returns:
        Whether the end-of-image marker is there.

    Raises:
        ImageDecodeFailed: a part of the picture is missing or damaged.
    """
    if look_for_fill:
        return decode_checked(data, strict=strict)[1]
    whole = _ended(data, strict=strict)[1]
    return whole or decode_checked(data)[1]


def _ended(data: bytes, *, strict: bool) -> tuple[bytes, bool]:
    """The file with an end-of-image marker, all coefficients before it, and whether it had one."""
    try:
        if jpeg_markers.check(data):
            return data, True
        repaired = jpeg_markers.ended(data)
        if strict or not jpeg_markers.check(repaired):
            raise broken("JPEG", "it is truncated (no end-of-image marker)")
        return repaired, False
    except (IndexError, ValueError, ArithmeticError) as error:
        raise broken("JPEG", "its structure is damaged or cut off") from error


def _ends_in_fill(pixels: npt.NDArray[Any]) -> bool:
    """Whether the last corner is of a grey that decoders put in place of missing data."""
    return any(bool((pixels[-8:, -32:] == grey).all()) for grey in _FILLS)


def _needs_more(data: bytes, pixels: npt.NDArray[Any], *, inverted: bool = False) -> bool:
    """Whether the end of a JPEG that looks complete was made up by the decoder.

    A decoder that runs out of data paints the rest mid-grey, and would have painted something else of more data. One
    that had all it needed passes over what comes then: a picture that really ends in mid-grey stays the same.

    Args:
        data: the whole file.
        pixels: what OpenCV makes of it, as it stands in the file.
        inverted: try the other data; see `ocr.io.formats.jpeg_markers.lengthened`.
    """
    lengthened = jpeg_markers.lengthened(data, inverted=inverted)
    again = cv2.imdecode(np.frombuffer(lengthened, np.uint8), cv2.IMREAD_UNCHANGED)
    if again is None or again.shape != pixels.shape:
        return True
    rows = range(0, pixels.shape[0], _BAND)
    return not all(np.array_equal(again[k : k + _BAND], pixels[k : k + _BAND]) for k in rows)


FORMAT = Format("jpeg", "JPEG", (b"\xff\xd8\xff",), open)
