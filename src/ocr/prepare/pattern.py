"""Removing a pattern behind the text of a page: stripes, nets, guilloches, dots or wood, lighter than the ink.

A pattern covers much more of a page than print does, and between its levels and those of the ink is a gap. What is
lighter than the gap becomes paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.io.images import to_grey
from ocr.io.page_image import in_colour
from ocr.prepare.shadow import illumination
from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, setting

#: Darkness of what is no paper, as a share of the light.
_MARKED = 0.1
#: Print covers this share of a page at most: of more than two levels, those below the next gap are pattern as well.
_MOST_INK = 0.15
#: Brightness of paper and of full ink afterwards.
_PAPER, _BLACK = 245, 37


@dataclass(frozen=True)
class Pattern(Parameters):
    """Parameters of `pattern`."""

    edge: float = setting(
        0.3,
        Number(0.01, 1.0),
        "darknesses between paper and full ink, as a share of the light: the width of the gap",
    )
    reach: float = setting(
        0.06, Number(0.01, 0.5), "largest size of ink as a share of the page's short side; see shadow"
    )


def pattern(page: Image, parameters: Pattern = Pattern()) -> Result:
    """Turn a pattern that is lighter than the ink of a page into paper.

    The gap is found by the method of Otsu (1979) among what is no paper.

    Args:
        page: RGB (H, W, 3) or grey (H, W) uint8.
        parameters: how wide the gap is.

    Returns:
        The page, grey in as many channels as it had, with the figures ``marked``, the share of it that was no paper,
        and ``darkness``, that of the pattern in that of the ink.
    """
    dark = _darkness(to_grey(page), parameters.reach)
    marked = dark[dark > _MARKED]
    share = marked.size / dark.size
    if not marked.size:
        return Result(page, None, {"marked": 0.0, "darkness": 0.0})
    gap, darkness = _gap(marked)
    above = marked[marked > gap]
    if above.size > _MOST_INK * dark.size:
        gap, darkness = _gap(above)
    kept = np.clip((dark - gap) / parameters.edge + 0.5, 0, 1)
    cleaned = (_PAPER - (_PAPER - _BLACK) * kept).astype(np.uint8)
    return Result(
        cleaned if page.ndim == 2 else in_colour(cleaned), None, {"marked": share, "darkness": darkness}
    )


def marked_share(page: Image, parameters: Pattern = Pattern()) -> float:
    """The share in [0, 1] of an RGB (H, W, 3) or grey (H, W) uint8 page that is no paper.

    Print comes to a sixth at most, and to more where the page is dark or has a pattern.
    """
    return float((_darkness(to_grey(page), parameters.reach) > _MARKED).mean())


def _darkness(grey: Image, reach: float) -> npt.NDArray[np.float32]:
    """How dark a page (H, W) is, as a share of the light on it: 0 for paper, 1 for black."""
    light = np.maximum(illumination(grey, reach), 1.0)
    return np.asarray(1 - np.minimum(grey / light, 1.0), np.float32)


def _gap(dark: npt.NDArray[np.float32]) -> tuple[float, float]:
    """The darkness half-way between two classes of darknesses (N,) that are most unlike, and the ratio of the two."""
    levels: Any = (255 * dark).astype(np.uint8)[:, None]
    lower = levels[:, 0] <= cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]
    if lower.all() or not lower.any():
        # All is ink, or all is pattern: paper is the other class.
        return float(dark.mean()) / 2, 0.0
    light, heavy = float(dark[lower].mean()), float(dark[~lower].mean())
    return (light + heavy) / 2, light / heavy
