"""Removing noise from a page while keeping its edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Choice, Number, setting


@dataclass(frozen=True)
class Denoise(Parameters):
    """Parameters of `denoise`."""

    method: str = setting(
        "bilateral",
        Choice("bilateral", "nlmeans"),
        "``bilateral`` (quick), or ``nlmeans`` (non-local means: better, a second and more for a large page)",
    )
    strength: float = setting(2.0, Number(0.1, 10.0), "smoothing as a multiple of the measured noise")
    least_noise: float = setting(
        3.0,
        Number(0.0, 100.0),
        "a page with less noise is not changed; standard deviation in levels of 255",
    )


def denoise(page: Image, parameters: Denoise = Denoise()) -> Result:
    """Smooth a page in proportion to its noise.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: method, strength and threshold.

    Returns:
        The page with the figure ``noise``, a standard deviation in levels of 255.
    """
    sigma = noise_level(np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.uint8))
    figures = {"noise": sigma}
    if sigma < max(parameters.least_noise, 1e-3):
        return Result(page, None, figures)
    level = parameters.strength * sigma
    if parameters.method == "nlmeans":
        smooth = cv2.fastNlMeansDenoisingColored(page, None, level / 2, level / 2, 5, 15)
    else:
        smooth = cv2.bilateralFilter(page, 5, 2 * level, 1.5)
    return Result(np.asarray(smooth, np.uint8), None, figures)


def noise_level(grey: npt.NDArray[np.uint8]) -> float:
    """Standard deviation of the noise of a grey (H, W) uint8 picture, in levels of 255.

    The median response of a mask that is insensitive to constant and linear brightness (Immerkær, 1996); the median
    excludes letters.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(np.asarray(cv2.filter2D(grey, cv2.CV_32F, mask), np.float32))
    # Saturated pixels show only half of the noise.
    unsaturated = response[(grey > 4) & (grey < 251)]
    return float(np.median(unsaturated)) / (6 * 0.6745) if unsaturated.size >= 64 else 0.0
