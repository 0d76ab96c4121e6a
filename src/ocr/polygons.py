"""All polygon rules and geometry; nothing else in the package checks, orders, clips or offsets polygons.

Coordinates are pixels of the upright image, x right, y down, the origin at the top-left corner of the top-left pixel.
A polygon is an (N, 2) float32 array with N >= 3, clockwise as seen on the screen, starting at the text's own top-left
corner. A quad is a polygon with N = 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pyclipper

Polygon = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

#: A point at most this many pixels outside the image is moved onto its edge.
CLIP_TOLERANCE = 3.0
#: A polygon clipped to the image is dropped where a smaller share of its area remains.
KEPT_AREA = 0.5
#: Clipper works on integers; this many units stand for one pixel.
_UNITS = 256.0


@dataclass(frozen=True)
class Validation:
    """What `validate` made of one polygon.

    Attributes:
        polygon: the polygon to use, or ``None`` where it was dropped.
        actions: what was done, in order: ``deduplicated``, ``clipped``, ``repaired``, ``reordered`` or
            ``dropped:REASON`` with the reasons ``not_finite``, ``too_few_points``, ``no_area``, ``outside``.
    """

    polygon: Polygon | None
    actions: tuple[str, ...] = ()

    @property
    def dropped(self) -> str | None:
        """The reason of a drop, or ``None``."""
        return self.actions[-1].removeprefix("dropped:") if self.polygon is None else None


def validate(points: npt.ArrayLike, width: float, height: float) -> Validation:
    """Apply the polygon rules to one annotated or predicted polygon.

    Args:
        points: anything that becomes an (N, 2) array, in pixels.
        width: width of the image in pixels.
        height: height of the image in pixels.

    Returns:
        A polygon with finite points inside the image, at least three distinct ones, positive area, no
        self-intersection, clockwise; and what was done to it. Never raises for bad points.
    """
    try:
        raw = np.asarray(points, dtype=np.float64)
        if raw.size % 2 == 0:
            raw = raw.reshape(-1, 2)
    except (TypeError, ValueError):
        return Validation(None, ("dropped:not_finite",))
    if raw.ndim != 2 or raw.shape[1] != 2 or len(raw) < 3:
        return Validation(None, ("dropped:too_few_points",))
    if not np.isfinite(raw).all():
        return Validation(None, ("dropped:not_finite",))

    actions: list[str] = []
    current = raw[np.any(np.abs(raw - np.roll(raw, 1, axis=0)) > 1e-6, axis=1)]
    if len(current) < len(raw):
        actions.append("deduplicated")
    if len(np.unique(current, axis=0)) < 3:
        return Validation(None, (*actions, "dropped:too_few_points"))

    limit = np.array([width, height], np.float64)
    inside = np.clip(current, 0.0, limit)
    if not np.array_equal(inside, current):
        actions.append("clipped")
        if np.abs(inside - current).max() > CLIP_TOLERANCE:
            whole = area(current)
            cut = clip(current, width, height)
            if cut is None or area(cut) < KEPT_AREA * whole:
                return Validation(None, (*actions, "dropped:outside"))
            inside = cut.astype(np.float64)
        current = inside

    if not is_simple(current):
        repaired = _largest(_union(current))
        if repaired is None:
            return Validation(None, (*actions, "dropped:no_area"))
        actions.append("repaired")
        # A polygon drawn in a crossed order means the quad of its points.
        current = order_quad(current).astype(np.float64) if len(current) == 4 else repaired.astype(np.float64)
        current = np.clip(current, 0.0, limit)
    if abs(signed_area(current)) < 1e-3:
        return Validation(None, (*actions, "dropped:no_area"))
    if signed_area(current) < 0:
        # Keep the first point: it carries the reading direction that the annotator gave.
        current = np.roll(current[::-1], 1, axis=0)
        actions.append("reordered")
    return Validation(np.ascontiguousarray(current, np.float32), tuple(actions))


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


def thickness(polygon: npt.ArrayLike) -> float:
    """The short side in pixels of the rotated rectangle of least area: the height of a line of text."""
    _, (w, h), _ = cv2.minAreaRect(np.asarray(polygon, np.float32).reshape(-1, 1, 2))
    return float(min(w, h))


def to_quad(polygon: npt.ArrayLike) -> Polygon:
    """The polygon itself where it is a quad (its order is kept), else its `min_area_quad`."""
    p = np.asarray(polygon, np.float32).reshape(-1, 2)
    return p if len(p) == 4 else min_area_quad(p)


def clip(polygon: npt.ArrayLike, width: float, height: float) -> Polygon | None:
    """The part of the polygon inside the image (its largest piece), or ``None`` where none is left.

    It starts at the point nearest to the polygon's own start, which carries the reading direction; it can have
    more points than went in.
    """
    x0, y0, x1, y1 = bounds(polygon)
    if x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height:
        return np.array(polygon, np.float32)
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    found = _largest(_boolean(polygon, frame, pyclipper.CT_INTERSECTION))
    if found is None:
        return None
    away = np.linalg.norm(found - np.asarray(polygon, np.float64)[0], axis=1)
    return np.ascontiguousarray(np.roll(found, -int(away.argmin()), axis=0))


def offset(polygon: npt.ArrayLike, distance: float) -> list[Polygon]:
    """Grow (positive) or shrink (negative) by a distance in pixels with round joins (Vatti clipping).

    Returns:
        The resulting polygons, clockwise: none where a shrink left nothing, several where it cut one in pieces.
    """
    engine = pyclipper.PyclipperOffset(2.0, 0.25 * _UNITS)
    try:
        engine.AddPath(_to_units(polygon), pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    except pyclipper.ClipperException:
        return []
    return [_from_units(path) for path in engine.Execute(distance * _UNITS)]


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


def unclip(polygon: npt.ArrayLike, ratio: float) -> Polygon | None:
    """Grow by D' = A' r' / L' (Liao et al., 2020, section 3.4), the inverse of `shrink` at decoding."""
    length = perimeter(polygon)
    if length <= 0:
        return None
    return _largest(offset(polygon, area(polygon) * ratio / length))


def grown_rectangle(
    width: float, height: float, ratio: float, unclip_ratio: float | None
) -> tuple[float, float]:
    """Size of the rectangle that a shrunk one (width × height pixels) came from.

    Args:
        width: side of the shrunk rectangle, in pixels.
        height: the other side.
        ratio: the shrink ratio r that it was shrunk with, in (0, 1).
        unclip_ratio: r' of the paper's D' = A' r' / L'. ``None`` solves D = A (1 - r²) / L for the unknown original,
            the quadratic 4 (1 - c) D² + (1 - 2c) (w' + h') D - c w' h' = 0 with c = (1 - r²) / 2. The paper's formula
            grows long lines too little: with r = 0.4 a line much wider than high ends at 0.4 of its height.
    """
    if unclip_ratio is not None:
        d = width * height * unclip_ratio / (2 * (width + height))
    else:
        c = (1 - ratio * ratio) / 2
        a, b = 4 * (1 - c), (1 - 2 * c) * (width + height)
        d = (-b + float(np.sqrt(b * b + 4 * a * c * width * height))) / (2 * a)
    return width + 2 * d, height + 2 * d


def intersection_area(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Area in square pixels that two simple polygons share."""
    ax0, ay0, ax1, ay1 = bounds(a)
    bx0, by0, bx1, by1 = bounds(b)
    if ax1 <= bx0 or bx1 <= ax0 or ay1 <= by0 or by1 <= ay0:
        return 0.0
    return float(sum(signed_area(p) for p in _boolean(a, b, pyclipper.CT_INTERSECTION)))


