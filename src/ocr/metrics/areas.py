"""Areas as CLEval measures them: of polygons whose points are cut to whole pixels, with holes and several pieces.

`ocr.polygons` keeps one polygon with positive area at 1/256 px, which is right for text regions; to reproduce
the published figures, this measure needs the raw polygon, even if invalid, and differences of regions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyclipper

from ocr.polygons import FAR

Paths = list[list[tuple[int, int]]]
Whole = npt.NDArray[np.int64]

#: Clipper rounds crossings to its unit: 65,536 of them a pixel keep areas exact to far below float32.
_SHIFT = 16


def truncate(polygon: npt.ArrayLike) -> Whole:
    """(N, 2) points cut towards zero to whole pixels, as int64; one beyond `FAR` is moved to it."""
    return np.trunc(np.clip(np.asarray(polygon, np.float64), -FAR, FAR)).astype(np.int64)


def area(polygon: Whole) -> float:
    """Area in square pixels; the parts of a self-intersecting polygon cancel out."""
    x, y = polygon[:, 0], polygon[:, 1]
    return abs(int(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2.0


def shared_areas(truths: Sequence[Whole], predictions: Sequence[Whole]) -> npt.NDArray[np.float64]:
    """(T, P) areas in square pixels that T polygons share with P others."""
    shared = np.zeros((len(truths), len(predictions)), np.float64)
    if shared.size == 0:
        return shared
    a, b = _boxes(truths)[:, None], _boxes(predictions)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    touching = (sides > 0).all(axis=2)
    upright = np.logical_and.outer([_is_box(t) for t in truths], [_is_box(p) for p in predictions])
    boxes = touching & upright
    shared[boxes] = sides[boxes].prod(axis=1)
    for t, p in np.argwhere(touching & ~upright):
        shared[t, p] = shared_area(paths(truths[t]), predictions[p])
    return shared


def shared_area(region: Paths, polygon: Whole) -> float:
    """Area in square pixels that a region, holes included, shares with a polygon."""
    return _total(_boolean(region, paths(polygon), pyclipper.CT_INTERSECTION))


def without(region: Paths, others: Sequence[Whole]) -> Paths:
    """A region minus other polygons."""
    for other in others:
        region = _boolean(region, paths(other), pyclipper.CT_DIFFERENCE)
    return region


def paths(polygon: Whole) -> Paths:
    """A polygon as a region of one path."""
    return [[(x, y) for x, y in (polygon << _SHIFT).tolist()]]


def inside(points: npt.NDArray[np.float64], polygon: Whole) -> npt.NDArray[np.bool_]:
    """Whether (M, 2) points lie in the polygon, by crossings of a ray to the right.

    A point on an upper or left edge is in, one on a lower or right edge is out.
    """
    x, y = points[:, 0:1], points[:, 1:2]
    x0, y0 = polygon[:, 0].astype(np.float64), polygon[:, 1].astype(np.float64)
    x1, y1 = np.roll(x0, 1), np.roll(y0, 1)
    crosses = (y0 > y) != (y1 > y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    crosses &= x < (x1 - x0) * (y - y0) / rise + x0
    odd: npt.NDArray[np.bool_] = (crosses.sum(axis=1) % 2).astype(np.bool_)
    return odd


def _boxes(polygons: Sequence[Whole]) -> Whole:
    return np.array([[*p.min(axis=0), *p.max(axis=0)] for p in polygons], np.int64)


def _is_box(polygon: Whole) -> bool:
    if len(polygon) != 4:
        return False
    x, y = polygon.T.tolist()
    across = y[0] == y[1] and x[1] == x[2] and y[2] == y[3] and x[3] == x[0]
    down = x[0] == x[1] and y[1] == y[2] and x[2] == x[3] and y[3] == y[0]
    return bool(across or down)


def _boolean(region: Paths, others: Paths, kind: int) -> Paths:
    clipper = pyclipper.Pyclipper()
    try:
        clipper.AddPaths(region, pyclipper.PT_SUBJECT, True)
    except pyclipper.ClipperException:  # nothing of positive area
        return []
    try:
        clipper.AddPaths(others, pyclipper.PT_CLIP, True)
    except pyclipper.ClipperException:
        return region if kind == pyclipper.CT_DIFFERENCE else []
    result: Paths = clipper.Execute(kind, pyclipper.PFT_EVENODD, pyclipper.PFT_EVENODD)
    return result


def _total(region: Paths) -> float:
    # Clipper gives holes the other direction, so signed areas add up to the region's.
    return float(sum(pyclipper.Area(path) for path in region)) / float(1 << (2 * _SHIFT))
