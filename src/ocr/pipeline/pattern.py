"""Pages with a pattern behind their text: told by their readings and their ink, and read without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ocr.prepare.pattern import is_marked_evenly, marked_share
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
#: Confidence from which a reading is text, rather than a part of the pattern.
_TEXT = 0.2
#: A page is looked at with this short side in pixels, small first, for such a share that is no paper.
_LOOKS = ((100, 0.7 * _MARKED), (300, _MARKED))

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


def is_behind(
    readings: Sequence[Reading], quads: Sequence[npt.NDArray[np.float32]], page: npt.NDArray[np.uint8]
) -> bool:
    """Whether a pattern is everywhere between the lines of a page, however well those that were found are read.

    Args:
        readings: of the page.
        quads: (4, 2) each, the regions of the readings in pixels of ``page``.
        page: grey (H, W) uint8.
    """
    badly = _legible(readings) <= _BADLY * _characters(readings)
    texts = np.array([reading.confidence >= _TEXT for reading in readings], np.bool_)
    lines = np.array(quads, np.float32).reshape(-1, 4, 2)
    return is_marked_evenly(page, lines, texts, whole=badly)


def is_better(without: Sequence[Reading], readings: Sequence[Reading], behind: bool) -> bool:
    """Whether a page reads better without what is lighter than its ink.

    Args:
        without: readings of the page without it.
        readings: of the page as it is.
        behind: whether a pattern is sure to be there: then it has to read no worse.
    """
    without, readings = ([one for one in some if len(one.text) >= _SHORTEST] for some in (without, readings))
    if behind:
        return _legible(without) >= max(_legible(readings), _MORE)
    return _legible(without) >= max(_BETTER * _legible(readings), _legible(readings) + _MORE)


def warning(
    readings: Sequence[Reading], page: npt.NDArray[np.uint8], figures: Mapping[str, float], behind: bool
) -> Iterator[tuple[str, str]]:
    """The warning of a page as a (code, message) pair, where a pattern keeps its text from being read.

    Args:
        readings: of the page.
        page: grey (H, W) uint8, as it came in.
        figures: of the stages that it went through; see `ocr.prepare.Prepared`.
        behind: whether a pattern was found between its lines.
    """
    legible, characters = _legible(readings), _characters(readings)
    # That nothing was found has a warning of its own.
    if not characters:
        return
    darkness = figures.get("pattern.darkness")
    if darkness is not None and darkness > _DARK:
        hidden = True
    elif behind:
        hidden = darkness is None or legible <= _WELL * characters
    else:
        hidden = legible <= _BADLY * characters and _is_covered(page)
    if hidden:
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
    for short, least in _LOOKS:
        every = max(1, min(page.shape) // short)
        if marked_share(np.ascontiguousarray(page[::every, ::every])) < least:
            return False
    return True


def _characters(readings: Sequence[Reading]) -> int:
    return sum(len(reading.text) for reading in readings)


def _legible(readings: Sequence[Reading]) -> float:
    """Characters by their confidence."""
    return sum(len(reading.text) * reading.confidence for reading in readings)
