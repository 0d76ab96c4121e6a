"""Stretching a faded page to the full range of brightness."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, Whole, setting


@dataclass(frozen=True)
class Contrast(Parameters):
    """Parameters of `contrast`."""

    low: float = setting(0.5, Number(0.0, 49.0), "percentile of brightness that becomes black")
    high: float = setting(95.0, Number(51.0, 100.0), "percentile that becomes white")
    max_gain: float = setting(
        4.0,
        Number(1.0, 50.0),
        "largest stretch of the range, so that an empty page does not become noise",
    )
    local: float = setting(
        0.0, Number(0.0, 40.0), "clip limit of a local equalisation (CLAHE) afterwards; 0 for none"
    )
    tiles: int = setting(8, Whole(1, 64), "tiles of the local equalisation along each side")


def contrast(page: Image, parameters: Contrast = Contrast()) -> Result:
    """Stretch brightness between two percentiles, colours along with it; then equalise locally if ``local`` is set.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: percentiles and limits.

    Returns:
        The page with the figures ``low``, ``high`` (levels at the percentiles, 0 to 255) and ``gain``.
    """
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    counts = np.cumsum(np.bincount(grey.ravel(), minlength=256))
    low, high = (
        float(np.searchsorted(counts, share / 100 * counts[-1]))
        for share in (parameters.low, parameters.high)
    )
    gain = min(255.0 / max(high - low, 1.0), parameters.max_gain)
    figures = {"low": low, "high": high, "gain": gain}
    image = page
    if gain > 1.0:
        # If the gain is limited, white is preserved rather than black: most of a page is paper.
        table = np.clip(255.0 + (np.arange(256) - high) * gain, 0, 255).astype(np.uint8)
        image = np.asarray(cv2.LUT(page, table), np.uint8)
    if parameters.local > 0:
        parts = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
        tiles = min(parameters.tiles, *page.shape[:2])
        equalise = cv2.createCLAHE(clipLimit=parameters.local, tileGridSize=(tiles, tiles))
        parts[..., 0] = equalise.apply(np.ascontiguousarray(parts[..., 0]))
        image = np.asarray(cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB), np.uint8)
    return Result(image, None, figures)
