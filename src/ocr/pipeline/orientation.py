"""Finding out by reading that a page lies on its side or upside-down.

Lines that stand on their heads are found as well as others, and letters of pages on their side are taken for short
lines; but neither reads well. A page that does read well is therefore never looked at again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from ocr.prepare import ink
from ocr.prepare.stage import Image
from ocr.recognition.recognizer import Reading

#: So many of the longest lines are read the other way round.
_PROBES = 8
#: A page that reads with this certainty a character is upright.
_FINE = 0.84
#: By so much must another turn read better, in certainty a character.
_BETTER = 0.05

Quads = Sequence[npt.NDArray[np.float32]]
T = TypeVar("T")


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """A page as it was read at one turn.

    Attributes:
        quads: (4, 2) each, regions of text in pixels of the page as it was turned.
        readings: what they read, a reading a quad.
        result: what the caller makes of it.
    """

    quads: Quads
    readings: Sequence[Reading]
    result: T


def upright(
    first: Attempt[T],
    page: Image,
    attempt: Callable[[int], Attempt[T]],
    probe: Callable[[Attempt[T], Quads], Sequence[Reading]],
) -> Attempt[T]:
    """The attempt at which a page reads best: the first one where nothing tells otherwise.

    A page that reads well costs nothing more. Any other one is asked whether its letters stand beside or below each
    other, has a handful of lines read the other way round, and is read anew only where one of both says so.

    Args:
        first: the page as it came.
        page: RGB (H, W, 3) uint8.
        attempt: reads the page turned clockwise by a number of quarters.
        probe: reads other quads of an attempt's page.
    """
    sure = certainty(first.readings)
    stands = _stands(first.quads)
    if not first.quads or (sure >= _FINE and not stands):
        return first
    if stands or ink.on_side(page):
        side = attempt(1)
        if certainty(side.readings) < _FINE and _better_reversed(side, probe):
            side = attempt(3)
        # Upright quads were read in both directions already: as well as they would be on the turned page.
        if certainty(side.readings) > (min(sure, _FINE) - _BETTER if stands else sure + _BETTER):
            return side
    if _better_reversed(first, probe):
        turned = attempt(2)
        if certainty(turned.readings) > sure + _BETTER:
            return turned
    return first


def certainty(readings: Sequence[Reading]) -> float:
    """Geometric mean of the certainties of single characters, in [0, 1]; 0 where nothing was read.

    What the letters look like counts, not what a language model makes of them: it finds words in upturned
    lines as well.
    """
    read = [reading for reading in readings if reading.text]
    characters = sum(len(reading.text) for reading in read)
    logs = sum(len(reading.text) * math.log(max(reading.certainty, 1e-9)) for reading in read)
    return math.exp(logs / characters) if characters else 0.0


def _better_reversed(seen: Attempt[T], probe: Callable[[Attempt[T], Quads], Sequence[Reading]]) -> bool:
    """Whether the longest lines read better from their ends."""
    longest = sorted(range(len(seen.quads)), key=lambda k: -_width(seen.quads[k]))[:_PROBES]
    there = certainty([seen.readings[k] for k in longest])
    back = certainty(probe(seen, [np.roll(seen.quads[k], -2, axis=0) for k in longest]))
    return back > there + _BETTER


def _width(quad: npt.NDArray[np.float32]) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]))


def _stands(quads: Quads) -> bool:
    """Whether more of the text runs up or down the page than along it."""
    if not len(quads):
        return False
    wide, tall = np.ptp(np.stack(quads), axis=1).T
    return bool(tall[tall > wide].sum() > wide[tall <= wide].sum())
