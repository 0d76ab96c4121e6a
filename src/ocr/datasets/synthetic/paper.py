"""Ink on paper: fading, dropout, creases and tint of a whole page, before it is seen."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
import numpy.typing as npt

from ocr.datasets.synthetic.page import Printing
from ocr.datasets.synthetic.typeset import Mask
from ocr.datasets.synthetic.wear import Noise

Image = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]

_INKS: dict[Printing, tuple[tuple[int, int, int], ...]] = {
    "thermal": ((20, 20, 24), (35, 35, 40), (45, 40, 70), (30, 40, 80)),
    "laser": ((10, 10, 10), (25, 25, 25)),
    "matrix": ((60, 50, 90), (45, 45, 60), (90, 70, 120), (40, 40, 40)),
}


def wear_page(ink: Mask, printing: Printing, rng: Random, noise: Noise) -> Field:
    """Coverage (H, W) float32 in [0, 1] of the ink after print head, ribbon and age have had their part."""
    height, width = ink.shape
    if printing != "laser" and rng.random() < 0.5:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.4, 0.9)), np.uint8)
    worn = ink.astype(np.float32) * (1 / 255)
    strength = rng.uniform(0.55, 1.0) if printing == "thermal" else rng.uniform(0.75, 1.0)
    if printing == "matrix":  # the ribbon is unevenly inked along the row
        worn *= np.clip(strength + 0.16 * noise.smooth(rng, height, width, 90.0), 0.35, 1.0)
    elif printing == "thermal" and rng.random() < 0.6:
        field = noise.smooth(rng, height, width, rng.uniform(80, 400))
        worn *= np.clip(strength + rng.uniform(0.03, 0.16) * field, 0.3, 1.0)
    else:
        worn *= strength
    if printing == "thermal" and rng.random() < 0.25:  # dead heating elements
        for _ in range(rng.randrange(1, 5)):
            x = rng.randrange(width)
            worn[:, x : x + rng.choice((1, 1, 2))] *= rng.uniform(0.0, 0.5)
    if printing != "laser" and rng.random() < 0.1:  # the paper slipped
        y = rng.randrange(height)
        worn[y : y + rng.choice((1, 2))] *= rng.uniform(0.1, 0.6)
    if rng.random() < 0.35:  # grain
        grain = noise.cut(rng, height, width)
        worn *= np.where(grain < rng.uniform(0.9, 2.4), np.float32(1.0), np.float32(rng.uniform(0.2, 0.7)))
    return worn


def page_shade(height: int, width: int, rng: Random, noise: Noise, flat: bool) -> Field:
    """Brightness (H, W) float32 about 1 of the paper itself: tone, creases, folds."""
    shade = np.ones((height, width), np.float32)
    if not flat or rng.random() < 0.35:
        shade += noise.smooth(rng, height, width, rng.uniform(60, 300)) * rng.uniform(0.003, 0.02)
    if not flat or rng.random() < 0.15:
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            _fold(shade, rng)
    if not flat and rng.random() < 0.35:  # crumpled: a relief lit from the side
        cell = rng.uniform(40, 120) / 8
        relief = np.abs(noise.smooth(rng, height // 8, width // 8, cell)) + np.abs(
            noise.smooth(rng, height // 8, width // 8, 3 * cell)
        )
        relief = np.asarray(cv2.GaussianBlur(relief, (0, 0), 0.22 * cell), np.float32)
        slopes = np.gradient(relief, axis=0) + rng.uniform(-1, 1) * np.gradient(relief, axis=1)
        lit = cv2.resize(np.asarray(slopes, np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        shade += np.asarray(lit, np.float32) * np.float32(
            rng.uniform(0.015, 0.04) / (float(slopes.std()) + 1e-6)
        )
    return shade


def _fold(shade: Field, rng: Random) -> None:
    """A fold across the page: one side a little darker, and a bright or dark edge."""
    height, width = shade.shape
    slope = rng.uniform(-0.08, 0.08)
    across = rng.random() < 0.7
    along = np.arange(width if across else height, dtype=np.float32)
    place = rng.uniform(0.1, 0.9) * (height if across else width) + slope * along
    other = np.arange(height if across else width, dtype=np.float32)
    distance = other[:, None] - place[None, :] if across else (other[:, None] - place[None, :]).T
    soft = rng.uniform(8, 60)
    shade += (rng.uniform(-0.05, 0.05) * np.exp(-np.abs(distance) / soft) * np.sign(distance)).astype(
        np.float32
    )
    shade += (rng.uniform(-0.12, 0.06) * np.exp(-((distance / rng.uniform(0.8, 2.0)) ** 2))).astype(
        np.float32
    )


def colour_page(worn: Field, shade: Field, printing: Printing, rng: Random, flat: bool) -> Image:
    """(H, W, 3) uint8 RGB: ink of its colour on paper of its tint."""
    grey_scan = flat and rng.random() < 0.55
    level = rng.uniform(243, 256) if flat else rng.uniform(205, 250)
    tint = np.array((level, level, level))
    if not grey_scan:
        tint *= np.array(
            rng.choice(
                ((1.0, 1.0, 1.0), (1.0, 0.99, 0.95), (0.97, 0.99, 1.0), (1.0, 0.96, 0.86), (1.0, 0.95, 0.96))
            )
        )
    ink = np.array(rng.choice(_INKS[printing]), float)
    if grey_scan:
        ink[:] = ink.mean()
    page = np.empty((*worn.shape, 3), np.uint8)
    lit = None
    for channel in range(3):
        if channel and grey_scan:
            page[..., channel] = page[..., 0]
            continue
        lit = float(tint[channel]) * shade
        lit -= worn * (lit - np.float32(ink[channel]))
        page[..., channel] = np.clip(lit, 0, 255)
    return page


def scribble(page: Image, rng: Random) -> None:
    """Strokes of a pen over the page: ticks, circles, a signature; text of no transcript."""
    height, width = page.shape[:2]
    colour = rng.choice(((30, 40, 150), (20, 20, 30), (170, 30, 40), (40, 70, 160)))
    for _ in range(rng.randrange(1, 4)):
        x, y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.05, 0.95) * height
        kind = rng.random()
        thick = rng.choice((1, 2, 2, 3))
        if kind < 0.3:
            axes = (round(width * rng.uniform(0.05, 0.12)), round(width * rng.uniform(0.03, 0.06)))
            cv2.ellipse(
                page,
                (round(x), round(y)),
                axes,
                rng.uniform(-20, 20),
                0,
                rng.uniform(320, 400),
                colour,
                thick,
                cv2.LINE_AA,
            )
            continue
        steps = 3 if kind < 0.6 else rng.randrange(8, 16)
        reach = width * (0.05 if steps == 3 else 0.03)
        points = [(x, y)]
        for _ in range(steps):
            x, y = x + rng.uniform(-0.3, 1.0) * reach, y + rng.gauss(0, 0.7) * reach
            points.append((x, y))
        curve = _smooth_curve(np.array(points, np.float32))
        cv2.polylines(page, [np.rint(curve * 8).astype(np.int32)], False, colour, thick, cv2.LINE_AA, 3)


def _smooth_curve(points: Field) -> Field:
    """Corners cut twice over (Chaikin), which leaves a pen's curve."""
    for _ in range(3):
        ends = points[:1], points[-1:]
        a, b = points[:-1], points[1:]
        middle = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        points = np.concatenate([ends[0], middle, ends[1]])
    return np.asarray(points, np.float32)
