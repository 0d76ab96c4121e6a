"""Crops that show no text: parts of logos and of huge letters, bar codes, scribbles, fabric, edges of paper, specks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import cv2
import numpy as np
import numpy.typing as npt

from ocr.datasets.synthetic.graphics import draw_graphic
from ocr.datasets.synthetic.layout import Graphic
from ocr.datasets.synthetic.needle import melted, needle_ink
from ocr.datasets.synthetic.typeset import Ink
from ocr.datasets.synthetic.wear import Noise, lay_on_paper, photograph, wear_ink

Grey = npt.NDArray[np.uint8]

#: Height of the drawn ink in pixels, before it is laid on paper.
_HEIGHT = 48


def _huge(rng: Random, width: int) -> Grey:
    """A part of letters so large that their strokes are about as thick as the crop is high."""
    letters = "".join(rng.choices("ABDEGKMNOPQRSUWZ&%@2345689", k=3))
    ink = melted(needle_ink(letters, 6), 40, rng.uniform(0.4, 0.75)).mask
    height = rng.randrange(40, 90)
    across = min(ink.shape[1] - 1, round(height * width / _HEIGHT))
    x, y = rng.randrange(max(1, ink.shape[1] - across)), rng.randrange(max(1, ink.shape[0] - height))
    return _fitted(ink[y : y + height, x : x + across], width)


def _graphic(rng: Random, width: int) -> Grey:
    """A part of a logo, a bar code or a QR code."""
    kinds: tuple[Graphic, ...] = ("logo", "logo", "barcode", "qr")
    kind = rng.choice(kinds)
    ink = draw_graphic(kind, 24.0, 400, rng, Ink(np.zeros((8, 8), np.uint8), 7, 7))
    height = max(8, round(ink.shape[0] * rng.uniform(0.3, 1.0)))
    across = max(8, min(ink.shape[1], round(height * width / _HEIGHT)))
    x, y = rng.randrange(ink.shape[1] - across + 1), rng.randrange(ink.shape[0] - height + 1)
    return _fitted(ink[y : y + height, x : x + across], width)


def _scribble(rng: Random, width: int) -> Grey:
    """Long curved strokes that run out of the crop, as of a signature or a crease; short ones would be letters."""
    width = max(width, 3 * _HEIGHT)
    canvas = np.zeros((_HEIGHT, width), np.uint8)
    for _ in range(rng.randrange(1, 5)):
        t = np.linspace(0, 1, 40)
        x = np.linspace(rng.uniform(-0.2, 0.3), rng.uniform(0.7, 1.2), 40) * width
        waves = sum(
            rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * (rng.uniform(0.3, 3) * t + rng.random()))
            for _ in range(3)
        )
        y = (rng.uniform(0.2, 0.8) + waves) * _HEIGHT
        points = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(canvas, [points], False, (255,), rng.choice((1, 2, 3, 4)), cv2.LINE_AA)
    return canvas


def _fabric(rng: Random, width: int) -> Grey:
    """A pattern of parallel strokes or dots, as of cloth, wood or a security print."""
    y, x = np.mgrid[:_HEIGHT, :width].astype(np.float32)
    waves = np.zeros((_HEIGHT, width), np.float32)
    for _ in range(rng.choice((1, 1, 2))):
        angle, period = rng.uniform(0, np.pi), rng.uniform(2.5, 14)
        bend = rng.uniform(0, 6) * np.sin(x / rng.uniform(20, 90))
        waves += np.sin((np.cos(angle) * x + np.sin(angle) * y + bend) * (2 * np.pi / period))
    ink = np.clip(waves * rng.uniform(0.3, 2.0) + rng.uniform(-0.5, 0.5), 0, 1) * 255
    return np.asarray(ink, np.uint8)


def _edge(rng: Random, width: int) -> Grey:
    """One or two large dark areas with a straight or curved border, as beside a sheet of paper."""
    canvas = np.zeros((_HEIGHT, width), np.uint8)
    for _ in range(rng.choice((1, 1, 2))):
        count = rng.randrange(3, 6)
        points = [(rng.uniform(-0.5, 1.5) * width, rng.uniform(-1.0, 2.0) * _HEIGHT) for _ in range(count)]
        cv2.fillPoly(canvas, [np.array(points, np.int32)], (rng.randrange(60, 256),), cv2.LINE_AA)
    return canvas


def _specks(rng: Random, width: int) -> Grey:
    """Nothing but a few specks."""
    canvas = np.zeros((_HEIGHT, width), np.uint8)
    for _ in range(rng.choice((0, 0, 1, 3, 8))):
        place = (rng.randrange(width), rng.randrange(_HEIGHT))
        cv2.circle(canvas, place, rng.choice((1, 1, 1, 2)), (rng.randrange(40, 160),), -1, cv2.LINE_AA)
    return canvas


_KINDS: tuple[Callable[[Random, int], Grey], ...] = (
    _huge,
    _huge,
    _graphic,
    _graphic,
    _scribble,
    _fabric,
    _edge,
    _specks,
)


def textless(rng: Random, noise: Noise) -> Grey:
    """A crop (H, W) uint8 grey without any text, worn and photographed as lines are."""
    width = round(_HEIGHT * rng.choice((rng.uniform(0.5, 1.6), rng.uniform(0.5, 1.6), rng.uniform(1.5, 7.0))))
    ink = rng.choice(_KINDS)(rng, width)
    coverage = wear_ink(ink.astype(np.float32) * (rng.uniform(0.25, 1.0) / 255), rng, noise)
    grey = lay_on_paper(coverage, rng, noise)
    if rng.random() < 0.15:
        grey = 255.0 - grey
    return photograph(grey, rng, noise)


def _fitted(ink: Grey, width: int) -> Grey:
    return np.asarray(cv2.resize(ink, (width, _HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
