"""Pixels by OpenCV's decoders, in the order and depth of the file, to RGB uint8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import ImageTooLarge
from ocr.io import exif
from ocr.io.formats.base import Header, broken
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage
from ocr.io.pixels import to_rgb

#: Memory that decoding may take beside three times the page: see `check_depth`.
_SPARE = 100_000_000
#: Pixels of the frames that are decoded at once.
_AT_ONCE = 4_000_000


def check_depth(width: int, height: int, bytes_per_pixel: float) -> None:
    """Refuse pixels that are too deep for their number: decoders hold them twice, as they are stored.

    Together with what else is held, a page costs at most three times its size as RGB uint8 and 150 MB.

    Args:
        width: in pixels.
        height: in pixels.
        bytes_per_pixel: of the stored pixels, all channels together.

    Raises:
        ImageTooLarge: it would cost more.
    """
    pixels = width * height
    if 2 * bytes_per_pixel * pixels > 9 * pixels + _SPARE:
        most = _SPARE / (2 * bytes_per_pixel - 9) / 1e6
        raise ImageTooLarge(
            f"the picture has {pixels / 1e6:.1f} megapixels of {bytes_per_pixel:g} bytes; at most {most:.0f} "
            "megapixels of this depth are read; save it with 8 bits a channel"
        )


def decode(data: bytes, title: str) -> npt.NDArray[Any]:
    """Stored pixels, neither turned nor reduced in depth; colour in OpenCV's order.

    Raises:
        ImageDecodeFailed: the decoder refused the file.
    """
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise broken(title, "the decoder refused it") from error
    if pixels is None:
        raise broken(title, "it is damaged or of a kind that is not read")
    return pixels


def page(pixels: npt.NDArray[Any], orientation: int, *warnings: tuple[str, str]) -> PageImage:
    """Stored pixels, which are given up, as an upright page."""
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        pixels = to_rgb(pixels, bgr=True, reuse=True)
    return PageImage(exif.upright(np.asarray(pixels, np.uint8), orientation), tuple(warnings))


def frames(data: bytes, header: Header, title: str, limits: Limits) -> Iterator[PageImage]:
    """Frames of an animated picture as pages, each as it is shown, up to the limit.

    Raises:
        ImageDecodeFailed: the decoder refused the file.
    """
    width, height = header.sizes[0]
    count = frames_read(header, limits)
    at_once = max(1, _AT_ONCE // (width * height))
    warnings = left_out(header.frames, count, "frames")
    for start in range(0, count, at_once):
        pictures = _some_frames(data, title, start, min(at_once, count - start))
        if not pictures:
            raise broken(title, "its frames are damaged")
        while pictures:
            yield page(pictures.pop(0), header.orientation[0], *warnings)
            warnings = ()


def frames_read(header: Header, limits: Limits) -> int:
    """Number of frames that `frames` reads of an animated picture."""
    width, height = header.sizes[0]
    # Each frame builds on those before it, which are decoded anew for every part; together they stay below the limit
    # of one picture.
    return min(header.frames, limits.max_frames, max(1, limits.max_pixels // (width * height)))


def _some_frames(data: bytes, title: str, start: int, count: int) -> list[npt.NDArray[Any]]:
    try:
        # One row: OpenCV 4.12 refuses a column of WebP bytes.
        fine, animation = cv2.imdecodeanimation(np.frombuffer(data, np.uint8)[None], start=start, count=count)
    except cv2.error as error:
        raise broken(title, "the decoder refused it") from error
    return list(animation.frames) if fine else []


def left_out(count: int, read: int, what: str) -> tuple[tuple[str, str], ...]:
    """The warning that only the first pages or frames of a file are read, where that is so."""
    if count <= read:
        return ()
    return (("pages_left_out", f"the input has {count} {what}; the first {read} were read"),)
