"""Finding out by reading that a page lies on its side or upside-down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.recognition.recognizer import Reading, Recognizer

#: So many of the longest lines are read in both directions.
_PROBES = 8
#: A page that reads as well as this is not looked at again; confidence, weighted by length.
_FINE = 0.85
#: By so much must the other direction read better.
_BETTER = 0.1


def quarters(
    recognizer: Recognizer,
    grey: npt.NDArray[np.uint8],
    quads: Sequence[npt.NDArray[np.float32]],
    readings: Sequence[Reading],
) -> int:
    """By how many quarters clockwise a page must be turned to be read.

    A page that reads well costs nothing more, any other one a handful of lines read a second time.

    Args:
        recognizer: reads lines.
        grey: (H, W) uint8 page.
        quads: (4, 2) regions of text in its pixels.
        readings: what they read, a reading a quad.

    Returns:
        0, 1, 2 or 3; 0 where nothing tells otherwise.
    """
    if not quads:
        return 0
    sides = [_sides(quad) for quad in quads]
    on_side = sum(tall for wide, tall in sides if tall > wide) > sum(
        wide for wide, tall in sides if wide >= tall
    )
    if not on_side and _mean(readings, [wide for wide, _ in sides]) >= _FINE:
        return 0
    longest = sorted(range(len(quads)), key=lambda k: -sides[k][int(on_side)])[:_PROBES]
    weights = [sides[k][int(on_side)] for k in longest]
    probes = [_level(quads[k]) if on_side else quads[k] for k in longest]
    one = (
        _mean(recognizer.read(grey, probes), weights)
        if on_side
        else _mean([readings[k] for k in longest], weights)
    )
    other = _mean(recognizer.read(grey, [np.roll(quad, -2, axis=0) for quad in probes]), weights)
    if on_side:
        # Text that runs down the page is level after a quarter against the clock.
        return 3 if one >= other else 1
    return 2 if other > one + _BETTER else 0


def _sides(quad: npt.NDArray[np.float32]) -> tuple[float, float]:
    x0, y0, x1, y1 = polygons.bounds(quad)
    return x1 - x0, y1 - y0


def _level(quad: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The quad begun so that its first side runs down the page: where text that runs down has its top."""
    along = np.roll(quad, -1, axis=0) - quad
    return np.roll(quad, -int(along[:, 1].argmax()), axis=0)


def _mean(readings: Sequence[Reading], weights: Sequence[float]) -> float:
    total = sum(weights)
    # A region in which nothing is read counts as read badly.
    return sum(r.confidence * w for r, w in zip(readings, weights, strict=True) if r.text.strip()) / max(
        total, 1e-9
    )
