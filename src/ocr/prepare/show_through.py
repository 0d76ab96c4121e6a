"""Removing print of the back of a page that shows through.

Thin paper shows the print of its other side, mirrored and faint. It lies between and below the lines of the front, so
that neither is read. What is much fainter than the ink of the page becomes paper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr.io.images import to_grey
from ocr.io.page_image import in_colour
from ocr.prepare.shadow import illumination
from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, setting

#: Darkness of what is no paper at all, as a share of the light, and the percentile of it that counts as ink.
_MARKED, _INK = 0.1, 97
#: Brightness of paper and of full ink afterwards.
_PAPER, _BLACK = 245, 37


@dataclass(frozen=True)
class ShowThrough(Parameters):
    """Parameters of `show_through`."""

    faint: float = setting(
        0.25,
        Number(0.0, 0.9),
        "what is this much darker than paper becomes paper; the ink of the page counts 1",
    )
    full: float = setting(0.65, Number(0.05, 1.0), "what is this dark becomes full ink")
    reach: float = setting(
        0.06, Number(0.01, 0.5), "largest size of ink as a share of the page's short side; see shadow"
    )


def show_through(page: Image, parameters: ShowThrough = ShowThrough()) -> Result:
    """Turn what is faint beside the ink of a page into paper.

    Args:
        page: RGB (H, W, 3) or grey (H, W) uint8.
        parameters: what is faint.

    Returns:
        The page, grey in as many channels as it had, with the figure ``faint``: share of its marks that were removed.
    """
    grey = to_grey(page)
    light = np.maximum(illumination(grey, parameters.reach), 1.0)
    dark = 1 - np.minimum(grey / light, 1.0)
    marked = dark > _MARKED
    if not marked.any():
        return Result(page, None, {"faint": 0.0})
    dark /= np.percentile(dark[marked], _INK)
    kept = np.clip((dark - parameters.faint) / max(parameters.full - parameters.faint, 1e-3), 0, 1)
    cleaned = (_PAPER - (_PAPER - _BLACK) * kept).astype(np.uint8)
    removed = float((kept[marked] == 0).mean())
    return Result(cleaned if page.ndim == 2 else in_colour(cleaned), None, {"faint": removed})
