"""Parts of one phrase that a detector took for several lines, joined where the space between them is that of a word.

How wide a space between words is depends on the print: in letters' widths it is one, whatever the height of the line,
while columns are parted by two and more. That is known only once the parts are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.layout.rows import rows
from ocr.recognition.alternatives import Alternatives, merged
from ocr.recognition.recognizer import ReadWord

Quad = npt.NDArray[np.float32]

#: Between parts of a phrase there are at most so many letters' widths; regions may overlap by as many.
WIDEST, _OVERLAP = 1.15, 1.0
#: Parts of a phrase have heights in this proportion at most, and middles off by this share of their height at most.
_HEIGHTS, _OFFSET = 1.5, 0.3


class Fragment(NamedTuple):
    """A region that was read.

    Attributes:
        text: not empty.
        confidence: 0 to 1.
        quad: (4, 2) in pixels, clockwise from the text's own top-left corner.
        words: the words of the text in order, where they are known.
        alternatives: other readings of the text; see `ocr.recognition.alternatives`.
    """

    text: str
    confidence: float
    quad: Quad
    words: tuple[ReadWord, ...] = ()
    alternatives: Alternatives = ()


def merge_fragments(parts: Sequence[Fragment], widest: float = WIDEST) -> list[Fragment]:
    """The parts of a page, those of one phrase as one.

    The confidence of a phrase is the product of those of its parts: it is right where all of them are.

    Args:
        parts: in any order.
        widest: space between parts of a phrase at most, in widths of a letter.

    Returns:
        Lines, row by row from top to bottom.
    """
    found: list[Fragment] = []
    for row in rows([part.quad for part in parts]):
        lines: list[Fragment] = []
        for part in (parts[k] for k in row):
            if lines and _belong(lines[-1], part, widest):
                lines[-1] = _one(lines[-1], part)
            else:
                lines.append(part)
        found += lines
    return found


def _belong(left: Fragment, right: Fragment, widest: float) -> bool:
    """Whether two neighbours of a row are parts of one phrase."""
    # After a figure letters begin something new: the unit after an amount, the name after a number.
    if left.text[-1].isdigit() and right.text[0].isalpha():
        return False
    sides = [polygons.sides(part.quad) for part in (left, right)]
    widths, heights = [wide for wide, _ in sides], [tall for _, tall in sides]
    if max(heights) > _HEIGHTS * min(heights):
        return False
    # Text that runs down has its letters below each other.
    if any(h > w and len(part.text) > 1 for part, w, h in zip((left, right), widths, heights, strict=True)):
        return False
    along, across = _axes(left.quad, right.quad)
    ends = (left.quad[1] + left.quad[2]) / 2
    starts = (right.quad[0] + right.quad[3]) / 2
    if abs(float((right.quad.mean(axis=0) - left.quad.mean(axis=0)) @ across)) > _OFFSET * min(heights):
        return False
    letter = sum(widths) / (len(left.text) + len(right.text))
    return -_OVERLAP * letter < float((starts - ends) @ along) < widest * letter


def _one(left: Fragment, right: Fragment) -> Fragment:
    """Two parts as one, with a space between their texts."""
    axes = np.stack(_axes(left.quad, right.quad))
    # The smallest rectangle around both, along their common direction.
    points = np.concatenate([left.quad, right.quad]) @ axes.T
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    quad = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ axes
    return Fragment(
        f"{left.text} {right.text}",
        left.confidence * right.confidence,
        quad.astype(np.float32),
        (*left.words, *right.words) if left.words and right.words else (),
        merged(left.text, left.alternatives, right.text, right.alternatives),
    )


def _axes(left: Quad, right: Quad) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Unit vectors along two lines and across them; the longer line counts more."""
    both = np.stack([left, right]).astype(np.float64)
    along = (both[:, 1] - both[:, 0] + both[:, 2] - both[:, 3]).sum(axis=0)
    along /= max(float(np.linalg.norm(along)), 1e-9)
    return along, np.array([-along[1], along[0]])
