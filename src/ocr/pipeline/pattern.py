"""Pages with a pattern behind their text: told by their readings and their ink, and read without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ocr.prepare.pattern import marked_share
from ocr.recognition.recognizer import Reading

#: Share of a page's characters that are right where its text is read well, and where it is read badly.
_WELL, _BADLY = 0.8, 0.6
#: Share of a page that is no paper from which there may be a pattern; print alone comes to less.
_MARKED = 0.17
#: A page without its pattern reads better where so many times as many characters are right, and so many more.
_BETTER, _MORE = 1.15, 8.0
#: Shorter lines may be parts of the pattern, and tell nothing of the text.
_SHORTEST = 3
#: Darkness of a pattern in that of the ink from which strokes of letters may have gone with it.
_DARK = 0.45
#: Of a pattern that was removed, so many single signs alike may be left, as where paper cuts its dots; what is left of
#: their confidence.
_ALIKE, _KEPT = 6, 0.3
#: A page is looked at with this short side in pixels.
_SHORT = 300

_MESSAGE = (
    "a pattern, or something dark, lies behind the text of the page, so that lines can be missing or wrong; "
    "give a picture on plain ground"
)


def may_hide_text(readings: Sequence[Reading], page: npt.NDArray[np.uint8]) -> bool:
    """Whether a page is read badly, or nothing is, and so much of it is no paper that it may have a pattern.

    Args:
        readings: of the page.
        page: grey (H, W) uint8.
    """
    return _legible(readings) <= _WELL * _characters(readings) and _is_covered(page)


def is_better(without: Sequence[Reading], readings: Sequence[Reading]) -> bool:
    """Whether a page reads better without what is lighter than its ink."""
    without, readings = ([one for one in some if len(one.text) >= _SHORTEST] for some in (without, readings))
    return _legible(without) >= max(_BETTER * _legible(readings), _legible(readings) + _MORE)


def warning(
    readings: Sequence[Reading], page: npt.NDArray[np.uint8], figures: Mapping[str, float]
) -> Iterator[tuple[str, str]]:
    """The warning of a page as a (code, message) pair, where a pattern keeps its text from being read.

    Args:
        readings: of the page.
        page: grey (H, W) uint8, as it came in.
        figures: of the stages that it went through; see `ocr.prepare.Prepared`.
    """
    removed = figures.get("pattern.darkness", 0.0) > _DARK
    if removed or (0 < _legible(readings) <= _BADLY * _characters(readings) and _is_covered(page)):
        yield "pattern_behind_text", _MESSAGE


def doubted(readings: Sequence[Reading], figures: Mapping[str, float]) -> list[Reading]:
    """The readings of a page; of one whose pattern was removed, single signs that come again and again are doubted.

    Args:
        readings: of the page.
        figures: of the stages that it went through; see `ocr.prepare.Prepared`.
    """
    if "pattern.darkness" not in figures:
        return list(readings)
    counts = Counter(one.text for one in readings if len(one.text) == 1 and not one.text.isdigit())
    return [
        replace(one, confidence=_KEPT * one.confidence) if counts[one.text] >= _ALIKE else one
        for one in readings
    ]


def _is_covered(page: npt.NDArray[np.uint8]) -> bool:
    every = max(1, min(page.shape) // _SHORT)
    return marked_share(np.ascontiguousarray(page[::every, ::every])) >= _MARKED


def _characters(readings: Sequence[Reading]) -> int:
    return sum(len(reading.text) for reading in readings)


def _legible(readings: Sequence[Reading]) -> float:
    """Characters by their confidence."""
    return sum(len(reading.text) * reading.confidence for reading in readings)
