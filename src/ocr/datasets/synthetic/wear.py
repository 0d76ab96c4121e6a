"""What print, paper and a scanner do to one line: the fast physics of `lines`."""

from __future__ import annotations

import math
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
    marked = rng.random()
    if marked < 0.035:  # a form or a bank's paper: a faint regular pattern behind the print
        grey -= _pattern(rng, height, width) * (1 - 0.8 * ink) * rng.uniform(0.05, 0.35) * (paper - dark)
    elif marked < 0.06:  # the ring of a stamp, or a pen's stroke, through the print
        grey -= _stroke(rng, height, width) * rng.uniform(0.2, 0.7) * np.maximum(grey - dark, 0)
    return grey


def _pattern(rng: Random, height: int, width: int) -> Field:
    """(height, width) in [0, 1]: stripes, a grid of dots, hatching or interwoven waves."""
    period = height * rng.uniform(0.15, 0.7)
    angle = rng.choice((0.0, math.pi / 2, math.pi / 4, rng.uniform(0, math.pi)))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    along = (x * math.cos(angle) + y * math.sin(angle)) * (2 * math.pi / period) + rng.uniform(0, 2 * math.pi)
    across = (y * math.cos(angle) - x * math.sin(angle)) * (2 * math.pi / period) + rng.uniform(
        0, 2 * math.pi
    )
    kind = rng.random()
    if kind < 0.4:
        wave = np.cos(along)
    elif kind < 0.65:
        wave = (np.cos(along) + np.cos(across)) / 2
    elif kind < 0.8:
        wave = np.maximum(np.cos(along), np.cos(across))
    else:
        bent = rng.uniform(0.5, 2.5) * np.sin(across * rng.uniform(0.2, 0.6))
        wave = np.maximum(np.cos(along + bent), np.cos(along - bent))
    # From a wave to a line: the narrower the higher its foot.
    foot = rng.uniform(-1.0, 0.7)
    return np.asarray(np.clip((wave - foot) / (1 - foot), 0, 1) ** rng.uniform(0.4, 1.5), np.float32)


def _stroke(rng: Random, height: int, width: int) -> Field:
    """(height, width) in [0, 1]: a piece of a large ring, or a nearly straight stroke, that crosses the line."""
    mask = np.zeros((height, width), np.uint8)
    radius = height * rng.uniform(1.0, 6.0)
    x = rng.uniform(-0.3, 1.3) * width
    centre = (round(x + rng.choice((-1, 1)) * radius), round(height * rng.uniform(-2.0, 3.0)))
    thickness = max(1, round(height * rng.uniform(0.03, 0.12)))
    cv2.circle(mask, centre, round(radius), (255,), thickness, cv2.LINE_AA)
    return np.asarray(mask * np.float32(1 / 255), np.float32)


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
