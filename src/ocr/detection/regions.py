"""What every decoding of score maps shares: the regions it gives, and the blobs of pixels they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons


@dataclass(frozen=True)
class Region:
    """One detected text region.

    Attributes:
        polygon: (4, 2) float32 in pixels of the map, clockwise from the text's own top-left corner.
        score: how sure the network is of it, in [0, 1].
    """

    polygon: polygons.Polygon
    score: float


@dataclass(frozen=True)
class Decoded:
    """All regions of a page's maps, and whether the limit left some out.

    Attributes:
        regions: best score first.
        left_out: how many regions were over the limit.
    """

    regions: list[Region]
    left_out: int = 0

    def enlarged(self, factor: int) -> Decoded:
        """The same regions in pixels of a picture that is so many times as large as the map."""
        if factor == 1:
            return self
        return Decoded([Region(r.polygon * factor, r.score) for r in self.regions], self.left_out)

    @classmethod
    def best(cls, regions: Sequence[Region], limit: int) -> Decoded:
        """The regions with the best scores, ``limit`` of them at most."""
        ordered = sorted(regions, key=lambda region: -region.score)
        return cls(ordered[:limit], max(0, len(ordered) - limit))


class Blob(NamedTuple):
    """A connected set of pixels and the rotated rectangle of least area around it.

    Attributes:
        contour: (M, 2) int32 pixels of its outer border.
        centre: (x, y) of the rectangle.
        size: (width, height) of the rectangle.
        angle: of the rectangle in degrees, as OpenCV counts it.
    """

    contour: npt.NDArray[np.int32]
    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float

    def box(self, width: float, height: float) -> polygons.Polygon:
        """The rectangle with other sides, as an ordered (4, 2) quad."""
        return polygons.order_quad(cv2.boxPoints((self.centre, (width, height), self.angle)))

    def window(
        self, values: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        """The part of a map (H, W) around the blob, and a mask that is 1 inside the blob's outline."""
        x0, y0 = self.contour.min(axis=0)
        x1, y1 = self.contour.max(axis=0) + 1
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [self.contour - np.array([x0, y0], np.int32)], 1)
        return values[y0:y1, x0:x1], mask


def blobs(binary: npt.NDArray[np.bool_]) -> Iterator[Blob]:
    """The connected sets of true pixels of a map (H, W); pixels that touch at a corner are connected."""
    contours, _ = cv2.findContours(binary.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        points = np.asarray(contour, np.int32).reshape(-1, 2)
        # A contour runs through pixel centres, while the region reaches to the pixels' outer edges.
        (x, y), (w, h), angle = cv2.minAreaRect(points)
        yield Blob(points, (x + 0.5, y + 0.5), (w + 1.0, h + 1.0), angle)
