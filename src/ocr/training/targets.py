"""Target maps of DBNet, drawn on the fly (Liao et al., 2020, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr import polygons

Map = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TargetMaps:
    """The maps of one picture, each (H, W).

    Attributes:
        text: uint8, 1 inside the shrunk polygons.
        mask: uint8, 0 on ignored text, else 1.
        threshold: float32 in [low, high].
        band: uint8, 1 where the threshold map is learnt: within D of an outline.
    """

    text: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]
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
    """
    text = np.zeros((height, width), np.uint8)
    mask = np.ones((height, width), np.uint8)
    nearness = np.zeros((height, width), np.float32)
    band = np.zeros((height, width), np.uint8)
    for outline, skip in zip(outlines, ignore, strict=True):
        kernels = (
            [] if skip or polygons.thickness(outline) < min_size else polygons.shrink(outline, shrink_ratio)
        )
        if not kernels:
            _fill(mask, outline, 0)
            continue
        for kernel in kernels:
            _fill(text, kernel, 1)
        _draw_band(nearness, band, outline, polygons.shrink_distance(outline, shrink_ratio))
    return TargetMaps(text, mask, low + (high - low) * nearness, band)


def _fill(target: npt.NDArray[np.uint8], outline: npt.ArrayLike, value: int) -> None:
    """Fill the pixels whose centres lie inside; cv2.fillPoly would add all that its edge touches."""
    p = np.asarray(outline, np.float32)
    x0, y0 = np.floor(p.min(axis=0)).astype(int)
    x1, y1 = np.ceil(p.max(axis=0)).astype(int)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, target.shape[1]), min(y1, target.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    inside = _signed_distance(p, x0, y0, x1, y1)[1]
    target[y0:y1, x0:x1][inside] = value


def _draw_band(
    nearness: Map, band: npt.NDArray[np.uint8], outline: polygons.Polygon, distance: float
) -> None:
    height, width = nearness.shape
    x0, y0, x1, y1 = polygons.bounds(outline)
    left, top = max(int(x0 - distance), 0), max(int(y0 - distance), 0)
    right, bottom = min(int(x1 + distance) + 1, width), min(int(y1 + distance) + 1, height)
    if right <= left or bottom <= top or distance <= 0:
        return
    away, _ = _signed_distance(outline, left, top, right, bottom)
    near = 1.0 - np.minimum(away / np.float32(distance), np.float32(1.0))
    part = nearness[top:bottom, left:right]
    np.maximum(part, near, out=part)
    band[top:bottom, left:right] |= (near > 0).astype(np.uint8)


def _signed_distance(
    outline: polygons.Polygon, x0: int, y0: int, x1: int, y1: int
) -> tuple[Map, npt.NDArray[np.bool_]]:
    """Distance of each pixel centre of a window to the outline, and whether the centre lies inside."""
    xs = np.arange(x0, x1, dtype=np.float32) + np.float32(0.5)
    ys = (np.arange(y0, y1, dtype=np.float32) + np.float32(0.5))[:, None]
    if _is_upright(outline):
        return _upright_distance(outline, xs, ys)
    best: Map | None = None
    inside = np.zeros((len(ys), len(xs)), bool)
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        d = b - a
        length = float(d @ d) or 1.0
        along = np.clip(((xs - a[0]) * d[0] + (ys - a[1]) * d[1]) * np.float32(1.0 / length), 0.0, 1.0)
        dx = xs - a[0] - along * d[0]
        dy = ys - a[1] - along * d[1]
        square = dx * dx + dy * dy
        best = square if best is None else np.minimum(best, square)
        if a[1] != b[1]:
            crosses = (a[1] > ys) != (b[1] > ys)
            inside ^= crosses & (xs < a[0] + (ys - a[1]) * (d[0] / d[1]))
    assert best is not None
    return np.sqrt(best), inside


def _is_upright(outline: polygons.Polygon) -> bool:
    return len(outline) == 4 and bool(
        outline[0, 1] == outline[1, 1]
        and outline[1, 0] == outline[2, 0]
        and outline[2, 1] == outline[3, 1]
        and outline[3, 0] == outline[0, 0]
    )


def _upright_distance(outline: polygons.Polygon, xs: Map, ys: Map) -> tuple[Map, npt.NDArray[np.bool_]]:
    # Most receipts are scanned upright: a rectangle needs two separable distances instead of four segments.
    x0, y0, x1, y1 = polygons.bounds(outline)
    dx = np.abs(xs - np.float32((x0 + x1) / 2)) - np.float32((x1 - x0) / 2)
    dy = np.abs(ys - np.float32((y0 + y1) / 2)) - np.float32((y1 - y0) / 2)
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    within = np.minimum(np.maximum(dx, dy), 0)
    return np.abs(outside + within).astype(np.float32), (dx < 0) & (dy < 0)
