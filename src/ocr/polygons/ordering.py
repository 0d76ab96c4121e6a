"""The one order of points: clockwise from the text's own top-left corner."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr.polygons.measures import Polygon, signed_area


def order_quad(points: npt.ArrayLike) -> Polygon:
    """Order four points clockwise from the text's own top-left corner, taking text to run along the longer sides.

    Args:
        points: (4, 2) in any order, in pixels.

    Returns:
        (4, 2) float32. The first side points to the right (within 45° where the quad is longer than wide by less
        than half, so that a square or a short upright word is not taken for vertical text).
    """
    p = np.asarray(points, np.float64).reshape(4, 2)
    centre = p.mean(axis=0)
    p = p[np.argsort(np.arctan2(p[:, 1] - centre[1], p[:, 0] - centre[0]), kind="stable")]
    # Clockwise on the screen now (angles grow clockwise with y down). Choose the start by the reading direction.
    sides = np.roll(p, -1, axis=0) - p
    lengths = np.linalg.norm(sides, axis=1)
    along = lengths[0] + lengths[2]
    across = lengths[1] + lengths[3]
    # Mean direction of the two opposite pairs of sides, both measured for "first side runs left to right".
    starts = range(4)
    if max(along, across) > 1.5 * min(along, across):
        starts = (0, 2) if along > across else (1, 3)  # type: ignore[assignment]

    def rightward(k: int) -> float:
        d = (p[(k + 1) % 4] - p[k]) + (p[(k + 2) % 4] - p[(k + 3) % 4])
        length = float(np.hypot(d[0], d[1])) or 1.0
        # Slightly prefers downward over upward for exactly vertical text, so that the answer is unique.
        return float(d[0] + 1e-3 * d[1]) / length

    first = max(starts, key=rightward)
    return np.ascontiguousarray(np.roll(p, -first, axis=0), np.float32)


def order(points: npt.ArrayLike) -> Polygon:
    """Make a polygon clockwise; a quad is also started at its own top-left corner."""
    p = np.asarray(points, np.float32).reshape(-1, 2)
    if len(p) == 4:
        return order_quad(p)
    return np.ascontiguousarray(p if signed_area(p) > 0 else np.roll(p[::-1], 1, axis=0), np.float32)


def min_area_quad(points: npt.ArrayLike) -> Polygon:
    """The rotated rectangle of least area around the points, as an ordered (4, 2) quad."""
    return order_quad(cv2.boxPoints(cv2.minAreaRect(np.asarray(points, np.float32).reshape(-1, 1, 2))))


def to_quad(polygon: npt.ArrayLike) -> Polygon:
    """The polygon itself where it is a quad (its order is kept), else its `min_area_quad`."""
    p = np.asarray(polygon, np.float32).reshape(-1, 2)
    return p if len(p) == 4 else min_area_quad(p)
