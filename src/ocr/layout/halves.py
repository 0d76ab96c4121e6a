"""Large letters of which the detector took the upper and the lower half for two lines.

Korean syllables have a gap above their last consonant; in large print it is as wide as one between lines. Each half is
read as something, without confidence. Both are read again as one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ocr import polygons
from ocr.layout.merging import Fragment, Quad, around, axes

#: One of the halves at least is read with less confidence.
_DOUBTFUL = 0.75
#: Least and largest distance of the middles of two halves across the line, in mean heights of their regions: lines are
#: further apart.
_NEAREST, _FARTHEST = 0.3, 0.9
#: Share of a region's length that lies along the other one, of the shorter at least.
_ALONG = 0.8
#: Least width of a letter of a half, in heights of its region: letters of a line are narrower.
_WIDE = 0.9
#: Ratio of the heights of two halves at most.
_RATIO = 2.0
#: Confidence at which the whole is right, and at which it may be if it exceeds that of its halves by so much.
_SURE, _CLEAR, _BETTER = 0.85, 0.5, 0.1


class Whole(NamedTuple):
    """Regions to be read as one line.

    Attributes:
        parts: indices of the fragments.
        quad: around all of them.
    """

    parts: tuple[int, ...]
    quad: Quad


def wholes(fragments: Sequence[Fragment]) -> list[Whole]:
    """What may be halves of the same letters, among the fragments of a page in any order."""
    if all(one.confidence >= _DOUBTFUL for one in fragments):
        return []
    wide = [k for k, one in enumerate(fragments) if _is_wide(one)]
    doubtful = np.array([fragments[k].confidence < _DOUBTFUL for k in wide], np.bool_)
    if len(wide) < 2 or not doubtful.any():
        return []
    quads = np.stack([fragments[k].quad for k in wide]).astype(np.float64)
    along, across = axes(*quads)
    x, y = quads @ along, quads @ across
    x0, x1, middle = x.min(axis=1), x.max(axis=1), y.mean(axis=1)
    tall = np.linalg.norm(quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1], axis=1) / 2
    shared = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
    apart = np.abs(middle[:, None] - middle) / ((tall[:, None] + tall) / 2)
    joined = (
        (shared >= _ALONG * np.minimum((x1 - x0)[:, None], x1 - x0))
        & (apart > _NEAREST)
        & (apart < _FARTHEST)
        & (np.maximum(tall[:, None], tall) < _RATIO * np.minimum(tall[:, None], tall))
    )
    found: list[Whole] = []
    taken: set[int] = set()
    # The longest first: a half may have several regions below it, and none of them another one.
    for k in np.argsort(x0 - x1).tolist():
        parts = [k, *(int(n) for n in np.flatnonzero(joined[k]) if n not in taken)]
        if k in taken or len(parts) == 1 or not doubtful[parts].any():
            continue
        taken.update(parts)
        # With regions both above and below it is a line among others.
        if not np.ptp(np.sign(middle[parts[1:]] - middle[k])):
            numbers = tuple(wide[n] for n in parts)
            found.append(Whole(numbers, around([fragments[n].quad for n in numbers])))
    return found


def _is_wide(fragment: Fragment) -> bool:
    wide, tall = polygons.sides(fragment.quad)
    return wide > _WIDE * tall * len(fragment.text)


def is_better(whole: Fragment, parts: Sequence[Fragment]) -> bool:
    """Whether a reading of the whole stands for those of its parts."""
    best = max(part.confidence for part in parts)
    return bool(whole.text) and whole.confidence >= min(_SURE, max(_CLEAR, best + _BETTER))
