"""Finding the sheet of paper in a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.prepare import ink
from ocr.prepare.stage import Image

Mask = npt.NDArray[np.uint8]

#: Paper is looked for with this long side in pixels.
_SIDE = 512
#: A corner this near to the rim of the picture (in pixels of the reduced one) lies on it.
_RIM = 3.0


@dataclass(frozen=True, eq=False)
class Paper:
    """A sheet of paper.

    Attributes:
        outline: (N, 2) float32 in pixels of the page.
        quad: (4, 2) float32, the straight-sided outline, clockwise from the corner where its most level side begins.
        fill: intersection over union of both: 1 for a flat sheet with straight sides.
        share: of the picture that the outline covers.
        edge: levels of 255 by which the paper differs from what is around it, along the worst side of the quad.
        cut: sides of the quad that lie on the rim of the picture.
        missed: share in [0, 1] of the picture's letters that lie outside of the quad.
    """

    outline: npt.NDArray[np.float32]
    quad: npt.NDArray[np.float32]
    fill: float
    share: float
    edge: float
    cut: int
    missed: float


def find(page: Image) -> Paper | None:
    """The sheet that stands out from what is around it most clearly, or ``None`` where nothing looks like one.

    Args:
        page: RGB (H, W, 3) uint8.
    """
    height, width = page.shape[:2]
    scale = min(1.0, _SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if min(size) < 32:
        return None
    small = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)
    # Text and small things disappear: first dark ones on the paper, then bright ones around it.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    plain = cv2.morphologyEx(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel)
    plain = np.asarray(cv2.GaussianBlur(plain, (0, 0), 2.0), np.uint8)
    lab = np.asarray(cv2.cvtColor(plain, cv2.COLOR_RGB2LAB), np.float32)
    marks = ink.marks(page)
    letters = (
        np.zeros((0, 2))
        if marks is None
        else marks.boxes.reshape(-1, 2, 2).mean(axis=1) / marks.scale * scale
    )
    found = [sheet for mask in _masks(lab) if (sheet := _sheet(mask, lab, letters)) is not None]
    if not found:
        return None
    best = max(found, key=_merit)
    back = np.array([width / size[0], height / size[1]])
    outline, quad = ((points * back).astype(np.float32) for points in (best.outline, best.quad))
    return replace(best, outline=outline, quad=quad)


def _merit(paper: Paper) -> float:
    return paper.fill * min(1.0, paper.edge / 30) * min(1.0, paper.share / 0.3) * (1 - paper.missed)


def _masks(lab: npt.NDArray[np.float32]) -> Iterator[Mask]:
    """Guesses at where the paper is: the bright, the uncoloured, and what is unlike the rim of the picture."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1] - 128, lab[..., 2] - 128)
    rim = np.concatenate([lab[:4].reshape(-1, 3), lab[-4:].reshape(-1, 3), lab[:, :4].reshape(-1, 3)])
    rim = np.concatenate([rim, lab[:, -4:].reshape(-1, 3)])
    unlike = np.linalg.norm(lab - np.median(rim, axis=0), axis=2)
    for field in (light, light - 2 * chroma, -chroma, unlike):
        low, high = float(field.min()), float(field.max())
        if high - low < 12:
            continue
        levels = ((field - low) * (255 / (high - low))).astype(np.uint8)
        threshold, mask = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        yield np.asarray(mask, np.uint8)
        # Where the surroundings have two shades, the paper is the brightest of three kinds.
        upper = levels[levels > threshold]
        if len(upper) > 500:
            again, _ = cv2.threshold(upper.reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
            yield np.where(levels > again, 255, 0).astype(np.uint8)


def _sheet(mask: Mask, lab: npt.NDArray[np.float32], letters: npt.NDArray[np.float64]) -> Paper | None:
    height, width = mask.shape
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)
    share = float(cv2.contourArea(contour)) / (width * height)
    if share < 0.08:
        return None
    # The contour runs through the centres of the outermost pixels.
    outline = contour.reshape(-1, 2).astype(np.float64) + 0.5
    quad = _quad(outline)
    if quad is None:
        return None
    corners = np.clip(quad, 0.0, (width, height))
    fill = polygons.iou(corners, outline)
    sides = list(zip(quad, np.roll(quad, -1, axis=0), strict=True))
    on_rim = [_on_rim(a, b, width, height) for a, b in sides]
    edges = [_edge(lab, a, b) for (a, b), rim in zip(sides, on_rim, strict=True) if not rim]
    return Paper(
        outline.astype(np.float32),
        quad.astype(np.float32),
        fill,
        share,
        min(edges, default=0.0),
        sum(on_rim),
        _missed(quad, letters),
    )


