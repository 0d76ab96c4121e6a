"""Finding the orientation of a page by reading it: at any angle, on its side, upside-down.

A detector finds lines that are upside-down as well as upright ones, and takes letters of lines that run down or up for
short lines; but a recognizer is not certain of either. A page that is read with certainty is therefore left as it is,
unless its lines are tilted: of such a page a part may be all that was found.
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

#: On a page with fewer characters than this most of the text may have been missed.
_FEW = 64
#: Of text on its side a detector may find the letters one by one, and single ones read well at any turn: so many
#: regions with so few characters each.
_MANY, _SINGLE = 40, 1.6
#: So may it where lines of this share of the length of all are tilted: a detector may find but a part of them.
_TILTED = 0.1
#: This many of the longest lines are read in the opposite direction to find out whether the page is upside-down.
_PROBES = 8
#: Mean certainty of a character from which a page counts as upright.
_CERTAIN = 0.84
#: A page is turned only where that raises the mean certainty by this much.
_MIN_GAIN = 0.05
#: Or where so many times as many characters are read as surely.
_MORE = 1.2
#: Text this many degrees off both axes is levelled before it is read: the detector levels smaller angles itself.
_MIN_TILT = 12.0
#: The lines of a tilted page stand out this much; see `ocr.prepare.ink.Lines.contrast`.
_MIN_CONTRAST = 2.0

Quads = Sequence[npt.NDArray[np.float32]]
T = TypeVar("T")


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """A page as it was read at one angle.

    Attributes:
        quads: (4, 2) each, text regions in pixels of the page as it was turned.
        readings: what they read, a reading a quad.
        result: what the caller makes of it.
    """

    quads: Quads
    readings: Sequence[Reading]
    result: T

    def part(self, which: Sequence[int]) -> Attempt[T]:
        """The same attempt with some of its quads alone."""
        return Attempt([self.quads[k] for k in which], [self.readings[k] for k in which], self.result)

    def with_more(self, other: Attempt[T]) -> Attempt[T]:
        """The same attempt with the quads of another one of the same page as well."""
        return Attempt([*self.quads, *other.quads], [*self.readings, *other.readings], self.result)

    def with_text(self) -> Attempt[T]:
        """The same attempt without quads that read as nothing."""
        return self.part([k for k, reading in enumerate(self.readings) if reading.text])


#: Reads the page turned clockwise by an angle in degrees.
Attempts = Callable[[float], Attempt[T]]
#: Reads other quads of the page of an attempt.
Probe = Callable[[Attempt[T], Quads], Sequence[Reading]]


def find_orientation(first: Attempt[T], page: Image, attempt: Attempts[T], probe: Probe[T]) -> Attempt[T]:
    """The attempt at the angle at which a page reads best.

    A page that reads with certainty and is not tilted costs nothing more. Otherwise the angle of the text is measured
    from the ink; a tilted page is levelled and read anew, one whose letters stand below each other is turned by a
    quarter, and a few long lines are read in the opposite direction to find out whether the page is upside-down.

    Args:
        first: the page as it came.
        page: grey (H, W) uint8.
        attempt: reads the page turned clockwise by an angle in degrees.
        probe: reads other quads of the page of an attempt.

    Returns:
        ``first`` where no other angle reads clearly better.
    """
    vertical = _mostly_vertical(first.quads)
    apart = _in_single_letters(first)
    certain = reads_well(first) and not apart
    if certain and _characters(first.readings) >= _FEW and not _has_tilted_lines(first.quads):
        return first
    marks = ink.marks(page)
    if marks is not None:
        levelled = _levelled(first, marks, attempt, probe)
        if levelled is not None:
            return levelled
    if certain or not first.quads:
        return first
    sure = certainty(first.readings)
    if vertical or (marks is not None and ink.horizontal_share(marks) < 0.5):
        side = _upright_of_two(attempt, 90.0, probe)
        # Vertical quads were read in both directions already: as well as they would be on the turned page.
        gain = min(sure, _CERTAIN) - _MIN_GAIN if vertical or apart else sure + _MIN_GAIN
        if certainty(side.readings) > gain and not (apart and _in_single_letters(side)):
            return side
    if _reads_better_reversed(first, probe):
        turned = attempt(180.0)
        if certainty(turned.readings) > sure + _MIN_GAIN:
            return turned
    return first


def reads_well(read: Attempt[T]) -> bool:
    """Whether text was read with certainty, and along the page."""
    return bool(read.quads) and certainty(read.readings) >= _CERTAIN and not _mostly_vertical(read.quads)


def certainty(readings: Sequence[Reading]) -> float:
    """Geometric mean of the certainties of single characters, in [0, 1]; 0 where nothing was read.

    Certainties are those of the letters' looks, without the language model: it finds words in reversed lines as well.
    """
    read = [reading for reading in readings if reading.text]
    characters = sum(len(reading.text) for reading in read)
    logs = sum(len(reading.text) * math.log(max(reading.certainty, 1e-9)) for reading in read)
    return math.exp(logs / characters) if characters else 0.0


def _levelled(
    first: Attempt[T], marks: ink.Marks, attempt: Attempts[T], probe: Probe[T]
) -> Attempt[T] | None:
    """The page levelled, where its ink lies in tilted lines that read better so; else ``None``."""
    lines = ink.text_angle(marks)
    tilt = abs((lines.angle + 45) % 90 - 45)
    if lines.contrast < _MIN_CONTRAST or tilt < _MIN_TILT:
        return None
    # Where letters gather in columns more than in lines, the text runs at a right angle to the measured one.
    for angle in (-lines.angle, 90 - lines.angle):
        level = _upright_of_two(attempt, angle, probe)
        sure, before = certainty(level.readings), certainty(first.readings)
        more = _characters(level.readings) > _MORE * _characters(first.readings)
        better = sure > before + _MIN_GAIN or (more and sure >= min(before, _CERTAIN))
        if better and (sure >= _CERTAIN or not _mostly_vertical(level.quads)):
            return level
    return None


def _upright_of_two(attempt: Attempts[T], degrees: float, probe: Probe[T]) -> Attempt[T]:
    """The page turned by an angle, or by the opposite one where that reads better."""
    turned = attempt(degrees)
    if certainty(turned.readings) < _CERTAIN and _reads_better_reversed(turned, probe):
        return attempt(degrees + 180.0)
    return turned


def _reads_better_reversed(seen: Attempt[T], probe: Probe[T]) -> bool:
    """Whether the longest lines read better in the opposite direction."""
    longest = sorted(range(len(seen.quads)), key=lambda k: -_width(seen.quads[k]))[:_PROBES]
    forward = certainty([seen.readings[k] for k in longest])
    backward = certainty(probe(seen, [np.roll(seen.quads[k], -2, axis=0) for k in longest]))
    return backward > forward + _MIN_GAIN


def _characters(readings: Sequence[Reading]) -> int:
    return sum(len(reading.text) for reading in readings)


def _width(quad: npt.NDArray[np.float32]) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]))


def _in_single_letters(read: Attempt[T]) -> bool:
    """Whether most regions of a page hold a single letter."""
    count = sum(bool(reading.text) for reading in read.readings)
    return count >= _MANY and _characters(read.readings) < _SINGLE * count


def _has_tilted_lines(quads: Quads) -> bool:
    """Whether more than a tenth of the text is tilted, by the length of its lines."""
    along = np.stack([quad[1] - quad[0] for quad in quads]).astype(np.float64)
    lengths = np.hypot(along[:, 0], along[:, 1])
    tilt = np.abs((np.rad2deg(np.arctan2(along[:, 1], along[:, 0])) + 45) % 90 - 45)
    return bool(lengths[tilt > _MIN_TILT].sum() > _TILTED * lengths.sum())


def _mostly_vertical(quads: Quads) -> bool:
    """Whether more of the text runs up or down the page than along it."""
    if not len(quads):
        return False
    wide, tall = np.ptp(np.stack(quads), axis=1).T
    return bool(tall[tall > wide].sum() > wide[tall <= wide].sum())
