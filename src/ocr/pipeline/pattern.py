"""Pages with a pattern behind their text: told by their readings and their ink, and read without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    return _legible(without) >= max(_BETTER * _legible(readings), _legible(readings) + _MORE)


def warning(readings: Sequence[Reading], page: npt.NDArray[np.uint8]) -> Iterator[tuple[str, str]]:
    """The warning of a page as a (code, message) pair, where a pattern keeps its text from being read.

    Arguments as for `may_hide_text`.
    """
    if 0 < _legible(readings) <= _BADLY * _characters(readings) and _is_covered(page):
        yield "pattern_behind_text", _MESSAGE


def _is_covered(page: npt.NDArray[np.uint8]) -> bool:
    every = max(1, min(page.shape) // _SHORT)
    return marked_share(np.ascontiguousarray(page[::every, ::every])) >= _MARKED


def _characters(readings: Sequence[Reading]) -> int:
    return sum(len(reading.text) for reading in readings)


def _legible(readings: Sequence[Reading]) -> float:
    """Characters by their confidence."""
    return sum(len(reading.text) * reading.confidence for reading in readings)
