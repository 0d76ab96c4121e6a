"""Regions of one line that reach into each other, where growing them filled more than the space between their words.

The end of one would be read as the first letter of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ocr.detection.regions import Region

#: Regions of one line differ in direction by less than this cosine, in height by less than this factor, and their ends
#: are less than this share of the lower one's height above or below each other.
_PARALLEL, _HEIGHTS, _OFFSET = 0.97, 1.6, 0.35
#: They reach into each other by this share of the lower one's height at most.
_DEEPEST = 0.8


def without_overlaps(regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions; two that follow each other in a line and overlap end and begin in the middle of what they share."""
    if len(regions) < 2:
        return tuple(regions)
    quads = np.stack([region.polygon for region in regions]).astype(np.float64)
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    wide = np.maximum(np.hypot(*along.T), 1e-6)
    along /= wide[:, None]
    tall = np.hypot(*((quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1]) / 2).T)
    starts, ends = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
    between = starts[None] - ends[:, None]  # from the end of the row's region to the start of the column's
    depth = -(between * along[:, None]).sum(axis=2)
    offset = np.abs(between[..., 1] * along[:, None, 0] - between[..., 0] * along[:, None, 1])
    lower = np.minimum(tall, tall[:, None])
    shared = (depth > 0) & (depth < _DEEPEST * lower) & (depth < 0.5 * np.minimum(wide, wide[:, None]))
    shared &= (offset < _OFFSET * lower) & (np.maximum(tall, tall[:, None]) < _HEIGHTS * lower)
    shared &= along @ along.T > _PARALLEL
    if not shared.any():
        return tuple(regions)
    cut = np.where(shared, depth / 2, 0.0)
    from_end, from_start = cut.max(axis=1), cut.max(axis=0)
    trimmed = list(regions)
    for k in np.flatnonzero((from_end > 0) | (from_start > 0)).tolist():
        moves = np.array([from_start[k], -from_end[k], -from_end[k], from_start[k]])
        polygon = (quads[k] + moves[:, None] * along[k]).astype(np.float32)
        trimmed[k] = replace(regions[k], polygon=polygon)
    return tuple(trimmed)
