"""What all decoders of score maps share: text regions, and the connected components they are made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons

#: A component so many times as long as wide tells how the text runs; the rectangle of least area around a shorter one,
#: such as a single figure, stands anyhow.
_TELLING = 3.5
#: Rectangles are turned that are further off than this, in degrees.
_OFF = 5.0
#: Text runs alike within so many widths of the usual component.
_REACH = 12.0


@dataclass(frozen=True)
class Region:
    """One detected text region.

    Attributes:
        polygon: (4, 2) float32 in pixels of the map, clockwise from the text's own top-left corner.
        score: the network's confidence in it, in [0, 1].
    """

    polygon: polygons.Polygon
    score: float


@dataclass(frozen=True)
class Decoded:
    """The regions of a page's maps, and how many the limit left out.

    Attributes:
        regions: best score first.
        left_out: number of regions over the limit.
    """

    regions: list[Region]
    left_out: int = 0

    def enlarged(self, factor: int) -> Decoded:
        """The same regions in pixels of a picture ``factor`` times as large as the map."""
        if factor == 1:
            return self
        return Decoded([Region(r.polygon * factor, r.score) for r in self.regions], self.left_out)

    @classmethod
    def best(
        cls,
        components: ConnectedComponents,
        sizes: npt.NDArray[np.float64],
        scores: npt.NDArray[np.float64],
        limit: int,
    ) -> Decoded:
        """The rectangles of the components with the best scores, at most ``limit``.

        Args:
            components: one for each region.
            sizes: (B, 2) sides of each region's rectangle in pixels, about the component's centre and at its angle.
            scores: (B,) of the regions, in [0, 1].
            limit: most regions.
        """
        chosen = np.argsort(-scores, kind="stable")[:limit]
        quads = polygons.rectangles(components.centres[chosen], sizes[chosen], components.angles[chosen])
        regions = [Region(quad, score) for quad, score in zip(quads, scores[chosen].tolist(), strict=True)]
        return cls(regions, len(scores) - len(regions))


class ConnectedComponents(NamedTuple):
    """Connected sets of pixels, and the rotated rectangle of least area around each.

    Attributes:
        contours: outer border of each, (M, 1, 2) int32 pixels.
        centres: (B, 2) of the rectangles.
        sizes: (B, 2), their sides along the angle and across it.
        angles: (B,) in degrees, clockwise on the screen.
    """

    contours: list[npt.NDArray[np.int32]]
    centres: npt.NDArray[np.float64]
    sizes: npt.NDArray[np.float64]
    angles: npt.NDArray[np.float64]

    @classmethod
    def of(cls, binary: npt.NDArray[np.bool_]) -> ConnectedComponents:
        """The components of the true pixels of a map (H, W), 8-connected."""
        pixels = np.ascontiguousarray(binary).view(np.uint8)
        contours: Any = cv2.findContours(pixels, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
        boxes = np.array(
            [(x, y, w, h, angle) for (x, y), (w, h), angle in map(cv2.minAreaRect, contours)], np.float64
        ).reshape(-1, 5)
        # A contour runs through pixel centres, while the region reaches to the pixels' outer edges.
        return cls(list(contours), boxes[:, :2] + 0.5, boxes[:, 2:4] + 1.0, boxes[:, 4])

    def select(self, mask: npt.NDArray[np.bool_]) -> ConnectedComponents:
        """The components where ``mask`` (B,) is true."""
        contours = [contour for contour, keep in zip(self.contours, mask.tolist(), strict=True) if keep]
        return ConnectedComponents(contours, self.centres[mask], self.sizes[mask], self.angles[mask])

    def levelled(self) -> ConnectedComponents:
        """The components; rectangles around short ones stand at the angle of the long ones near them."""
        long, wide = self.sizes.max(axis=1), self.sizes.min(axis=1)
        telling = long >= _TELLING * wide
        short = np.flatnonzero(~telling)
        if not len(short) or not telling.any():
            return self
        # Squares of directions, because the side that a rectangle begins with is arbitrary: half a turn is none.
        turns = np.radians(
            self.angles[telling] + np.where(self.sizes[telling, 1] > self.sizes[telling, 0], 90, 0)
        )
        places = self.centres / (_REACH * float(np.median(wide[telling])))
        distances = ((places[short, None] - places[telling]) ** 2).sum(axis=2)
        # Those that are far from all others stand as the nearest.
        weights = np.exp(-0.5 * (distances - distances.min(axis=1, keepdims=True))) * long[telling]
        angles = 0.5 * np.angle(weights @ np.exp(2j * turns))
        # A rectangle may begin with any of its sides.
        off = np.abs((np.degrees(angles) - self.angles[short] + 45) % 90 - 45) > _OFF
        if not off.any():
            return self
        short, angles = short[off], angles[off]
        contours = [self.contours[k].reshape(-1, 2) for k in short.tolist()]
        counts = [len(contour) for contour in contours]
        along = np.repeat(np.stack([np.cos(angles), np.sin(angles)], axis=1), counts, axis=0)
        x, y = np.concatenate(contours).T
        levelled = np.stack([x * along[:, 0] + y * along[:, 1], y * along[:, 0] - x * along[:, 1]], axis=1)
        starts = np.cumsum([0, *counts[:-1]])
        low, high = np.minimum.reduceat(levelled, starts), np.maximum.reduceat(levelled, starts)
        (u, v), cos, sin = ((low + high) / 2).T, np.cos(angles), np.sin(angles)
        centres, sizes, turned = self.centres.copy(), self.sizes.copy(), self.angles.copy()
        centres[short] = np.stack([u * cos - v * sin, u * sin + v * cos], axis=1) + 0.5
        sizes[short] = high - low + 1.0
        turned[short] = np.degrees(angles)
        return ConnectedComponents(self.contours, centres, sizes, turned)

    def means(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Mean of a map (H, W) inside the outline of each."""
        return means(self.contours, values)

    def maxima(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Maximum of a map (H, W) inside the outline of each."""
        return np.array([cv2.minMaxLoc(*_window(c, values))[1] for c in self.contours], np.float64)


def means(
    contours: Iterable[npt.NDArray[np.int32]], values: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Mean of a map (H, W) inside each of contours (M, 1, 2) int32 pixels of it, their borders included."""
    return np.array([cv2.mean(*_window(contour, values))[0] for contour in contours], np.float64)


def _window(
    contour: npt.NDArray[np.int32], values: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """The part of a map (H, W) around a contour, and a mask that is 1 inside it."""
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour], 1, offset=(-x, -y))
    return values[y : y + height, x : x + width], mask
