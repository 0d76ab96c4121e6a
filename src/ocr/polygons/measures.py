"""Area, outline, box and thickness of polygons."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

Polygon = npt.NDArray[np.float32]


def is_outline(points: npt.NDArray[np.generic]) -> bool:
    """Whether an array has the shape of a polygon, (N, 2) with N >= 3, whatever its values."""
    return points.ndim == 2 and points.shape[1] == 2 and len(points) >= 3


def is_finite(polygon: npt.ArrayLike) -> bool:
    """Whether no coordinate is infinite or not a number."""
    return bool(np.isfinite(np.asarray(polygon, np.float64)).all())


def signed_area(polygon: npt.ArrayLike) -> float:
    """Area in square pixels by the shoelace formula, positive where the polygon runs clockwise on the screen."""
    p = np.asarray(polygon, np.float64)
    p = p - p[0]
    x, y = p[:, 0], p[:, 1]
    # The first point is the origin now, so the closing edge adds nothing.
    return float(0.5 * (x[:-1] @ y[1:] - x[1:] @ y[:-1]))


def area(polygon: npt.ArrayLike) -> float:
    """Area in square pixels, whatever the direction."""
    return abs(signed_area(polygon))


def perimeter(polygon: npt.ArrayLike) -> float:
    """Length of the closed outline in pixels."""
    p = np.asarray(polygon, np.float64)
    return float(np.linalg.norm(p - np.roll(p, -1, axis=0), axis=1).sum())


def bounds(polygon: npt.ArrayLike) -> tuple[float, float, float, float]:
    """Axis-aligned box (x0, y0, x1, y1) in pixels."""
    p = np.asarray(polygon, np.float64)
    x0, y0 = p.min(axis=0)
    x1, y1 = p.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def sides(quad: npt.ArrayLike) -> tuple[float, float]:
    """Width and height of a quad in pixels: the means of its sides along the text and across it."""
    # Plain numbers are faster than arrays for a quad.
    first, second, third, fourth = np.asarray(quad, np.float32).reshape(4, 2).tolist()
    along = math.dist(first, second) + math.dist(fourth, third)
    across = math.dist(first, fourth) + math.dist(second, third)
    return along / 2, across / 2


def thickness(polygon: npt.ArrayLike) -> float:
    """The short side in pixels of the rotated rectangle of least area: the height of a line of text."""
    _, (w, h), _ = cv2.minAreaRect(np.asarray(polygon, np.float32).reshape(-1, 1, 2))
    return float(min(w, h))


def thicknesses(quads: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The shorter of the two mean lengths of opposite sides, (Q, 4, 2) -> (Q,): the `thickness` of rectangles."""
    p = np.asarray(quads, np.float64)
    sides = np.roll(p, -1, axis=1) - p
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    return np.asarray(0.5 * np.minimum(lengths[:, 0] + lengths[:, 2], lengths[:, 1] + lengths[:, 3]))


def overhang(polygon: npt.ArrayLike, width: float, height: float) -> float:
    """Distance in pixels of the farthest point outside the image; 0 if all lie inside or one is not finite."""
    if not is_finite(polygon):
        return 0.0
    x0, y0, x1, y1 = bounds(polygon)
    return max(0.0, -x0, -y0, x1 - width, y1 - height)


def is_simple(polygon: npt.ArrayLike) -> bool:
    """Whether no two edges cross (edges that share an end point do not count)."""
    p = np.asarray(polygon, np.float64)
    n = len(p)
    if n == 3:
        return True
    a, b = p, np.roll(p, -1, axis=0)
    i, j = np.triu_indices(n, 2)
    keep = ~((i == 0) & (j == n - 1))
    i, j = i[keep], j[keep]

    def side(o: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.asarray(
            (u[:, 0] - o[:, 0]) * (v[:, 1] - o[:, 1]) - (u[:, 1] - o[:, 1]) * (v[:, 0] - o[:, 0])
        )

    crossing = (side(a[i], b[i], a[j]) * side(a[i], b[i], b[j]) < 0) & (
        side(a[j], b[j], a[i]) * side(a[j], b[j], b[i]) < 0
    )
    return not bool(crossing.any())


def are_convex(polygons: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """For each of several simple polygons (Q, N, 2), whether it runs clockwise, without dents or repeated points.

    Returns:
        (Q,) bool.
    """
    p = np.asarray(polygons, np.float64)
    sides = np.roll(p, -1, axis=1) - p
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    following = np.roll(sides, -1, axis=1)
    turns = sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0]
    # The tolerance accepts points along a straight side after rounding.
    least = -1e-5 * lengths * np.roll(lengths, -1, axis=1)
    return np.asarray((turns >= least).all(axis=1) & (turns > 0).any(axis=1) & (lengths > 0).all(axis=1))
