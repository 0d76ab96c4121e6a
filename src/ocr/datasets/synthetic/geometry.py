"""From a flat page to a picture: bends, then a perspective view, and the exact same way for points."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Wave:
    """A sinusoidal bend: pixels at (x, y) are taken from (x, y) + (dx, dy) * sin(kx * x + ky * y + phase)."""

    dx: float
    dy: float
    kx: float
    ky: float
    phase: float


@dataclass(frozen=True)
class View:
    """How a page is seen.

    Attributes:
        matrix: (3, 3) homography from the bent page to the picture.
        waves: bends of the page, each gentle: the sum of all slopes stays below 1.
        size: width and height of the picture in pixels.
    """

    matrix: npt.NDArray[np.float64]
    waves: tuple[Wave, ...]
    size: tuple[int, int]

    def points(self, points: Points) -> Points:
        """Points (N, 2) of the flat page in the picture, exact to a hundredth of a pixel."""
        flat = np.asarray(points, np.float64)
        bent = flat.copy()
        for _ in range(12):  # the bends are contractions, so repeated substitution converges
            bent = flat - self._bend(bent[:, 0], bent[:, 1])
        seen = np.column_stack([bent, np.ones(len(bent))]) @ self.matrix.T
        return np.asarray(seen[:, :2] / seen[:, 2:], np.float32)

    def _bend(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        shift = np.zeros((*np.shape(x), 2))
        for wave in self.waves:
            bump = np.sin(wave.kx * x + wave.ky * y + wave.phase)
            shift[..., 0] += wave.dx * bump
            shift[..., 1] += wave.dy * bump
        return shift

    def picture(self, page: Image) -> tuple[Image, Field]:
        """The page (H, W, 3) as seen, and where it covers the picture, (h, w) float32 in [0, 1]."""
        height, width = page.shape[:2]
        # Pixel (i, j) covers [j, j+1) x [i, i+1): the homography speaks of corners, OpenCV of centres.
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        matrix = np.linalg.inv(half) @ self.matrix @ half
        if not self.waves:
            seen = cv2.warpPerspective(
                page, matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            full = np.full((height, width), 255, np.uint8)
            cover = cv2.warpPerspective(full, matrix, self.size, flags=cv2.INTER_LINEAR)
            return np.asarray(seen, np.uint8), np.asarray(cover, np.float32) * np.float32(1 / 255)
        x, y = self._source_maps(np.asarray(np.linalg.inv(self.matrix), np.float64))
        seen = cv2.remap(page, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
        return np.asarray(seen, np.uint8), np.clip(inside + 0.5, 0, 1).astype(np.float32)

    def _source_maps(self, inverse: npt.NDArray[np.float64]) -> tuple[Field, Field]:
        """Where each pixel's centre comes from on the flat page: two (h, w) float32 fields."""
        u = np.arange(self.size[0], dtype=np.float32)[None, :] + 0.5
        v = np.arange(self.size[1], dtype=np.float32)[:, None] + 0.5
        m = inverse.astype(np.float32)
        depth = m[2, 0] * u + m[2, 1] * v + m[2, 2]
        x = (m[0, 0] * u + m[0, 1] * v + m[0, 2]) / depth
        y = (m[1, 0] * u + m[1, 1] * v + m[1, 2]) / depth
        sx, sy = x.copy(), y.copy()
        for wave in self.waves:
            bump = np.sin(np.float32(wave.kx) * x + np.float32(wave.ky) * y + np.float32(wave.phase))
            if wave.dx:
                sx += np.float32(wave.dx) * bump
            if wave.dy:
                sy += np.float32(wave.dy) * bump
        return sx, sy


def scan_view(rng: Random, width: int, height: int) -> View:
    """A page on a scanner: hardly turned, with some room around it, on a much larger sheet now and then."""
    angle = np.deg2rad(rng.gauss(0, 0.45) if rng.random() < 0.85 else rng.gauss(0, 2.0))
    room = rng.choice((0.0, 0.0, rng.uniform(0.0, 0.08), rng.uniform(0.0, 0.3)))
    scale = rng.choice((1.0, 1.0, rng.uniform(0.75, 1.1)))
    cos, sin = float(np.cos(angle)) * scale, float(np.sin(angle)) * scale
    wide, tall = abs(cos) * width + abs(sin) * height, abs(sin) * width + abs(cos) * height
    left, right, top, bottom = (room * wide * rng.random() for _ in range(4))
    if rng.random() < 0.14:  # a small receipt on a whole sheet
        left, right, top, bottom = (wide * rng.uniform(0.1, 0.9) for _ in range(4))
        cos, sin, wide, tall = cos * 0.75, sin * 0.75, wide * 0.75, tall * 0.75
    size = (round(wide + left + right), round(tall + top + bottom))
    x0 = left + max(0.0, sin * height)
    y0 = top + max(0.0, -sin * width)
    matrix = np.array([[cos, -sin, x0], [sin, cos, y0], [0, 0, 1]])
    return View(matrix, (), size)


def photo_view(rng: Random, width: int, height: int) -> View:
    """A page photographed by hand: bent, turned, in perspective, on a table."""
    turn = np.deg2rad(rng.gauss(0, 4.0))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    lean = [[rng.uniform(-0.05, 0.05) * width, rng.uniform(-0.03, 0.03) * height] for _ in range(4)]
    seen = (corners + np.array(lean)) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    )
    seen -= seen.min(axis=0)
    margin = [width * rng.uniform(0.02, 0.25) for _ in range(4)]
    size = (
        round(float(seen[:, 0].max()) + margin[0] + margin[1]),
        round(float(seen[:, 1].max()) + margin[2] + margin[3]),
    )
    seen += (margin[0], margin[2])
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))
    return View(np.asarray(matrix, np.float64), _waves(rng, width, height), size)


def _waves(rng: Random, width: int, height: int) -> tuple[Wave, ...]:
    waves = []
    if rng.random() < 0.6:  # the paper rolls up along its length: rows bow
        waves.append(
            Wave(
                0.0,
                rng.uniform(-0.012, 0.012) * width,
                np.pi / width * rng.uniform(0.7, 1.3),
                0.0,
                rng.uniform(-0.3, 0.3),
            )
        )
    if rng.random() < 0.6:  # it lies in waves from top to bottom
        waves.append(
            Wave(
                0.0,
                rng.uniform(0.002, 0.008) * height,
                0.0,
                2 * np.pi / height * rng.uniform(0.7, 2.5),
                rng.uniform(0, 6.3),
            )
        )
    if rng.random() < 0.5:  # its sides are not straight
        waves.append(
            Wave(
                rng.uniform(0.004, 0.015) * width,
                0.0,
                0.0,
                2 * np.pi / height * rng.uniform(0.4, 1.5),
                rng.uniform(0, 6.3),
            )
        )
    return tuple(waves)
