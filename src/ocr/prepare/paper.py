"""Detecting the sheet of paper in a picture."""

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

#: Long side in pixels of the reduced picture on which paper is detected.
_SIDE = 512
#: A corner this close to the border of the reduced picture, in pixels, lies on it.
_BORDER = 3.0


@dataclass(frozen=True, eq=False)
class Paper:
    """A sheet of paper.

    Attributes:
        outline: (N, 2) float32 in pixels of the page.
        quad: (4, 2) float32, four straight sides fitted to the outline, clockwise from the start of its most rightward
            side.
        fill: intersection over union of ``outline`` and ``quad``: 1 for a flat sheet with straight sides.
        share: of the picture that the outline covers.
        edge: difference between paper and surroundings along the weakest side of the quad, in levels of 255.
        cut: number of sides of the quad that lie on the border of the picture.
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
    """The sheet that differs most from its surroundings; ``None`` if nothing looks like one.

    Args:
        page: RGB (H, W, 3) uint8.
    """
    height, width = page.shape[:2]
    scale = min(1.0, _SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if min(size) < 32:
        return None
    small = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)
    # Removes text and small objects: dark ones on the paper, then bright ones around it.
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
    sheets = [sheet for mask in _masks(lab) if (sheet := _sheet(mask, lab, letters)) is not None]
    if not sheets:
        return None
    best = max(sheets, key=_score)
    back = np.array([width / size[0], height / size[1]])
    outline, quad = ((points * back).astype(np.float32) for points in (best.outline, best.quad))
    return replace(best, outline=outline, quad=quad)


def _score(paper: Paper) -> float:
    return paper.fill * min(1.0, paper.edge / 30) * min(1.0, paper.share / 0.3) * (1 - paper.missed)


def _masks(lab: npt.NDArray[np.float32]) -> Iterator[Mask]:
    """Candidate masks of the paper: the bright, the uncoloured, and what differs from the border of the picture."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1] - 128, lab[..., 2] - 128)
    border = np.concatenate([lab[:4].reshape(-1, 3), lab[-4:].reshape(-1, 3), lab[:, :4].reshape(-1, 3)])
    border = np.concatenate([border, lab[:, -4:].reshape(-1, 3)])
    difference = np.linalg.norm(lab - np.median(border, axis=0), axis=2)
    for field in (light, light - 2 * chroma, -chroma, difference):
        low, high = float(field.min()), float(field.max())
        if high - low < 12:
            continue
        levels = ((field - low) * (255 / (high - low))).astype(np.uint8)
        threshold, mask = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        yield np.asarray(mask, np.uint8)
        # If the surroundings have two shades, the paper is the brightest of three classes.
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
    on_border = [_on_border(a, b, width, height) for a, b in sides]
    edges = [_edge(lab, a, b) for (a, b), outer in zip(sides, on_border, strict=True) if not outer]
    return Paper(
        outline.astype(np.float32),
        quad.astype(np.float32),
        fill,
        share,
        min(edges, default=0.0),
        sum(on_border),
        _missed(quad, letters),
    )


def _quad(outline: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """The quad of four straight lines fitted to the sides of an outline; ``None`` if there are no four sides."""
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
    """The clockwise quad, started with its most rightward side: most sheets are photographed upright."""
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


def _on_border(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], width: int, height: int) -> bool:
    near = (
        max(a[0], b[0]) < _BORDER,
        max(a[1], b[1]) < _BORDER,
        min(a[0], b[0]) > width - _BORDER,
        min(a[1], b[1]) > height - _BORDER,
    )
    return any(near)


def _edge(lab: npt.NDArray[np.float32], a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Median colour difference across an edge."""
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
