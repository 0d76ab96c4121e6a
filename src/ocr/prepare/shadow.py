"""Taking shadows and uneven light off a page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, Whole, setting

#: The light of a page is smooth: it is measured with this long side in pixels.
_SIDE = 400


@dataclass(frozen=True)
class Shadow(Parameters):
    """Parameters of `shadow`."""

    reach: float = setting(
        0.06,
        Number(0.01, 0.5),
        "size of what counts as ink at most, as a share of the page's short side: larger dark things are light",
    )
    max_gain: float = setting(3.0, Number(1.0, 20.0), "dark places are lit up by this factor at most")
    paper: int = setting(245, Whole(128, 255), "level that the paper gets, 0 to 255")


def shadow(page: Image, parameters: Shadow = Shadow()) -> Result:
    """Divide the page by the light that falls on it, so that its paper becomes evenly bright and white.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: how to tell ink from light.

    Returns:
        The page with the figure ``unevenness``: light of the brightest over that of the darkest twentieth.
    """
    height, width = page.shape[:2]
    scale = min(1.0, _SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    kernel = max(3, round(parameters.reach * min(size)) | 1)
    # The brightest pixel around is paper; closing puts the edges of shadows back where they were.
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (kernel, kernel))
    light = cv2.morphologyEx(small, cv2.MORPH_CLOSE, shape)
    light = cv2.GaussianBlur(light, (0, 0), max(1.0, kernel / 4)).astype(np.float32)
    low, high = np.percentile(light.mean(axis=2), (5, 95))
    gain = np.minimum(parameters.paper / np.maximum(light, 1.0), parameters.max_gain)
    result = np.empty_like(page)
    for channel in range(3):
        field = cv2.resize(np.ascontiguousarray(gain[..., channel]), (width, height))
        result[..., channel] = cv2.multiply(page[..., channel], field, dtype=cv2.CV_8U)
    return Result(result, None, {"unevenness": float(high / max(low, 1.0))})
