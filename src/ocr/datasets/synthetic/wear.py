"""What print, paper and a scanner do to one line: the fast physics of `lines`."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]

_NOISE_SIDE = 1 << 20


class Noise:
    """Gaussian noise cut from a pool, because drawing it anew for each crop costs more than all else.

    Args:
        seed: of the pool; the same seed gives the same pool.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        generator = np.random.Generator(np.random.PCG64(seed))
        self._pool = generator.standard_normal(_NOISE_SIDE, np.float32)

    def __reduce__(self) -> tuple[type[Noise], tuple[int]]:
        # The pool is 4 MB, more than is worth sending to a loader process.
        return (Noise, (self.seed,))

    def cut(self, rng: Random, height: int, width: int) -> Field:
        """(height, width) float32 of mean 0 and deviation 1."""
        size = height * width
        if size > _NOISE_SIDE // 2:
            return np.resize(self._pool, (height, width))
        start = rng.randrange(_NOISE_SIDE - size)
        return self._pool[start : start + size].reshape(height, width)

    def smooth(self, rng: Random, height: int, width: int, cell: float) -> Field:
        """(height, width) float32 noise whose bumps are about `cell` pixels wide."""
        rows, columns = max(2, round(height / cell) + 1), max(2, round(width / cell) + 1)
        return np.asarray(
            cv2.resize(self.cut(rng, rows, columns), (width, height), interpolation=cv2.INTER_LINEAR),
            np.float32,
        )


def wear_ink(ink: Field, rng: Random, noise: Noise) -> Field:
    """Fading, dropout and spread of ink of coverage in [0, 1]; one draw decides what happens.

    Args:
        ink: (H, W) float32, changed in place.
    """
    height, width = ink.shape
    if rng.random() < 0.3:  # a cold or worn print head: density varies over the line
        field = noise.smooth(rng, height, width, rng.uniform(0.8, 6.0) * height)
        ink *= np.clip(rng.uniform(0.6, 1.0) + rng.uniform(0.05, 0.35) * field, 0.12, 1.0)
    if rng.random() < 0.12:  # dead heating elements: white streaks along the paper
        for _ in range(rng.randrange(1, 4)):
            x = rng.randrange(width)
            ink[:, x : x + max(1, round(height * rng.uniform(0.02, 0.07)))] *= rng.uniform(0.0, 0.5)
    if rng.random() < 0.12:  # skipped rows
        for _ in range(rng.randrange(1, 3)):
            y = rng.randrange(height)
            ink[y : y + max(1, round(height * rng.uniform(0.02, 0.08)))] *= rng.uniform(0.0, 0.6)
    if rng.random() < 0.22:  # grain: specks where the paper took no ink
        grain = noise.cut(rng, height, width)
        if rng.random() < 0.5:
            grain = _blurred(grain, rng.uniform(0.6, 1.3)) * 1.8
        ink *= (grain < rng.uniform(0.3, 2.2)).astype(np.float32) * 0.8 + 0.2
    return ink


def lay_on_paper(ink: Field, rng: Random, noise: Noise) -> Field:
    """(H, W) float32 grey in about [0, 255]: the ink on paper of uneven brightness."""
    height, width = ink.shape
    kind = rng.random()
    if kind < 0.45:  # flat clean scan
        paper, dark = rng.uniform(235, 255), rng.uniform(0, 70)
    elif kind < 0.75:  # faded thermal print
        paper, dark = rng.uniform(205, 252), 0.0
        dark = paper - rng.uniform(45, 150)
    else:  # photo
        paper = rng.uniform(110, 235)
        dark = max(5.0, paper - rng.uniform(50, 190))
    grey = paper - ink * (paper - dark)
    if rng.random() < 0.5:
        grey += noise.smooth(rng, height, width, rng.uniform(1.0, 8.0) * height) * rng.uniform(1.0, 14.0)
    if rng.random() < 0.06:  # a fold or a shadow's edge across the line
        x = rng.randrange(width)
        ramp = np.clip((np.arange(width, dtype=np.float32) - x) / rng.uniform(2, 20), -1, 1)
        grey += ramp[None, :] * rng.uniform(-30, 30)
    if rng.random() < 0.03:  # the shadow at a sheet's edge lies on the first letters, or on the last ones
        inward = np.arange(width, dtype=np.float32)
        inward = inward if rng.random() < 0.7 else inward[::-1]
        lit = np.clip((inward - rng.uniform(0.1, 1.2) * height) / rng.uniform(1, 8), 0, 1)
        dark = rng.uniform(0.25, 0.7)
        grey *= dark + (1 - dark) * lit[None, :]
    return grey


def photograph(grey: Field, rng: Random, noise: Noise) -> Grey:
    """Blur, sensor noise, sharpening, thresholding and JPEG of a scan or photo; returns (H, W) uint8."""
    height, width = grey.shape
    draw = rng.random()
    if draw < 0.35:
        grey = _blurred(grey, rng.uniform(0.3, 0.028 * height + 0.3))
    elif draw < 0.42:
        length = rng.choice((3, 5))
        kernel = np.full((1, length) if rng.random() < 0.5 else (length, 1), 1 / length, np.float32)
        grey = np.asarray(cv2.filter2D(grey, -1, kernel), np.float32)
    if rng.random() < 0.18:
        amount = rng.uniform(0.4, 1.6)
        grey = grey + amount * (grey - _blurred(grey, rng.uniform(0.8, 1.8)))
    if rng.random() < 0.55:
        grain = noise.cut(rng, height, width)
        if rng.random() < 0.4:
            grain = _blurred(grain, 0.8) * 2
        grey = grey + grain * rng.uniform(1.0, 11.0)
    if rng.random() < 0.04:
        middle = 0.5 * (float(grey.min()) + float(grey.max())) + rng.uniform(-15, 25)
        grey = np.where(grey > middle, rng.uniform(225, 255), rng.uniform(0, 40)).astype(np.float32)
    image = np.clip(grey, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = rng.randrange(22, 95)
        _, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return image


def _blurred(grey: Field, sigma: float) -> Field:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)