def iou(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Intersection over union in [0, 1]."""
    shared = intersection_area(a, b)
    if shared <= 0:
        return 0.0
    return min(1.0, shared / (area(a) + area(b) - shared))


def transform(polygon: npt.ArrayLike, matrix: npt.ArrayLike) -> Polygon:
    """Apply a 3×3 perspective or a 2×3 affine matrix to the points (N, 2)."""
    p = np.asarray(polygon, np.float64).reshape(-1, 2)
    m = np.asarray(matrix, np.float64)
    moved = np.column_stack([p, np.ones(len(p))]) @ m.T
    if m.shape[0] == 3:
        moved = moved[:, :2] / moved[:, 2:3]
    return np.asarray(moved, np.float32)


def crop(
    image: Image,
    quad: npt.ArrayLike,
    height: int,
    *,
    margin: float = 0.0,
    width: int | None = None,
    fill: int = 127,
) -> Image:
    """Cut a line out upright at a fixed height, by the perspective warp that takes its quad to a rectangle.

    Args:
        image: (H, W) or (H, W, C) uint8.
        quad: (4, 2) in pixels, clockwise from the text's own top-left corner.
        height: height of the result in pixels.
        margin: what to add on every side, as a share of the quad's height.
        width: width of the result; ``None`` keeps the aspect ratio.
        fill: value of pixels outside the image.

    Returns:
        (height, width[, C]) uint8, at least one pixel wide.
    """
    q = np.asarray(quad, np.float64).reshape(4, 2)
    tall = (np.linalg.norm(q[3] - q[0]) + np.linalg.norm(q[2] - q[1])) / 2
    wide = (np.linalg.norm(q[1] - q[0]) + np.linalg.norm(q[2] - q[3])) / 2
    tall, wide = max(float(tall), 1.0), max(float(wide), 1.0)
    pad = margin * tall
    if width is None:
        width = max(1, round(height * (wide + 2 * pad) / (tall + 2 * pad)))
    # Text much taller than the result is first cut at half its surplus size: a warp alone would alias.
    work = max(1, int((tall + 2 * pad) / height))
    w, h = width * work, height * work
    mx, my = pad * w / (wide + 2 * pad), pad * h / (tall + 2 * pad)
    target = np.array([[mx, my], [w - mx, my], [w - mx, h - my], [mx, h - my]], np.float64)
    # OpenCV's warp speaks of pixel centres, we of pixel corners: half a pixel apart on both sides.
    matrix = cv2.getPerspectiveTransform((q - 0.5).astype(np.float32), (target - 0.5).astype(np.float32))
    border = fill if image.ndim == 2 else (fill,) * image.shape[2]
    cut = cv2.warpPerspective(
        image, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border
    )
    if work > 1:
        cut = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cut, np.uint8)


def reading_order(polygons: Sequence[npt.ArrayLike]) -> list[int]:
    """Indices in reading order: rows from top to bottom, left to right inside a row."""
    return [index for row in rows(polygons) for index in row]


def rows(polygons: Sequence[npt.ArrayLike]) -> list[list[int]]:
    """Group lines whose vertical centres agree into rows, top to bottom, each left to right.

    The common direction of the lines is taken out first, so that skewed and turned pages have their rows too.
    """
    if not len(polygons):
        return []
    quads = np.stack([to_quad(p) for p in polygons]).astype(np.float64)
    along = (quads[:, 1] - quads[:, 0]) + (quads[:, 2] - quads[:, 3])
    lengths = np.hypot(along[:, 0], along[:, 1])
    # Angles are measured from the common direction: around ± 180 degrees their median would mean nothing.
    common = np.arctan2(along[:, 1].sum(), along[:, 0].sum())
    off = (np.arctan2(along[:, 1], along[:, 0]) - common + np.pi) % (2 * np.pi) - np.pi
    angle = common + _weighted_median(off, lengths)
    c, s = np.cos(-angle), np.sin(-angle)
    turned = quads @ np.array([[c, s], [-s, c]])
    top = turned[:, :2, 1].mean(axis=1)
    bottom = turned[:, 2:, 1].mean(axis=1)
    middle, tall = (top + bottom) / 2, np.maximum(bottom - top, 1.0)
    left = turned[:, :, 0].min(axis=1)
    found: list[list[int]] = []
    for i in np.argsort(middle, kind="stable").tolist():
        if found:
            last = found[-1][-1]
            if middle[i] - middle[last] < 0.5 * min(tall[i], tall[last]):
                found[-1].append(i)
                continue
        found.append([i])
    return [sorted(row, key=lambda i: (left[i], middle[i])) for row in found]


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    by_value = np.argsort(values)
    total = np.cumsum(weights[by_value])
    return float(values[by_value][np.searchsorted(total, total[-1] / 2)])


def _to_units(polygon: npt.ArrayLike) -> list[tuple[int, int]]:
    scaled = np.rint(np.asarray(polygon, np.float64).reshape(-1, 2) * _UNITS).astype(np.int64)
    if signed_area(scaled) < 0:
        scaled = scaled[::-1]
    return [tuple(point) for point in scaled.tolist()]


def _from_units(path: Sequence[Sequence[int]]) -> Polygon:
    p = (np.asarray(path, np.float64) / _UNITS).astype(np.float32)
    return p if signed_area(p) > 0 else np.ascontiguousarray(p[::-1])


def _boolean(a: npt.ArrayLike, b: npt.ArrayLike, kind: int) -> list[Polygon]:
    clipper = pyclipper.Pyclipper()
    try:
        clipper.AddPath(_to_units(a), pyclipper.PT_SUBJECT, True)
        clipper.AddPath(_to_units(b), pyclipper.PT_CLIP, True)
        paths = clipper.Execute(kind, pyclipper.PFT_NONZERO, pyclipper.PFT_NONZERO)
    except pyclipper.ClipperException:
        return []
    return [_from_units(path) for path in paths if len(path) >= 3]


def _union(polygon: npt.ArrayLike) -> list[Polygon]:
    units = np.rint(np.asarray(polygon, np.float64) * _UNITS).astype(np.int64).tolist()
    try:
        return [_from_units(path) for path in pyclipper.SimplifyPolygon(units, pyclipper.PFT_NONZERO)]
    except pyclipper.ClipperException:
        return []


def _largest(polygons: Sequence[Polygon]) -> Polygon | None:
    best = max(polygons, key=area, default=None)
    return best if best is not None and area(best) > 0 else None
