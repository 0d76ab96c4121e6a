"""EXIF orientation: reading it from a TIFF structure and turning a picture upright by it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ocr.io.integers import integer, u16, u32

_ORIENTATION = 0x0112
#: Type of a value of 32 bits; the usual one has 16.
_LONG = 4


def orientation(block: bytes) -> int:
    """Orientation 1 to 8 in an EXIF block with or without its ``Exif`` prefix; 1 where there is none."""
    if block[:6] == b"Exif\x00\x00":
        block = block[6:]
    order = {b"II": "little", b"MM": "big"}.get(block[:2])
    if order is None:
        return 1
    try:
        start = u32(block, 4, order)
        for k in range(u16(block, start, order)):
            at = start + 2 + 12 * k
            if u16(block, at, order) == _ORIENTATION:
                size = 4 if u16(block, at + 2, order) == _LONG else 2
                value = integer(block, at + 8, size, order)
                return value if 1 <= value <= 8 else 1
    except IndexError:
        return 1
    return 1


def upright(image: npt.NDArray[np.uint8], value: int) -> npt.NDArray[np.uint8]:
    """Turn the stored pixels (H, W, ...) into the upright picture for an EXIF orientation 1 to 8."""
    if value in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if value in (2, 3, 6, 7):
        image = image[:, ::-1]
    if value in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
