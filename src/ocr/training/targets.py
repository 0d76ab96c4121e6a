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
    for outline, skip in zip(outlines, ignore, strict=True):
        kernels = (
            [] if skip or polygons.thickness(outline) < min_size else polygons.shrink(outline, shrink_ratio)
        )
        if not kernels:
            _fill(mask, outline, 0)
            continue
        for kernel in kernels:
            _fill(text, kernel, 1)
        _draw_nearness(nearness, outline, polygons.shrink_distance(outline, shrink_ratio))
    threshold = np.float32(low) + np.float32(high - low) * nearness
    return TargetMaps(text, mask, threshold, (nearness > 0).astype(np.uint8))


def _fill(target: npt.NDArray[np.uint8], outline: npt.ArrayLike, value: int) -> None:
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


def _draw_nearness(nearness: Map, outline: polygons.Polygon, distance: float) -> None:
    """Raise ``nearness`` to 1 − d / ``distance`` where the distance d of a pixel's centre to the outline is smaller."""
    if distance <= 0:
        return
    height, width = nearness.shape
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        # Each side reaches no farther than ``distance``: a strip of it costs a fraction of the whole polygon's box.
        x0, x1 = sorted((float(a[0]), float(b[0])))
        y0, y1 = sorted((float(a[1]), float(b[1])))
        left, right = max(int(x0 - distance), 0), min(int(x1 + distance) + 1, width)
        top, bottom = max(int(y0 - distance), 0), min(int(y1 + distance) + 1, height)
        if right <= left or bottom <= top:
            continue
        dx = np.arange(left, right, dtype=np.float32) + np.float32(0.5 - a[0])
        dy = (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5 - a[1]))[:, None]
        vx, vy = np.float32(b[0] - a[0]), np.float32(b[1] - a[1])
        square = vx * vx + vy * vy
        if square == 0:
            continue
        along = dx * (vx / square) + dy * (vy / square)
        np.clip(along, 0.0, 1.0, out=along)
        away = np.hypot(dx - along * vx, dy - along * vy)
        near = np.float32(1.0) - away * np.float32(1.0 / distance)
        part = nearness[top:bottom, left:right]
        np.maximum(part, near, out=part)
