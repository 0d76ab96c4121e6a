"""Dates beside a time of day that detection did not find, such as those that touch the bars of a code above them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ocr.layout.merging import Fragment
from ocr.receipts import dates
from ocr.recognition.recognizer import Reading

Quad = npt.NDArray[np.float32]
#: Heights of the text that a gap beside a time has at least for a date, and that stay free on both sides.
_WIDEST, _MARGIN = 4.0, 0.25
#: Share of the height by which a gap is read lower as well, below what touches its text.
_LOWER = 0.12
#: Least confidence of a date that is taken.
_LEAST = 0.55
#: Gaps that are read at most, those beside the lowest times.
_MOST = 4


def missing_dates(
    fragments: Sequence[Fragment],
    grey: npt.NDArray[np.uint8],
    read: Callable[[npt.NDArray[np.uint8], list[Quad]], list[Reading]],
) -> list[Fragment]:
    """Read the gaps beside times of day where no date was read anywhere.

    Args:
        fragments: lines of one receipt in pixels of ``grey``.
        grey: (H, W) uint8 page.
        read: readings of quads of the page.

    Returns:
        The date as one more fragment; none where some line has a date, or where nothing certain is found.
    """
    times = [k for k, one in enumerate(fragments) if _has_time(one.text)]
    if not times or any(dates.find(one.text) for one in fragments):
        return []
    times.sort(key=lambda k: -float(fragments[k].quad[:, 1].mean()))
    gaps = [gap for k in times for gap in _gaps(k, fragments)][: 4 * _MOST]
    if not gaps:
        return []
    found = [
        (reading.confidence, reading, quad)
        for reading, quad in zip(read(grey, gaps), gaps, strict=True)
        if reading.confidence >= _LEAST and dates.find(reading.text)
    ]
    if not found:
        return []
    _, best, quad = max(found, key=lambda one: one[0])
    return [Fragment(best.text, best.confidence, quad, best.words, best.alternatives)]


def _has_time(text: str) -> bool:
    return any(one.sure for one in dates.find_times(text))


def _gaps(k: int, fragments: Sequence[Fragment]) -> Iterator[Quad]:
    """The parts of the row of a line that no other line covers: whole, and the half that is nearer, a little lower."""
    quad = fragments[k].quad.astype(np.float64)
    # A time is too short to tell the direction of its row.
    quads = np.stack([one.quad for one in fragments]).astype(np.float64)
    along = ((quads[:, 1] - quads[:, 0]) + (quads[:, 2] - quads[:, 3])).sum(axis=0)
    length = float(np.hypot(*along)) or 1.0
    along = along / length
    down = np.array([-along[1], along[0]])
    height = float(np.linalg.norm(quad[3] - quad[0]))
    middle = float(quad.mean(axis=0) @ down)
    row = [
        one.quad.astype(np.float64) @ along
        for one in fragments
        if abs(float(one.quad.mean(axis=0) @ down) - middle) < 0.5 * height
    ]
    left, right = float((quad @ along).min()), float((quad @ along).max())
    edges = [one.quad.astype(np.float64) @ along for one in fragments]
    first = max(
        [float(one.max()) for one in row if one.max() <= left + 0.5 * height], default=min(map(_least, edges))
    )
    last = min(
        [float(one.min()) for one in row if one.min() >= right - 0.5 * height], default=max(map(_most, edges))
    )
    for start, stop, near in ((first, left, 1), (right, last, 0)):
        start, stop = start + _MARGIN * height, stop - _MARGIN * height
        if stop - start < _WIDEST * height:
            continue
        centre = (start + stop) / 2
        halves = (centre, stop) if near else (start, centre)
        for low, high in ((start, stop), halves):
            for lower in (0.0, _LOWER):
                top, bottom = middle - (0.5 - lower) * height, middle + 0.5 * height
                corners = ((low, top), (high, top), (high, bottom), (low, bottom))
                yield np.array([x * along + y * down for x, y in corners], np.float32)


def _least(values: npt.NDArray[np.float64]) -> float:
    return float(values.min())


def _most(values: npt.NDArray[np.float64]) -> float:
    return float(values.max())
