"""Regions of single letters, which stand as the text around them does.

A figure such as ``1`` is taller than wide. Its rectangle alone does not tell it from a short text that runs up or down,
and read on its side it is a clear minus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ocr.detection.regions import Region

#: A letter is at most so many times as tall as wide, with the room that a detector leaves around it.
_LETTER = 2.2
#: A region so many times as wide as tall says how the text runs.
_LINE = 2.5


def with_upright_letters(regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions; those short enough for one letter begin where it does if it stands as most of the text runs."""
    if not regions:
        return ()
    quads = np.stack([region.polygon for region in regions]).astype(np.float64)
    along = (quads[:, 1] - quads[:, 0]) + (quads[:, 2] - quads[:, 3])
    across = (quads[:, 3] - quads[:, 0]) + (quads[:, 2] - quads[:, 1])
    wide, tall = np.hypot(*along.T), np.hypot(*across.T)
    lines = wide > _LINE * tall
    if not lines.any():
        return tuple(regions)
    # Squares, because text that runs down and text that runs up have the same axis.
    squares = (along[:, 0] + 1j * along[:, 1]) ** 2
    # Crosswise: more than 45 degrees from the text, where the cosine of the doubled angle is negative.
    crosswise = (squares * np.conj(squares[lines].sum())).real < 0
    turned: list[int] = np.flatnonzero(crosswise & ~lines & (wide <= _LETTER * tall)).tolist()
    found = list(regions)
    for k in turned:
        quad = regions[k].polygon
        # Of the two starts, the one from which the first side runs most nearly to the right.
        starts = [np.roll(quad, shift, axis=0) for shift in (-1, 1)]
        found[k] = replace(regions[k], polygon=max(starts, key=lambda q: float(q[1, 0] - q[0, 0])))
    return tuple(found)
