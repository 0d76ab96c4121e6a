"""Resize and pad with the exact inverse, in pixel-corner coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Letterbox:
    """Where a picture lies inside a network's input: scaled about its top-left corner, padded right and
    below.

    Points are measured from the top-left corner of the top-left pixel, the origin that OpenCV's resize scales
    about as well, so that a point and the ink below it stay together. Nothing else remembers sizes.

    Attributes:
        source: (width, height) of the picture in pixels.
        scaled: (width, height) after resizing, whole pixels.
        padded: (width, height) after padding.
    """

    source: tuple[int, int]
    scaled: tuple[int, int]
    padded: tuple[int, int]

    @classmethod
    def fit(cls, width: int, height: int, scale: float, *, multiple: int = 1, least: int = 1) -> Letterbox:
        """Scale by ``scale`` to whole pixels and pad each side up to ``least`` and to a multiple.

        Args:
            width: picture width in pixels.
            height: picture height in pixels.
            scale: factor above 0 for both sides.
            multiple: padded sides are multiples of this.
            least: padded sides are at least this long.
        """
        scaled = (max(1, round(width * scale)), max(1, round(height * scale)))
        padded = tuple(multiple * math.ceil(max(side, least) / multiple) for side in scaled)
        return cls((width, height), scaled, (padded[0], padded[1]))

    @property
    def factors(self) -> tuple[float, float]:
        """Scale in x and y; they differ by the rounding to whole pixels."""
        return self.scaled[0] / self.source[0], self.scaled[1] / self.source[1]

    def forward(self, points: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Points (..., 2) of the picture in pixels -> of the network's input."""
        return (np.asarray(points, np.float64) * self.factors).astype(np.float32)

    def inverse(self, points: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Points (..., 2) of the network's input in pixels -> of the picture."""
        return (np.asarray(points, np.float64) / self.factors).astype(np.float32)

    def apply(self, image: npt.NDArray[np.uint8], pad: int = 0) -> npt.NDArray[np.uint8]:
        """Resize and pad pixels.

        Args:
            image: (H, W) or (H, W, C) uint8 of the ``source`` size.
            pad: value of the padding, 0 to 255.

        Returns:
            uint8 of the ``padded`` size, the picture at its top left.
        """
        size = (image.shape[1], image.shape[0])
        if size != self.source:
            raise ValueError(f"got a picture of {size}, placed for {self.source}")
        if self.scaled != self.source:
            smaller = self.scaled[0] * self.scaled[1] < self.source[0] * self.source[1]
            kind = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
            image = cv2.resize(image, self.scaled, interpolation=kind)  # type: ignore[assignment]
        right, below = self.padded[0] - self.scaled[0], self.padded[1] - self.scaled[1]
        if right or below:
            value = pad if image.ndim == 2 else (pad,) * image.shape[2]
            image = cv2.copyMakeBorder(  # type: ignore[assignment]
                image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=value
            )
        return image


def warp_to(
    values: npt.NDArray[np.float32], matrix: npt.NDArray[np.float64], size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Values of a map at the points that a matrix takes the pixels of the result to.

    Args:
        values: (H, W) float32.
        matrix: (3, 3) from pixels of the result to pixels of the map, measured from the top-left corner.
        size: (width, height) of the result in pixels.

    Returns:
        (height, width) float32; 0 beside the map.
    """
    # Points are measured from pixel corners, OpenCV's from pixel centres.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(values, np.linalg.inv(half) @ matrix @ half, size, flags=flags)
    return np.asarray(warped, np.float32)
