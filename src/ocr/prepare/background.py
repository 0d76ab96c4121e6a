"""Cutting away what lies around the paper."""

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
        0.1, Number(0.01, 1.0), "paper that covers less of the picture than this share is not believed"
    )
    max_share: float = setting(
        0.95, Number(0.1, 1.0), "nothing is cut where the cut would keep more of the picture than this share"
    )
    min_edge: float = setting(
        12.0,
        Number(0.0, 255.0),
        "least difference between paper and surroundings along each side, in levels of 255",
    )
    max_missed: float = setting(
        0.02,
        Number(0.0, 1.0),
        "a cut that leaves out more of the picture's letters than this share is not made",
    )
    margin: float = setting(0.02, Number(0.0, 0.5), "what is kept around the paper, as a share of its sides")


def background(page: Image, parameters: Background = Background()) -> Result:
    """Crop a picture to the upright box around its sheet of paper; pixels are moved, never resampled.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: what to believe.

    Returns:
        The cut-out page with the figure ``kept`` (share of the picture). Unchanged where no sheet stands out.
    """
    found = paper.find(page)
    if (
        found is None
        or found.share < parameters.min_share
        or found.edge < parameters.min_edge
        or found.missed > parameters.max_missed
    ):
        return Result(page, None, {"kept": 1.0})
    height, width = page.shape[:2]
    x0, y0, x1, y1 = polygons.bounds(np.concatenate([found.outline, found.quad]))
    mx, my = parameters.margin * (x1 - x0), parameters.margin * (y1 - y0)
    left, top = max(0, int(x0 - mx)), max(0, int(y0 - my))
    right, bottom = min(width, int(np.ceil(x1 + mx))), min(height, int(np.ceil(y1 + my)))
    kept = (right - left) * (bottom - top) / (width * height)
    if kept > parameters.max_share:
        return Result(page, None, {"kept": 1.0})
    return Result(np.ascontiguousarray(page[top:bottom, left:right]), shift(-left, -top), {"kept": kept})
