"""Intersection of polygons with each other and with the image, by Clipper."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyclipper

from ocr.polygons.measures import Polygon, area, bounds, signed_area

#: Clipper works on integers; this many units stand for one pixel.
UNITS = 256.0
#: Pixels up to which a polygon is handed to Clipper, more than any picture has. Near the end of its integers Clipper
#: takes hours, and behind it ends the process.
FAR = 2.0**24


def clip(polygon: npt.ArrayLike, width: float, height: float) -> Polygon | None:
    """The part of the polygon inside the image (its largest piece), or ``None`` if it lies outside.

    It starts at the point nearest to the polygon's own start, which carries the reading direction; it can have
    more points than went in.
    """
    p = np.asarray(polygon, np.float64).reshape(-1, 2)
    points = p.tolist()
    if all(0 <= x <= width and 0 <= y <= height for x, y in points):
        return p.astype(np.float32)
    if _turns_one_way(points):
        cut = _cut(points, float(width), float(height))
        if len(cut) < 3:
            return None
        start = min(range(len(cut)), key=lambda k: math.dist(cut[k], points[0]))
        return np.array(cut[start:] + cut[:start], np.float32)
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    inside = largest(combined(p, frame, pyclipper.CT_INTERSECTION))
    if inside is None:
        return None
    distances = np.linalg.norm(inside - p[0], axis=1)
    return np.ascontiguousarray(np.roll(inside, -int(distances.argmin()), axis=0))


def _turns_one_way(points: list[list[float]]) -> bool:
    """Whether a simple polygon is convex and runs clockwise. Plain numbers are faster than arrays for a quad."""
    (ax, ay), (bx, by) = points[-2], points[-1]
    for cx, cy in points:
        if (bx - ax) * (cy - by) - (by - ay) * (cx - bx) <= 0:
            return False
        ax, ay, bx, by = bx, by, cx, cy
    # A clockwise quad has four such corners; more could go around twice, as a pentagram does.
    return len(points) <= 4


def _cut(points: list[list[float]], width: float, height: float) -> list[list[float]]:
    """The part of a convex polygon in [0, width] × [0, height], one border after another (Sutherland–Hodgman)."""
    for axis, limit, sign in ((0, 0.0, 1.0), (0, width, -1.0), (1, 0.0, 1.0), (1, height, -1.0)):
        clipped: list[list[float]] = []
        for a, b in zip(points[-1:] + points[:-1], points, strict=True):
            from_a, from_b = sign * (a[axis] - limit), sign * (b[axis] - limit)
            if (from_a < 0) != (from_b < 0):
                share = from_a / (from_a - from_b)
                crossing = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
                crossing[axis] = limit
                if crossing != b:
                    clipped.append(crossing)
            if from_b >= 0:
                clipped.append(b)
        points = clipped
        if not points:
            break
    points = [point for point, last in zip(points, points[-1:] + points[:-1], strict=True) if point != last]
    flat = all(x == points[0][0] for x, _ in points) or all(y == points[0][1] for _, y in points)
    return [] if flat else points


def intersection_area(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Area in square pixels that two simple polygons share."""
    ax0, ay0, ax1, ay1 = bounds(a)
    bx0, by0, bx1, by1 = bounds(b)
    if ax1 <= bx0 or bx1 <= ax0 or ay1 <= by0 or by1 <= ay0:
        return 0.0
    return float(sum(signed_area(p) for p in combined(a, b, pyclipper.CT_INTERSECTION)))


def iou(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Intersection over union in [0, 1]."""
    shared = intersection_area(a, b)
    if shared <= 0:
        return 0.0
    return min(1.0, shared / (area(a) + area(b) - shared))


def combined(a: npt.ArrayLike, b: npt.ArrayLike, kind: int) -> list[Polygon]:
    """The pieces of a boolean operation of Clipper (``pyclipper.CT_…``) on two polygons; none where one is far away."""
    clipper = pyclipper.Pyclipper()
    try:
        clipper.AddPath(to_units(a), pyclipper.PT_SUBJECT, True)
        clipper.AddPath(to_units(b), pyclipper.PT_CLIP, True)
        paths = clipper.Execute(kind, pyclipper.PFT_NONZERO, pyclipper.PFT_NONZERO)
    except pyclipper.ClipperException:
        return []
    return [from_units(path) for path in paths if len(path) >= 3]


def untangled(polygon: npt.ArrayLike) -> list[Polygon]:
    """A self-intersecting polygon as simple polygons."""
    try:
        units = _whole_units(polygon).tolist()
        return [from_units(path) for path in pyclipper.SimplifyPolygon(units, pyclipper.PFT_NONZERO)]
    except pyclipper.ClipperException:
        return []


def largest(polygons: Sequence[Polygon]) -> Polygon | None:
    """The polygon of greatest area; ``None`` if there is none of positive area."""
    best = max(polygons, key=area, default=None)
    return best if best is not None and area(best) > 0 else None


def to_units(polygon: npt.ArrayLike) -> list[tuple[int, int]]:
    """Points in Clipper's integers, clockwise.

    Raises:
        ClipperException: of pyclipper; a point is farther from the origin than `FAR`.
    """
    scaled = _whole_units(polygon)
    if signed_area(scaled) < 0:
        scaled = scaled[::-1]
    return [tuple(point) for point in scaled.tolist()]


def _whole_units(polygon: npt.ArrayLike) -> npt.NDArray[np.int64]:
    p = np.asarray(polygon, np.float64).reshape(-1, 2)
    # Not the other way round: nothing is true of what is no number.
    if not (np.abs(p) <= FAR).all():
        raise pyclipper.ClipperException("a point is too far away")
    return np.rint(p * UNITS).astype(np.int64)


def from_units(path: Sequence[Sequence[int]]) -> Polygon:
    """A path of Clipper as a clockwise polygon in pixels."""
    p = (np.asarray(path, np.float64) / UNITS).astype(np.float32)
    return p if signed_area(p) > 0 else np.ascontiguousarray(p[::-1])
