"""Order of points: clockwise from the text's own top-left corner."""

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
    quad: Polygon = order_quads(np.asarray(points, np.float64).reshape(1, 4, 2))[0]
    return quad


def order_quads(points: npt.ArrayLike) -> Polygon:
    """`order_quad` of several quads at once, (Q, 4, 2) -> (Q, 4, 2) float32."""
    p = np.asarray(points, np.float64).reshape(-1, 4, 2)
    spokes = p - p.mean(axis=1, keepdims=True)
    around = np.argsort(np.arctan2(spokes[..., 1], spokes[..., 0]), axis=1, kind="stable")
    p = np.take_along_axis(p, around[..., None], axis=1)
    # Clockwise on the screen now: angles grow clockwise with y down.
    sides = np.roll(p, -1, axis=1) - p
    return _started(p, np.hypot(sides[..., 0], sides[..., 1]), sides - np.roll(sides, -2, axis=1))


def _started(
    quads: npt.NDArray[np.float64], lengths: npt.NDArray[np.float64], directions: npt.NDArray[np.float64]
) -> Polygon:
    """Clockwise quads (Q, 4, 2), started at the text's own top-left corner.

    Args:
        quads: start at any of their corners.
        lengths: (Q, 4) of the sides.
        directions: (Q, 4, 2), the mean direction of each side and the one opposite, as the side runs.
    """
    far = np.hypot(directions[..., 0], directions[..., 1])
    far[far == 0] = 1.0
    # Slightly prefers downward over upward for exactly vertical text, so that the order is unique.
    rightward = (directions[..., 0] + 1e-3 * directions[..., 1]) / far
    along, across = lengths[:, 0] + lengths[:, 2], lengths[:, 1] + lengths[:, 3]
    clear = np.maximum(along, across) > 1.5 * np.minimum(along, across)
    rightward[clear & (along > across), 1::2] = -np.inf
    rightward[clear & (along <= across), 0::2] = -np.inf
    turned = (rightward.argmax(axis=1)[:, None] + np.arange(4)) % 4
    return np.asarray(quads[np.arange(len(quads))[:, None], turned], np.float32)


def rectangles(centres: npt.ArrayLike, sizes: npt.ArrayLike, angles: npt.ArrayLike) -> Polygon:
    """Rotated rectangles as ordered quads.

    Args:
        centres: (Q, 2) in pixels.
        sizes: (Q, 2), the sides along the angle and across it.
        angles: (Q,) in degrees, clockwise on the screen.

    Returns:
        (Q, 4, 2) float32.
    """
    turn = np.radians(np.asarray(angles, np.float64).reshape(-1))
    size = np.asarray(sizes, np.float64).reshape(-1, 2)
    along = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    across = along[:, ::-1] * (-1.0, 1.0)
    x, y = 0.5 * size[:, :1] * along, 0.5 * size[:, 1:] * across
    corners = np.stack([-x - y, x - y, x + y, y - x], axis=1)
    corners += np.asarray(centres, np.float64).reshape(-1, 1, 2)
    return _started(corners, size[:, [0, 1, 0, 1]], np.stack([along, across, -along, -across], axis=1))


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
