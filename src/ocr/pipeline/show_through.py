"""Pages on which the print of their back shows through: told by their readings, and read without it."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.recognition.recognizer import Reading

#: Confidence below which a reading is no text.
_GARBAGE = 0.1
#: Share of a page's characters in such readings from which its back may show through, and least number of them.
_MUCH, _MANY = 0.3, 40
#: Share of its characters that are read for certain where a page lies the right way round and its back is faint.
_LEGIBLE = 0.04
#: Of the garbage so much stays at most once the back is removed.
_LEFT = 0.7


def may_show_through(readings: Sequence[Reading], upright: bool) -> bool:
    """Whether much of a page is read as garbage, as lines of front and back together are.

    Args:
        readings: of the page.
        upright: whether it is known to lie the right way round; if not, some of it has to be read clearly.
    """
    total = sum(len(reading.text) for reading in readings)
    legible = upright or _legible(readings) >= _LEGIBLE * total
    return legible and _garbage(readings) >= max(_MANY, _MUCH * total)


def is_better(without: Sequence[Reading], readings: Sequence[Reading]) -> bool:
    """Whether a page reads better without what is faint: no text is lost, and most of the garbage is."""
    return _legible(without) >= _legible(readings) and _garbage(without) <= _LEFT * _garbage(readings)


def _garbage(readings: Sequence[Reading]) -> int:
    return sum(len(reading.text) for reading in readings if reading.confidence < _GARBAGE)


def _legible(readings: Sequence[Reading]) -> float:
    """Characters by their confidence."""
    return sum(len(reading.text) * reading.confidence for reading in readings)