def _quad(outline: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """Four straight lines laid through the four sides of an outline."""
    hull = cv2.convexHull(outline.astype(np.float32))
    length = cv2.arcLength(hull, True)
    rough: npt.NDArray[Any] | None = None
    for tolerance in np.linspace(0.01, 0.12, 23):
        simple = cv2.approxPolyDP(hull, tolerance * length, True).reshape(-1, 2)
        if len(simple) == 4:
            rough = polygons.order_quad(simple)
            break
        if len(simple) < 4:
            break
    if rough is None:
        rough = polygons.min_area_quad(outline)
    rough = _from_top(rough.astype(np.float64))
    lines = []
    for a, b in zip(rough, np.roll(rough, -1, axis=0), strict=True):
        along = b - a
        span = float(np.linalg.norm(along))
        if span < 8:
            return None
        along /= span
        relative = outline - a
        t, off = relative @ along / span, relative @ np.array([-along[1], along[0]])
        near = outline[(t > 0.06) & (t < 0.94) & (np.abs(off) < max(4.0, 0.04 * span))]
        if len(near) < 8:
            lines.append((a, along))
            continue
        vx, vy, x, y = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
        lines.append((np.array([x, y]), np.array([vx, vy])))
    corners = []
    for k in range(4):
        (p, u), (q, v) = lines[k - 1], lines[k]
        determinant = u[0] * v[1] - u[1] * v[0]
        if abs(determinant) < 0.3:
            return None
        d = q - p
        corners.append(p + u * ((d[0] * v[1] - d[1] * v[0]) / determinant))
    quad = np.array(corners)
    return quad if np.abs(quad - rough).max() < 0.1 * length else rough


def _from_top(quad: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The clockwise quad begun so that its first side runs to the right: paper stands upright more often than not."""
    along = np.roll(quad, -1, axis=0) - quad
    rightward = along[:, 0] / np.maximum(np.linalg.norm(along, axis=1), 1e-9)
    return np.roll(quad, -int(rightward.argmax()), axis=0)


def _missed(quad: npt.NDArray[np.float64], letters: npt.NDArray[np.float64]) -> float:
    if not len(letters):
        return 0.0
    along = np.roll(quad, -1, axis=0) - quad
    relative = letters[:, None] - quad
    within = (along[:, 0] * relative[..., 1] - along[:, 1] * relative[..., 0] >= 0).all(axis=1)
    return 1.0 - float(within.mean())


def _on_rim(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], width: int, height: int) -> bool:
    near = (
        max(a[0], b[0]) < _RIM,
        max(a[1], b[1]) < _RIM,
        min(a[0], b[0]) > width - _RIM,
        min(a[1], b[1]) > height - _RIM,
    )
    return any(near)


def _edge(lab: npt.NDArray[np.float32], a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """How much the two sides of an edge differ, in the median along it."""
    height, width = lab.shape[:2]
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    outwards = np.array([along[1], -along[0]])
    steps = a + np.linspace(0.1, 0.9, 41)[:, None] * (b - a)
    sides = []
    for distance in (-8.0, 8.0):
        at = steps + distance * outwards
        fine = (at >= 0).all(axis=1) & (at < (width, height)).all(axis=1)
        sides.append((at.astype(int), fine))
    both = sides[0][1] & sides[1][1]
    if both.sum() < 10:
        return 0.0
    within, around = (lab[at[both, 1], at[both, 0]] for at, _ in sides)
    return float(np.median(np.linalg.norm(within - around, axis=1)))
