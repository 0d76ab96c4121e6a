"""Single characters beside lines, such as a figure in a field of a form, whose regions were not sure enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ocr.detection.regions import Region
from ocr.layout.merging import Fragment, around, axes
from ocr.polygons import sides
from ocr.recognition.recognizer import Reading

Quad = npt.NDArray[np.float32]
#: A single character is at most so many times as wide as high.
_WIDEST = 1.5
#: It is as high as its line but for these factors, and its middle is off the line's by less than this share of that.
_LOWEST, _HIGHEST, _OFFSET = 0.6, 1.5, 0.3
#: Confidence from which it is taken, and what smudges, circles and strokes are read as.
_CONFIDENT = 0.9
_MARKS = frozenset("OoQcCDUuvVIilLjJtfrT|/\\-_.,:;'`~=^°*■●")


def lone_characters(
    fragments: Sequence[Fragment],
    unsure: Sequence[Region],
    grey: npt.NDArray[np.uint8],
    read: Callable[[npt.NDArray[np.uint8], list[Quad]], list[Reading]],
) -> list[Fragment]:
    """Read the unsure regions that stand in a row with lines as a single character would.

    Args:
        fragments: lines of one receipt in pixels of ``grey``.
        unsure: of the page.
        grey: (H, W) uint8 page.
        read: readings of quads of the page.

    Returns:
        Those that are read with confidence as one more fragment each.
    """
    quads = [region.polygon for region in _beside(fragments, unsure)]
    if not quads:
        return []
    return [
        Fragment(reading.text, reading.confidence, quad, reading.words, reading.alternatives)
        for reading, quad in zip(read(grey, quads), quads, strict=True)
        if len(reading.text) == 1 and reading.text not in _MARKS and reading.confidence >= _CONFIDENT
    ]


def _beside(fragments: Sequence[Fragment], unsure: Sequence[Region]) -> list[Region]:
    """Unsure regions of the size of a character that stand in a row with a line, and over none."""
    short = [region for region in unsure if sides(region.polygon)[0] <= _WIDEST * sides(region.polygon)[1]]
    if not short or not fragments:
        return []
    along, across = axes(*(one.quad for one in fragments))
    both = np.stack([along, across])
    lines = np.stack([one.quad for one in fragments]) @ both.T
    (x0, y0), (x1, y1) = lines.min(axis=1).T, lines.max(axis=1).T
    tall = np.array([sides(one.quad)[1] for one in fragments])
    receipt = around([one.quad for one in fragments]) @ both.T
    (left, top), (right, bottom) = receipt.min(axis=0), receipt.max(axis=0)
    found = []
    for region in short:
        corners = region.polygon @ both.T
        (u0, v0), (u1, v1) = corners.min(axis=0), corners.max(axis=0)
        x, y = corners.mean(axis=0)
        if not (left < x < right and top < y < bottom):
            continue
        over = (np.minimum(x1, u1) > np.maximum(x0, u0)) & (np.minimum(y1, v1) > np.maximum(y0, v0))
        in_row = np.abs((y0 + y1) / 2 - y) < _OFFSET * tall
        alike = (v1 - v0 > _LOWEST * tall) & (v1 - v0 < _HIGHEST * tall)
        if (in_row & alike).any() and not over.any():
            found.append(region)
    return found
