"""Which way the text of a page runs, told by the lines that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ocr.polygons import to_quad

if TYPE_CHECKING:
    from ocr.document import Document


class Direction(NamedTuple):
    """The direction of most of the text.

    Attributes:
        quarter_turn: degrees clockwise by which the text is turned, to the nearest quarter: 0, 90, 180 or 270.
        skew: degrees clockwise by which it is turned further, from -45 to 45.
        agreement: part of the text's length, 0 to 1, that runs that way.
        lines: number of lines that were looked at.
    """

    quarter_turn: int
    skew: float
    agreement: float
    lines: int


def text_direction(document: Document) -> Direction | None:
    """The direction of the text; longer lines count more. ``None`` for a document without text."""
    quads = [to_quad(line.polygon).astype(np.float64) for line in document.lines if line.text]
    if not quads:
        return None
    along = np.array([(quad[1] - quad[0] + quad[2] - quad[3]) / 2 for quad in quads])
    lengths = np.hypot(along[:, 0], along[:, 1])
    # With y downwards, angles grow clockwise.
    angles = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    quarters = np.rint(angles / 90).astype(int) % 4
    votes = np.bincount(quarters, lengths, 4)
    most = int(votes.argmax())
    chosen = quarters == most
    off = (angles[chosen] - 90 * most + 180) % 360 - 180
    order = np.argsort(off)
    middle = np.searchsorted(np.cumsum(lengths[chosen][order]), lengths[chosen].sum() / 2)
    return Direction(
        90 * most, float(off[order][middle]), float(votes[most] / max(votes.sum(), 1e-9)), len(quads)
    )
