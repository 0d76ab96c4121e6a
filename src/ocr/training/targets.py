"""Target maps of DBNet, drawn on the fly (Liao et al., 2020, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.training.pixel_weights import PixelWeights

Map = npt.NDArray[np.float32]
Bits = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Patches whose sides are in the same step of this many pixels are worked on together.
_LIKE = 8


@dataclass(frozen=True)
class TargetMaps:
    """The maps of one picture, each (H, W).

    Attributes:
        text: uint8, 1 inside the shrunk polygons.
        weight: uint8, what a pixel counts: 0 on ignored text, 1, or more where asked for.
        threshold: float32 in [low, high].
        band: uint8, 1 where the threshold map is learnt: within D of an outline.
    """

    text: npt.NDArray[np.uint8]
    weight: npt.NDArray[np.uint8]
    threshold: Map
    band: npt.NDArray[np.uint8]


def draw(
    outlines: Sequence[polygons.Polygon],
    ignore: Sequence[bool],
    height: int,
    width: int,
    *,
    shrink_ratio: float = 0.7,
    low: float = 0.3,
    high: float = 0.7,
    min_size: float = 3.0,
    pixel_weights: PixelWeights | None = None,
) -> TargetMaps:
    """Draw all four maps of a picture.

    The text map is the polygons shrunk by D = A (1 − r²) / L. The threshold map falls from ``high`` on an outline to
    ``low`` at the distance D on either side of it: high − (high − low) · min(1, distance / D), the greatest over the
    polygons.

    Args:
        outlines: validated polygons in pixels of the map.
        ignore: for each whether it is masked out instead of learnt.
        height: of the maps.
        width: of the maps.
        shrink_ratio: r.
        low: least value of the threshold map.
        high: greatest value of the threshold map.
        min_size: a polygon whose rotated rectangle is thinner than this many pixels is masked out.
        pixel_weights: which pixels count more than others; none where ``None``.
    """
    weight = np.ones((height, width), np.uint8)
    learnt, left_out = [], []
    for outline, skip in zip(outlines, ignore, strict=True):
        if skip or polygons.thickness(outline) < min_size:
            left_out.append(outline)
        else:
            learnt.append(np.asarray(outline, np.float64))
    inner = np.zeros((height, width), bool)
    # The distance to the nearest outline in units of D, times high − low: what the threshold falls short of ``high``.
    fall = np.float32(high - low)
    short = np.full((height, width), fall)
    for corners in sorted({len(outline) for outline in learnt}):
        alike = np.stack([outline for outline in learnt if len(outline) == corners])
        convex = polygons.are_convex(alike)
        reaches = polygons.shrink_distances(alike, shrink_ratio)
        if convex.any():
            _draw_convex(inner, short, alike[convex], reaches[convex], float(fall))
        for outline, reach in zip(alike[~convex], reaches[~convex], strict=True):
            kernels = polygons.shrink(outline, shrink_ratio)
            for kernel in kernels:
                _fill(inner, kernel, True)
            if kernels:
                _draw_distance(short, outline, float(reach), float(fall))
            else:
                left_out.append(outline)
    if pixel_weights is not None:
        pixel_weights.draw(weight, [outline for outline in learnt if len(outline) == 4], shrink_ratio)
    for outline in left_out:
        _fill(weight, outline, 0)
    band = short < fall
    np.subtract(np.float32(high), short, out=short)
    return TargetMaps(inner.view(np.uint8), weight, short, band.view(np.uint8))


def _draw_convex(inner: Bits, short: Map, outlines: Points, reach: Points, fall: float) -> None:
    """Draw convex polygons (Q, N, 2) that reach D (Q,): their shrunk insides, and what the threshold falls short of.

    Inside, the distance to the outline is the least of those to the lines through the sides; outside it is the
    greatest, but beyond a corner, where it is that to the corner. So one minimum over the sides serves both, and the
    pixels beyond the corners are put right. The windows of all polygons lie one after the other in one array, and
    whatever can be is done for all of them together.
    """
    height, width = inner.shape
    sides = np.roll(outlines, -1, axis=1) - outlines
    along = sides / np.linalg.norm(sides, axis=2, keepdims=True)
    unit = reach / fall
    # A patch holds all that is nearer than D to its corner, and a polygon's window all of its patches.
    patch = 2 * np.ceil(reach).astype(np.int64) + 2
    first = np.floor(outlines - reach[:, None, None]).astype(np.int64)
    start = first.min(axis=1)
    size = first.max(axis=1) + patch[:, None] - start
    ends = np.cumsum(size.prod(axis=1))
    begins = ends - size.prod(axis=1)

    # Depth below the line through a side, in these units: across · (p - corner) / D, at the pixels' centres.
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1) / unit[:, None, None]
    offset = ((start[:, None] + 0.5 - outlines) * across).sum(axis=-1)
    rows = np.empty((*across.shape[:2], int(size[:, 1].max()), 2), np.float32)
    rows[..., 0] = offset[..., None] + across[..., 1, None] * np.arange(rows.shape[2])
    rows[..., 1] = across[..., 0, None]
    columns = np.ones((2, int(size[:, 0].max())), np.float32)
    columns[1] = np.arange(columns.shape[1])
    depth = np.empty(int(ends[-1]), np.float32)
    windows = np.column_stack([begins, ends, start, size]).tolist()
    for k, (begin, end, _, _, wide, tall) in enumerate(windows):
        (rows[k, :, :tall] @ columns[:, :wide]).min(axis=0, out=depth[begin:end].reshape(tall, wide))

    deep = depth > fall
    np.abs(depth, out=depth)
    within = first - start[:, None]
    column, row = np.moveaxis(within, -1, 0)
    corners = begins[:, None] + row * size[:, :1] + column
    # Patches of like sizes together: one large line among many small ones would make all patches large.
    like = -(-patch // _LIKE)
    for one in np.unique(like):
        some = np.flatnonzero(like == one)
        _put_corners_right(
            depth,
            outlines[some],
            along[some],
            unit[some],
            first[some],
            corners[some],
            size[some, 0],
            patch[some],
        )

    for begin, end, left, top, wide, tall in windows:
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + wide, width), min(top + tall, height)
        if x1 <= x0 or y1 <= y0:
            continue
        window = (slice(y0, y1), slice(x0, x1))
        seen = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        inner[window] |= deep[begin:end].reshape(tall, wide)[seen]
        below = short[window]
        np.minimum(below, depth[begin:end].reshape(tall, wide)[seen], out=below)


def _put_corners_right(
    depth: Map,
    outlines: Points,
    along: Points,
    unit: Points,
    first: Whole,
    corners: Whole,
    wide: Whole,
    patch: Whole,
) -> None:
    """Write the distance to the corner wherever a corner is the nearest point of a polygon.

    Args:
        depth: the windows of all polygons, one after the other.
        outlines: (Q, N, 2).
        along: (Q, N, 2) unit vectors of the sides that begin at the corners.
        unit: (Q,) pixels to a unit of ``depth``.
        first: (Q, N, 2) top-left pixels of the patches around the corners.
        corners: (Q, N) where these lie in ``depth``.
        wide: (Q,) pixels in a row of a polygon's window.
        patch: (Q,) side of a polygon's patches.
    """
    side = int(patch.max())
    from_corner = ((first - outlines)[..., None] + (np.arange(side) + 0.5)).astype(np.float32)
    ahead = along.astype(np.float32)[..., None]
    before = np.roll(ahead, 1, axis=1)
    before, ahead = before * from_corner, ahead * from_corner
    # In the wedge that is past the end of the side before and short of the beginning of the side ahead.
    beyond = before[..., 1, :, None] + before[..., 0, None, :] > 0
    beyond &= ahead[..., 1, :, None] + ahead[..., 0, None, :] < 0
    if side > patch.min():
        outside = np.arange(side) >= patch[:, None]
        beyond &= ~(outside[:, None, :, None] | outside[:, None, None, :])
    square = from_corner * from_corner
    away = np.sqrt((square[..., 1, :, None] + square[..., 0, None, :])[beyond])
    where = corners[..., None] + np.arange(side) * wide[:, None, None]
    where = (where[..., None] + np.arange(side))[beyond]
    depth[where] = away / np.repeat(unit.astype(np.float32), np.count_nonzero(beyond, axis=(1, 2, 3)))


def _fill(target: npt.NDArray[Any], outline: npt.ArrayLike, value: int) -> None:
    """Fill the pixels whose centres lie inside (even-odd rule); cv2.fillPoly would add all that its edge touches."""
    p = np.asarray(outline, np.float32)
    x0, y0 = np.maximum(np.floor(p.min(axis=0)), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(p.max(axis=0)), target.shape[::-1]).astype(int)
    if x1 <= x0 or y1 <= y0:
        return
    xs = np.arange(x0, x1, dtype=np.float32) + np.float32(0.5)
    ys = (np.arange(y0, y1, dtype=np.float32) + np.float32(0.5))[:, None]
    inside = np.zeros((len(ys), len(xs)), bool)
    for a, b in zip(p, np.roll(p, -1, axis=0), strict=True):
        if a[1] != b[1]:
            crosses = (a[1] > ys) != (b[1] > ys)
            inside ^= crosses & (xs < a[0] + (ys - a[1]) * ((b[0] - a[0]) / (b[1] - a[1])))
    target[y0:y1, x0:x1][inside] = value


def _draw_distance(short: Map, outline: Points, reach: float, fall: float) -> None:
    """Lower ``short`` to ``fall`` · d / ``reach`` where a pixel's centre is d from the outline and that is less."""
    height, width = short.shape
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        # Each side reaches no farther than D: a strip of it costs a fraction of the whole polygon's box.
        x0, x1 = sorted((float(a[0]), float(b[0])))
        y0, y1 = sorted((float(a[1]), float(b[1])))
        left, right = max(int(x0 - reach), 0), min(int(x1 + reach) + 1, width)
        top, bottom = max(int(y0 - reach), 0), min(int(y1 + reach) + 1, height)
        if right <= left or bottom <= top:
            continue
        dx = np.arange(left, right, dtype=np.float32) + np.float32(0.5 - a[0])
        dy = (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5 - a[1]))[:, None]
        vx, vy = np.float32(b[0] - a[0]), np.float32(b[1] - a[1])
        square = vx * vx + vy * vy
        if square == 0:
            continue
        along = np.clip(dx * (vx / square) + dy * (vy / square), 0.0, 1.0)
        near = np.hypot(dx - along * vx, dy - along * vy) * np.float32(fall / reach)
        part = short[top:bottom, left:right]
        np.minimum(part, near, out=part)
