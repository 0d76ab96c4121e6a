"""Removing shadows and uneven light from a page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, Whole, setting

#: Long side in pixels of the reduced page on which the light, which is smooth, is measured.
_SIDE = 400


@dataclass(frozen=True)
class Shadow(Parameters):
    """Parameters of `shadow`."""

    reach: float = setting(
        0.06,
        Number(0.01, 0.5),
        "largest size of ink as a share of the page's short side; larger dark areas count as shadow",
    )
    max_gain: float = setting(3.0, Number(1.0, 20.0), "dark areas are brightened by at most this factor")
    paper: int = setting(245, Whole(128, 255), "brightness of the paper afterwards, 0 to 255")


def shadow(page: Image, parameters: Shadow = Shadow()) -> Result:
    """Divide the page by its estimated illumination, so that the paper becomes evenly white.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: size of ink and limits.

    Returns:
        The page with the figure ``unevenness``: ratio of the 95th to the 5th percentile of the illumination.
    """
    height, width = page.shape[:2]
    light = _small_illumination(page, parameters.reach)
    low, high = np.percentile(light.mean(axis=2), (5, 95))
    gain = np.minimum(parameters.paper / np.maximum(light, 1.0), parameters.max_gain)
    result = np.empty_like(page)
    for channel in range(3):
        field = cv2.resize(np.ascontiguousarray(gain[..., channel]), (width, height))
        result[..., channel] = cv2.multiply(page[..., channel], field, dtype=cv2.CV_8U)
    return Result(result, None, {"unevenness": float(high / max(low, 1.0))})


def illumination(page: Image, reach: float) -> npt.NDArray[np.float32]:
    """The light on a page, of its shape: the brightness that paper has there, 0 to 255.

    Args:
        page: RGB (H, W, 3) or grey (H, W) uint8.
        reach: largest size of ink as a share of the page's short side.
    """
    height, width = page.shape[:2]
    return np.asarray(cv2.resize(_small_illumination(page, reach), (width, height)), np.float32)


def _small_illumination(page: Image, reach: float) -> npt.NDArray[np.float32]:
    """`illumination` on a reduced page."""
    height, width = page.shape[:2]
    scale = min(1.0, _SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    kernel = max(3, round(reach * min(size)) | 1)
    # The brightest pixel nearby is paper; closing keeps the edges of shadows in place.
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (kernel, kernel))
    light = cv2.morphologyEx(small, cv2.MORPH_CLOSE, shape)
    return cv2.GaussianBlur(light, (0, 0), max(1.0, kernel / 4)).astype(np.float32)
