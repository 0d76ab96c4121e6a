"""Merging of fragments: regions of one phrase that the detector split, merged if the gap is as wide as a word space.

A word space is about one letter width, whatever the height of the line; columns are two and more letter widths apart.
The letter width is known once the fragments are read, so merging follows recognition.
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

#: Widest gap between fragments of a phrase, and their largest overlap, in letter widths.
WIDEST, _MAX_OVERLAP = 1.15, 1.0
#: Widest gap between a digit and letters of the same phrase, likewise.
_CLOSE = 0.6
#: Largest ratio of the heights of two fragments, and largest offset of their middles across the line, as a share of the
#: smaller height.
_MAX_HEIGHT_RATIO, _MAX_OFFSET = 1.5, 0.3


class Fragment(NamedTuple):
    """A region that was read.

    Attributes:
        text: not empty.
        confidence: 0 to 1.
        quad: (4, 2) in pixels, clockwise from the text's own top-left corner.
        words: the words of the text in order; empty if they are not known.
        alternatives: other readings of the text; see `ocr.recognition.alternatives`.
    """

    text: str
    confidence: float
    quad: Quad
    words: tuple[ReadWord, ...] = ()
    alternatives: Alternatives = ()


def merge_fragments(fragments: Sequence[Fragment], widest: float = WIDEST) -> list[list[Fragment]]:
    """Merge fragments of the same phrase.

    The confidence of a phrase is the product of those of its fragments: it is right if all of them are.

    Args:
        fragments: of one page, in any order.
        widest: widest gap within a phrase, in letter widths.

    Returns:
        Rows of lines, from top to bottom and from left to right.
    """
    merged_rows: list[list[Fragment]] = []
    for row in rows([fragment.quad for fragment in fragments]):
        lines: list[Fragment] = []
        for fragment in (fragments[k] for k in row):
            if lines and _same_phrase(lines[-1], fragment, widest):
                lines[-1] = _merge(lines[-1], fragment)
            else:
                lines.append(fragment)
        merged_rows.append(lines)
    return merged_rows


def _same_phrase(left: Fragment, right: Fragment, widest: float) -> bool:
    """Whether two neighbours in a row are fragments of one phrase."""
    # Letters after a digit begin something new, such as a name after a number, unless they stand as close as the tax
    # letter of an amount.
    if left.text[-1].isdigit() and right.text[0].isalpha():
        widest = min(widest, _CLOSE)
    (left_wide, left_tall), (right_wide, right_tall) = polygons.sides(left.quad), polygons.sides(right.quad)
    height = min(left_tall, right_tall)
    if max(left_tall, right_tall) > _MAX_HEIGHT_RATIO * height:
        return False
    # Vertical text is not merged.
    if (left_tall > left_wide and len(left.text) > 1) or (right_tall > right_wide and len(right.text) > 1):
        return False
    letter = (left_wide + right_wide) / (len(left.text) + len(right.text))
    ends = (left.quad[1] + left.quad[2]) / 2
    starts = (right.quad[0] + right.quad[3]) / 2
    along, across = axes(left.quad, right.quad)
    if not -_MAX_OVERLAP * letter < float((starts - ends) @ along) < widest * letter:
        return False
    # Most neighbours are columns, so that this is asked of few.
    return abs(float((right.quad.mean(axis=0) - left.quad.mean(axis=0)) @ across)) <= _MAX_OFFSET * height


def _merge(left: Fragment, right: Fragment) -> Fragment:
    """Two fragments as one, with a space between their texts."""
    return Fragment(
        f"{left.text} {right.text}",
        left.confidence * right.confidence,
        around([left.quad, right.quad]),
        (*left.words, *right.words) if left.words and right.words else (),
        merged(left.text, left.alternatives, right.text, right.alternatives),
    )


def around(quads: Sequence[Quad]) -> Quad:
    """The smallest rectangle around several lines, along their common direction, (4, 2)."""
    directions = np.stack(axes(*quads))
    points = np.concatenate(quads) @ directions.T
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return (np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ directions).astype(np.float32)


def axes(*quads: Quad) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Unit vectors along and across the mean direction of lines, weighted by length."""
    both = np.stack(quads).astype(np.float64)
    along = (both[:, 1] - both[:, 0] + both[:, 2] - both[:, 3]).sum(axis=0)
    along /= max(float(np.linalg.norm(along)), 1e-9)
    return along, np.array([-along[1], along[0]])
