"""Augmentation of geometry: one matrix for all of it.

Scale, aspect, rotation, perspective and crop are one matrix, so that a picture is resampled once and its polygons move
by the very same matrix. Everything follows from the generator given in; the same seed gives the same picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.errors import BadConfiguration

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GeometryRange:
    """How far a training crop may differ from its page.

    Attributes:
        short_side: the page's short side is first taken to this many pixels, as at inference.
        scale: least and greatest further scale; drawn evenly in its logarithm.
        aspect: greatest stretch of x against y, as a factor >= 1.
        rotation: standard deviation of the rotation in degrees.
        wide_rotation: share of the crops that are turned evenly within ± 15 degrees instead.
        perspective: standard deviation of a corner's displacement, as a share of the crop.
    """

    short_side: int = 640
    scale: tuple[float, float] = (0.6, 1.5)
    aspect: float = 1.15
    rotation: float = 1.0
    wide_rotation: float = 0.1
    perspective: float = 0.01

    def __post_init__(self) -> None:
        low, high = self.scale
        if not (0 < low <= high and self.aspect >= 1 and self.short_side > 0):
            raise BadConfiguration(
                f"scale is {list(self.scale)}, aspect {self.aspect} and short_side {self.short_side}; expected "
                "0 < scale[0] <= scale[1], aspect >= 1 and short_side > 0"
            )
        if min(self.rotation, self.perspective) < 0 or not 0 <= self.wide_rotation <= 1:
            raise BadConfiguration(
                f"rotation is {self.rotation}, perspective {self.perspective} and wide_rotation {self.wide_rotation}; "
                "expected the first two not below 0 and the last between 0 and 1"
            )


def crop_matrix(
    rng: np.random.Generator, page: tuple[int, int], focus: npt.ArrayLike, size: int, limits: GeometryRange
) -> Matrix:
    """The 3 × 3 matrix from page pixels to those of a square training crop.

    Args:
        rng: drawn from, nothing else is random.
        page: (height, width) of the page.
        focus: the page point (x, y) that lands somewhere inside the crop.
        size: side of the crop in pixels.
        limits: how far to go.
    """
    scale = (
        limits.short_side
        / min(page)
        * math.exp(rng.uniform(math.log(limits.scale[0]), math.log(limits.scale[1])))
    )
    stretch = math.exp(rng.uniform(-1, 1) * math.log(limits.aspect) / 2)
    angle = rng.uniform(-15, 15) if rng.random() < limits.wide_rotation else rng.normal(0, limits.rotation)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    linear = np.array([[c, -s], [s, c]]) @ np.diag([scale * stretch, scale / stretch])
    landing = rng.uniform(0.2, 0.8, 2) * size
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = landing - linear @ np.asarray(focus, np.float64)
    # Keep the crop on the page where the page is large enough: half a crop of margin teaches nothing.
    h, w = page
    corners = polygons.transform([[0, 0], [w, 0], [w, h], [0, h]], matrix)
    for axis in (0, 1):
        low, high = float(corners[:, axis].min()), float(corners[:, axis].max())
        slack = 0.15 * size * rng.random()
        if high - low > size:
            matrix[axis, 2] -= max(low - slack, 0.0) + min(high - size + slack, 0.0)
        else:
            matrix[axis, 2] += rng.uniform(0, size - (high - low)) - low
    if limits.perspective > 0:
        square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
        moved = square + rng.normal(0, limits.perspective * size, (4, 2)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(square, moved) @ matrix
    return matrix


def warp(image: Grey, matrix: Matrix, width: int, height: int, fill: int) -> Grey:
    """Resample a grey page through a matrix between pixel-corner coordinates."""
    shrink = math.sqrt(abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]))
    # A bilinear warp that shrinks by more than a half would skip pixels; area interpolation at inference does not.
    if shrink < 0.6:
        image, matrix = _halved(image, matrix, width, height)
        return warp(image, matrix, width, height, fill)
    # OpenCV's coordinates are those of pixel centres.
    to_centre, to_corner = np.eye(3), np.eye(3)
    to_centre[:2, 2], to_corner[:2, 2] = -0.5, 0.5
    moved = cv2.warpPerspective(
        image, to_centre @ matrix @ to_corner, (width, height), flags=cv2.INTER_LINEAR, borderValue=fill
    )
    return np.asarray(moved, np.uint8)


def _halved(image: Grey, matrix: Matrix, width: int, height: int) -> tuple[Grey, Matrix]:
    """The part of a page that comes to lie in the result, at half its size, and the matrix from there."""
    seen = polygons.transform([[0, 0], [width, 0], [width, height], [0, height]], np.linalg.inv(matrix))
    x0, y0, x1, y1 = polygons.bounds(seen)
    # Some pixels more for the interpolation, and even ends, so that the halves are those of the whole page.
    left, top = (max(0, 2 * int(low / 2 - 4)) for low in (x0, y0))
    right, bottom = (
        min(2 * int(high / 2 + 4), end) for high, end in ((x1, image.shape[1]), (y1, image.shape[0]))
    )
    if right - left < 2 or bottom - top < 2:
        left, top, right, bottom = 0, 0, image.shape[1], image.shape[0]
    part = image[top:bottom, left:right]
    small = np.asarray(cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    back = np.diag([part.shape[1] / small.shape[1], part.shape[0] / small.shape[0], 1.0])
    back[:2, 2] = left, top
    return small, matrix @ back
