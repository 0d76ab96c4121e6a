"""Shrinking of polygons for target maps, and growing at decoding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyclipper

from ocr.polygons.clipping import FAR, UNITS, from_units, largest, to_units
from ocr.polygons.measures import Polygon, area, perimeter


def offset(polygon: npt.ArrayLike, distance: float) -> list[Polygon]:
    """Grow (positive) or shrink (negative) by a distance in pixels with round joins (Vatti clipping).

    Returns:
        The resulting polygons, clockwise: none if the polygon vanishes or would grow out of all bounds, several if
        shrinking splits it.
    """
    if not abs(distance) <= FAR:
        return []
    engine = pyclipper.PyclipperOffset(2.0, 0.25 * UNITS)
    try:
        engine.AddPath(to_units(polygon), pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    except pyclipper.ClipperException:
        return []
    return [from_units(path) for path in engine.Execute(distance * UNITS)]


def shrink(polygon: npt.ArrayLike, ratio: float) -> list[Polygon]:
    """Shrink by D = A (1 - r²) / L as DBNet does for its probability map (Liao et al., 2020, equation 10).

    Args:
        polygon: (N, 2) in pixels.
        ratio: shrink ratio r in (0, 1]; A is the area and L the perimeter.
    """
    return offset(polygon, -shrink_distance(polygon, ratio))


def shrink_distance(polygon: npt.ArrayLike, ratio: float) -> float:
    """D = A (1 - r²) / L in pixels (Liao et al., 2020, equation 10)."""
    length = perimeter(polygon)
    return area(polygon) * (1.0 - ratio * ratio) / length if length > 0 else 0.0


def shrink_distances(polygons: npt.ArrayLike, ratio: float) -> npt.NDArray[np.float64]:
    """`shrink_distance` of several polygons with as many points each, (Q, N, 2) -> (Q,)."""
    p = np.asarray(polygons, np.float64)
    # Relative to each polygon's first point, for precision at large coordinates.
    x, y = np.moveaxis(p - p[:, :1], -1, 0)
    areas = 0.5 * np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1))
    lengths = np.linalg.norm(p - np.roll(p, -1, axis=1), axis=2).sum(axis=1)
    return np.asarray(areas * (1.0 - ratio * ratio) / np.maximum(lengths, 1e-12))


def unclip(polygon: npt.ArrayLike, ratio: float) -> Polygon | None:
    """Grow by D' = A' r' / L' (Liao et al., 2020, section 3.4), the inverse of `shrink` at decoding."""
    length = perimeter(polygon)
    if length <= 0:
        return None
    return largest(offset(polygon, area(polygon) * ratio / length))


def grown_rectangles(
    sizes: npt.ArrayLike, ratio: float, unclip_ratio: float | None
) -> npt.NDArray[np.float64]:
    """Sizes of rectangles before they were shrunk.

    Args:
        sizes: (Q, 2) sides of the shrunk rectangles, in pixels.
        ratio: their shrink ratio r, in (0, 1).
        unclip_ratio: r' of the paper's D' = A' r' / L'. ``None`` solves D = A (1 - r²) / L for the unknown original,
            the quadratic 4 (1 - c) D² + (1 - 2c) (w' + h') D - c w' h' = 0 with c = (1 - r²) / 2. The paper's formula
            grows long lines too little: with r = 0.4 a line much wider than high ends at 0.4 of its height.

    Returns:
        (Q, 2).
    """
    shrunk = np.asarray(sizes, np.float64).reshape(-1, 2)
    area, around = shrunk.prod(axis=1), shrunk.sum(axis=1)
    if unclip_ratio is not None:
        distance = area * unclip_ratio / (2 * around)
    else:
        c = (1 - ratio * ratio) / 2
        a, b = 4 * (1 - c), (1 - 2 * c) * around
        distance = (-b + np.sqrt(b * b + 4 * a * c * area)) / (2 * a)
    return np.asarray(shrunk + 2 * distance[:, None])


def grown_heat(width: float, height: float, sigma: float, level: float) -> tuple[float, float]:
    """Size of the rectangle of a line, from the size of its region score above a level.

    A character's heat is a Gaussian whose standard deviation is ``sigma`` of the character's side (Baek et al., 2019,
    section 3.2.1): above ``level`` it reaches r = sigma · sqrt(2 ln(1 / level)) of a side from the middle, where the
    character itself reaches a half. The ends of a line are taken to be characters half as wide as high.

    Args:
        width: side of the rectangle around the heat, in pixels.
        height: the other side.
        sigma: in [0, 1]; 0 gives the rectangle itself.
        level: in (0, 1).
    """
    reach = sigma * float(np.sqrt(2.0 * np.log(1.0 / level)))
    if not 0.0 < reach < 0.5:
        return width, height
    tall = min(width, height) * 0.5 / reach
    wide = max(width, height) + (0.5 - reach) * tall
    return (wide, tall) if width >= height else (tall, wide)
