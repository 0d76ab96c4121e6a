"""Where a pixel of the text map counts more than another: between lines of one row, and on the shortest lines.

Both are few pixels, which an even mean hardly feels, while each of them decides about a whole line: U-Net weighs the
seams between touching cells for the same reason (Ronneberger et al., MICCAI 2015, equation 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.errors import BadConfiguration

#: Lines are of one row where their middles are off by less than this share of the lower one's height.
_ROW = 0.5
#: Gaps from somewhat overlapping lines to this many line heights are weighed: wider ones are no question.
_GAP = (-0.3, 2.0)
#: Shorter than so many times its height a line is a figure or two.
_SHORT = 2.0
#: Binary digits of a pixel's fraction in OpenCV's drawing.
_DIGITS = 4


@dataclass(frozen=True)
class PixelWeights:
    """What pixels count where lines could be joined or overlooked, to 1 of any other.

    Attributes:
        gaps: between the shrunk insides of neighbours in a row, a whole number from 1 to 255.
        short: on lines of a figure or two and their surroundings, likewise.
    """

    gaps: int = 4
    short: int = 3

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 255:
                raise BadConfiguration(f"{name} is {value!r}; expected a whole number from 1 to 255")

    def draw(self, weight: npt.NDArray[np.uint8], quads: Sequence[npt.ArrayLike], ratio: float) -> None:
        """Raise the weights of a map.

        Args:
            weight: (H, W), changed in place.
            quads: (4, 2) outlines of lines in pixels of the map, clockwise from the text's own top-left corner.
            ratio: shrink ratio of the text map.
        """
        if not len(quads):
            return
        corners = np.asarray(quads, np.float64)
        along = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2
        down = (corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1]) / 2
        width, height = np.linalg.norm(along, axis=1), np.linalg.norm(down, axis=1)
        along /= np.maximum(width, 1e-6)[:, None]
        across = np.column_stack([-along[:, 1], along[:, 0]])
        reach = polygons.shrink_distances(corners, ratio)
        for k in np.flatnonzero(width < _SHORT * height).tolist():
            middle = corners[k].mean(axis=0)
            _fill(weight, middle + (corners[k] - middle) * (1 + 2 * reach[k] / height[k]), self.short)
        centres = corners.mean(axis=1)
        apart = centres[None] - centres[:, None]
        ahead, beside = (np.einsum("ijk,ik->ij", apart, axis) for axis in (along, across))
        gap = ahead - (width[:, None] + width[None]) / 2
        tall = (height[:, None] + height[None]) / 2
        near = np.abs(beside) < _ROW * np.minimum(height[:, None], height[None])
        near &= (ahead > 0) & (gap > _GAP[0] * tall) & (gap < _GAP[1] * tall)
        for left, right in np.argwhere(near).tolist():
            ends = corners[left, 1:3] - reach[left] * along[left]
            starts = corners[right][[3, 0]] + reach[right] * along[right]
            _fill(weight, np.concatenate([ends, starts]), self.gaps)


def _fill(weight: npt.NDArray[np.uint8], outline: npt.NDArray[np.float64], value: int) -> None:
    points = np.round((outline - 0.5) * 2**_DIGITS).astype(np.int32)
    x0, y0 = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(outline.max(axis=0)).astype(int) + 1, weight.shape[::-1])
    if x1 <= x0 or y1 <= y0:
        return
    drawn = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(drawn, points - np.array([x0, y0], np.int32) * 2**_DIGITS, value, cv2.LINE_8, _DIGITS)
    window = weight[y0:y1, x0:x1]
    np.maximum(window, drawn, out=window)
