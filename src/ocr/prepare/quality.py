"""How good a page is to read, in figures: sharpness, contrast, skew and the height of its text."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.prepare import ink
from ocr.prepare.stage import Image


@dataclass(frozen=True)
class Quality:
    """Figures of a page.

    Attributes:
        sharpness: standard deviation of the Laplacian over the contrast (Pech-Pacheco et al., "Diatom autofocusing in
            brightfield microscopy", ICPR 2000, made independent of contrast); blurred pages are near 0.
        contrast: grey levels between the 1st and 99th percentile, 0 to 255.
        skew: degrees by which lines of text sink to the right; ``None`` where no lines stand out.
        text_height: median height of letters in pixels; ``None`` where there are too few.
        noise: standard deviation of the grain in grey levels.
    """

    sharpness: float
    contrast: float
    skew: float | None
    text_height: float | None
    noise: float


#: Skews beyond this are a page that lies on its side.
_REACH = 15.0
#: Lines stand out where they are this much stronger at their angle than at the usual one, as `deskew` has it.
_CERTAIN = 1.6


def measure(page: Image) -> Quality:
    """Measure a page.

    Args:
        page: RGB (H, W, 3) uint8.
    """
    from ocr.prepare.denoise import noise_level

    grey = np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.uint8)
    low, high = np.percentile(grey, [1, 99])
    contrast = float(high - low)
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).std())
    marks = ink.marks(page)
    skew = None
    if marks is not None:
        found = ink.lines(ink.points(marks), _REACH)
        skew = found.angle if found.contrast >= _CERTAIN else None
    height = None if marks is None else marks.usual / marks.scale
    return Quality(edges / max(contrast, 1.0), contrast, skew, height, float(noise_level(grey)))
