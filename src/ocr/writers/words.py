"""The words of a line with their places, for formats that place text word by word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ocr.polygons import to_quad

if TYPE_CHECKING:
    from ocr.document import Line
    from ocr.records import Polygon


def words_of(line: Line) -> tuple[tuple[str, float, Polygon], ...]:
    """Text, confidence and place of each word of a line.

    Words that the reader placed are taken as they are. A line without them is divided at its spaces, each letter taken
    to be as wide as the others.

    Returns:
        (text, confidence, polygon) in the order of the line; polygons are (N, 2) float32 in pixels. Empty for a line
        without text.
    """
    if line.words:
        return tuple((word.text, word.confidence, word.polygon) for word in line.words)
    top_left, top_right, bottom_right, bottom_left = to_quad(line.polygon).astype(np.float64)
    length = max(len(line.text), 1)
    parts = []
    for match in re.finditer(r"\S+", line.text):
        start, end = match.start() / length, match.end() / length
        corners = (
            top_left + start * (top_right - top_left),
            top_left + end * (top_right - top_left),
            bottom_left + end * (bottom_right - bottom_left),
            bottom_left + start * (bottom_right - bottom_left),
        )
        parts.append((match.group(), line.confidence, np.array(corners, np.float32)))
    return tuple(parts)


def bounds(polygon: Polygon) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a polygon in pixels."""
    (left, top), (right, bottom) = polygon.min(axis=0).tolist(), polygon.max(axis=0).tolist()
    return left, top, right, bottom
