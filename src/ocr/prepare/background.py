"""Cropping a page to its sheet of paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr import polygons
from ocr.prepare import paper
from ocr.prepare.stage import Image, Parameters, Result
from ocr.prepare.warp import shift
from ocr.runtime.options import Number, setting


@dataclass(frozen=True)
class Background(Parameters):
    """Parameters of `background`."""

    min_share: float = setting(
        0.1, Number(0.01, 1.0), "a sheet that covers a smaller share of the picture is ignored"
    )
    max_share: float = setting(
        0.95, Number(0.1, 1.0), "no crop if it would keep a larger share of the picture"
    )
    min_edge: float = setting(
        12.0,
        Number(0.0, 255.0),
        "least difference between paper and surroundings along each side, in levels of 255",
    )
    max_missed: float = setting(
        0.02,
        Number(0.0, 1.0),
        "no crop if it would cut off a larger share of the picture's letters",
    )
    margin: float = setting(0.02, Number(0.0, 0.5), "margin around the paper, as a share of its sides")


def background(page: Image, parameters: Background = Background()) -> Result:
    """Crop a picture to the upright box around its sheet of paper; pixels are moved, never resampled.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: thresholds.

    Returns:
        The cropped page with the figure ``kept`` (share of the picture); unchanged if no sheet is detected.
    """
    sheet = paper.find(page)
    if (
        sheet is None
        or sheet.share < parameters.min_share
        or sheet.edge < parameters.min_edge
        or sheet.missed > parameters.max_missed
    ):
        return Result(page, None, {"kept": 1.0})
    height, width = page.shape[:2]
    x0, y0, x1, y1 = polygons.bounds(np.concatenate([sheet.outline, sheet.quad]))
    mx, my = parameters.margin * (x1 - x0), parameters.margin * (y1 - y0)
    left, top = max(0, int(x0 - mx)), max(0, int(y0 - my))
    right, bottom = min(width, int(np.ceil(x1 + mx))), min(height, int(np.ceil(y1 + my)))
    share = (right - left) * (bottom - top) / (width * height)
    if share > parameters.max_share:
        return Result(page, None, {"kept": 1.0})
    return Result(np.ascontiguousarray(page[top:bottom, left:right]), shift(-left, -top), {"kept": share})
