"""One decoded page, and the size that a page may have."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import ImageBadAspect, ImageEmpty, ImageTooLarge
from ocr.io.limits import Limits
from ocr.runtime.lazy import cached_property

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PageImage:
    """One upright page.

    Attributes:
        pixels: RGB (H, W, 3) uint8, or grey (H, W) of a picture without colours.
        warnings: (code, message) pairs of what happened on the way in.
    """

    pixels: Image
    warnings: tuple[tuple[str, str], ...] = field(default=())

    @cached_property
    def image(self) -> Image:
        """RGB (H, W, 3) uint8."""
        return in_colour(self.pixels)


def in_colour(pixels: Image) -> Image:
    """RGB (H, W, 3) or grey (H, W) uint8 -> RGB (H, W, 3) uint8."""
    # OpenCV repeats a channel ten times as fast as NumPy.
    return pixels if pixels.ndim == 3 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse a page of a size, in pixels, that is outside the limits.

    Raises:
        ImageEmpty: a side is 0.
        ImageTooLarge, ImageBadAspect: more pixels, or a longer page, than the limits allow.
    """
    if width <= 0 or height <= 0:
        raise ImageEmpty(f"the picture has {width} × {height} pixels")
    if width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"the picture has {width} × {height} pixels ({width * height / 1e6:.1f} megapixels); "
            f"at most {limits.max_pixels / 1e6:g} megapixels are read"
        )
    if max(width, height) > limits.max_aspect * min(width, height):
        raise ImageBadAspect(
            f"the picture has {width} × {height} pixels; "
            f"one side may be at most {limits.max_aspect:g} times the other"
        )
