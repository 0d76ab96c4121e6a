"""Measurements of the quality of a page: sharpness, contrast, skew, text height and noise."""

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
        skew: degrees by which lines of text sink to the right; ``None`` if no lines are detected.
        text_height: median height of letters in pixels; ``None`` if there are too few letters.
        noise: standard deviation of the noise in grey levels.
    """

    sharpness: float
    contrast: float
    skew: float | None
    text_height: float | None
    noise: float


#: Largest skew in degrees that is measured.
_MAX_SKEW = 15.0
#: Least contrast of lines; the default of `deskew`.
_MIN_CONTRAST = 1.6


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
        lines = ink.lines(ink.points(marks), _MAX_SKEW)
        skew = lines.angle if lines.contrast >= _MIN_CONTRAST else None
    height = None if marks is None else marks.usual / marks.scale
    return Quality(edges / max(contrast, 1.0), contrast, skew, height, float(noise_level(grey)))
