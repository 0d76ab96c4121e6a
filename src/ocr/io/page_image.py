"""One decoded page, and the size that a page may have."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ocr.errors import ImageBadAspect, ImageEmpty, ImageTooLarge
from ocr.io.limits import Limits

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PageImage:
    """One upright page.

    Attributes:
        image: RGB (H, W, 3) uint8.
        warnings: (code, message) pairs of what happened on the way in.
        grey: (H, W) uint8, where the picture has no colours.
    """

    image: Image
    warnings: tuple[tuple[str, str], ...] = field(default=())
    grey: Image | None = None


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
