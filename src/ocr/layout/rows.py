"""Rows of lines and the order in which a page is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ocr.polygons import to_quad

Floats = npt.NDArray[np.float64]

#: Members of a row may overlap along it by this share of the shorter one: regions reach beyond their letters.
_MAX_OVERLAP = 0.25
#: Greatest offset of two neighbours of a row: this share of the pitch of the lines around, and of their height where
#: no pitch is known; this many heights at most.
_MAX_OFFSET, _MAX_OFFSET_HEIGHTS = 0.55, 1.1
#: Lines below each other are further apart than this many heights; pitches beyond the second are gaps between blocks.
_MIN_PITCH, _MAX_PITCH = 0.7, 2.2
#: Standard deviation of a line's own slope is this over its length in heights.
_DIRECTION_NOISE = 0.2
#: Standard deviation of slopes over a page, and the distances across and along the lines, in heights, over which
#: they are much alike.
_SLOPES, _REACH_ACROSS, _REACH_ALONG = 0.1, 6.0, 20.0
#: The slopes of so many lines tell as much as those of more.
_MOST_SLOPES = 300
#: Lines this many times as high as the median, and so many times as high as long, run down or up the page; they stand
#: in rows of their own.
_UPRIGHT, _UPRIGHT_ASPECT = 3.0, 2.0


#: Offsets that differ by less than this many heights are alike.
_SAME_OFFSET = 0.15
#: Lines of a row further apart than this many heights stand in different columns.
_COLUMN_GAP = 1.0
#: A column hangs where its lines are off their rows by more than this share of the greatest offset.
_HANGING = 0.5


class _Pairs(NamedTuple):
    """What does not change while lines are joined, (N, N) each, from the line of the row to that of the column.

    Attributes:
        apart: whether they stand side by side.
        candidates: whether the second one may follow the first to its right.
        gap: between them along the row, in heights.
        height: of the lower one.
        reach: greatest offset in a row, in pixels.
    """

    apart: npt.NDArray[np.bool_]
    candidates: npt.NDArray[np.bool_]
    gap: Floats
    height: Floats
    reach: Floats


class _Lines(NamedTuple):
    """Lines in a frame in which most of them run along x; every array has an entry a line.

    Attributes:
        x0, x1: left and right end.
        x, y: centre.
        height: across the line.
        slope: dy / dx of the text around.
    """

    x0: Floats
    x1: Floats
    x: Floats
    y: Floats
    height: Floats
    slope: Floats


def reading_order(polygons: Sequence[npt.ArrayLike]) -> list[int]:
    """Indices in reading order: rows from top to bottom, left to right inside a row."""
    return [index for row in rows(polygons) for index in row]


def rows(polygons: Sequence[npt.ArrayLike]) -> list[list[int]]:
    """Group lines that stand side by side into rows.

    A line continues to its right at the slope of the text around it, which may change over the page: lines are
    weighed by their length, because the direction of a short one says little. Neighbours are joined best fit first,
    so that columns that hang a little lower than others stay with their own rows.

    Args:
        polygons: (N, 2) each, in pixels, clockwise from the text's own top-left corner.

    Returns:
        Rows from top to bottom, each with the indices of its lines from left to right. Lines of a row do not overlap
        along it.
    """
    if not len(polygons):
        return []
    lines = _levelled(np.stack([to_quad(p) for p in polygons]).astype(np.float64))
    groups = _joined(lines)
    return _from_top(groups, lines)


def _levelled(quads: Floats) -> _Lines:
    """Quads (N, 4, 2) in a frame in which most of the text runs along x."""
    along = (quads[:, 1] - quads[:, 0]) + (quads[:, 2] - quads[:, 3])
    common = np.arctan2(along[:, 1].sum(), along[:, 0].sum())
    # Angles are measured from the common direction: around ± 180 degrees their median would mean nothing.
    offset = (np.arctan2(along[:, 1], along[:, 0]) - common + np.pi) % (2 * np.pi) - np.pi
    angle = common + _weighted_median(offset, np.hypot(along[:, 0], along[:, 1]))
    c, s = np.cos(angle), np.sin(angle)
    level = quads @ np.array([[c, -s], [s, c]])
    # A narrow figure is taken for text that runs down or up: its height lies along its text.
    side = np.abs(level[:, 1] - level[:, 0])
    level = np.where((side[:, 1] > side[:, 0])[:, None, None], np.roll(level, 1, axis=1), level)
    x, y = level.mean(axis=1).T
    direction = (level[:, 1] - level[:, 0]) + (level[:, 2] - level[:, 3])
    direction *= np.where(direction[:, :1] < 0, -1.0, 1.0)
    length = np.maximum(0.5 * np.abs(direction[:, 0]), 1e-6)
    height = np.maximum(np.abs(level[:, 2:, 1].mean(axis=1) - level[:, :2, 1].mean(axis=1)), 1e-6)
    slope = _smoothed(x, y, direction[:, 1] / (2 * length), length, height)
    return _Lines(x - length / 2, x + length / 2, x, y, height, slope)


def _smoothed(x: Floats, y: Floats, slope: Floats, length: Floats, height: Floats) -> Floats:
    """The slope (N,) of the text around each line: a Gaussian process through the lines' own slopes."""
    usual = float(np.median(height))
    some = np.argsort(y)[:: -(-len(y) // _MOST_SLOPES)]
    u, v = x / (_REACH_ALONG * usual), y / (_REACH_ACROSS * usual)
    field = _SLOPES**2 * np.exp(-0.5 * ((u[:, None] - u[some]) ** 2 + (v[:, None] - v[some]) ** 2))
    seen, noise = slope[some], (_DIRECTION_NOISE * height[some] / length[some]) ** 2 + 0.005**2
    smooth = field[some] @ np.linalg.solve(field[some] + np.diag(noise), seen)
    # Once more with less trust in lines that disagree with those around them.
    noise *= 1.0 + (seen - smooth) ** 2 / (4 * noise)
    return np.asarray(field @ np.linalg.solve(field[some] + np.diag(noise), seen))


def _joined(lines: _Lines) -> list[list[int]]:
    """Groups of lines that stand in one row, each from left to right."""
    length = lines.x1 - lines.x0
    shorter = np.minimum(length, length[:, None])
    shared = np.minimum(lines.x1[:, None], lines.x1) - np.maximum(lines.x0[:, None], lines.x0)
    dx = lines.x - lines.x[:, None]
    offset = lines.y - lines.y[:, None] - dx * 0.5 * (lines.slope + lines.slope[:, None])
    height = np.minimum(lines.height, lines.height[:, None])
    pitch = np.maximum(_pitch(lines, offset, shared > 0.5 * shorter), height)
    upright = (lines.height > _UPRIGHT * np.median(lines.height)) & (lines.height > _UPRIGHT_ASPECT * length)
    pairs = _Pairs(
        apart=shared <= _MAX_OVERLAP * shorter,
        candidates=(dx > 0) & ~(upright | upright[:, None]),
        gap=np.maximum(0.0, -shared) / height,
        height=height,
        reach=np.minimum(_MAX_OFFSET * pitch, _MAX_OFFSET_HEIGHTS * height),
    )
    groups = _best_first(lines, pairs, offset)
    hanging = _hanging(groups, lines, pairs, offset)
    return (
        groups if hanging is None else _best_first(lines, pairs, offset - hanging * (pairs.gap > _COLUMN_GAP))
    )


def _best_first(lines: _Lines, pairs: _Pairs, offset: Floats) -> list[list[int]]:
    """Groups of lines, joined pair by pair: those with the smallest offset (N, N) from each other first."""
    fits = np.abs(offset) < pairs.reach
    left, right = np.nonzero(pairs.apart & pairs.candidates & fits)
    # Of offsets that differ by less than can be measured, the pair with the smaller gap, and then the upper one.
    steps = np.floor(np.abs(offset[left, right]) / (_SAME_OFFSET * pairs.height[left, right]))
    order = np.lexsort((lines.y[left], np.floor(pairs.gap[left, right] / 2), steps))
    x = lines.x.tolist()
    group_of = list(range(len(x)))
    groups = [[k] for k in group_of]
    apart, fitting = pairs.apart.tolist(), fits.tolist()
    for i, j in zip(left[order].tolist(), right[order].tolist(), strict=True):
        a, b = group_of[i], group_of[j]
        if a == b or not all(apart[k][m] for k in groups[a] for m in groups[b]):
            continue
        both = sorted((*groups[a], *groups[b]), key=x.__getitem__)
        if all(fitting[k][m] for k, m in pairwise(both)):
            groups[a], groups[b] = both, []
            for k in both:
                group_of[k] = a
    return [group for group in groups if group]


def _hanging(groups: list[list[int]], lines: _Lines, pairs: _Pairs, offset: Floats) -> Floats | None:
    """How much lower (N,) each line stands than its row, where whole columns do; ``None`` where none does.

    Half a pitch off, a line fits the row above as well as the one below: lines of one column are decided together,
    and hang lower where nothing tells.
    """
    links = [(i, j) for row in groups for i, j in pairwise(row) if pairs.gap[i, j] > _COLUMN_GAP]
    if len(links) < 3:
        return None
    left, right = np.array(links).T
    offsets, usual = offset[left, right], float(np.median(lines.height))
    near = ((lines.x[:, None] - lines.x[right]) / (4 * usual)) ** 2
    near = np.exp(-0.5 * (near + ((lines.y[:, None] - lines.y[right]) / (10 * usual)) ** 2))
    total = near.sum(axis=1) + 1e-9
    size, mean = near @ np.abs(offsets) / total, near @ offsets / total
    clear = size > _HANGING * pairs.reach[np.arange(len(size)), np.arange(len(size))]
    return np.where(clear, np.where(mean < -0.7 * size, -size, size), 0.0) if clear.any() else None


def _pitch(lines: _Lines, offset: Floats, over: npt.NDArray[np.bool_]) -> float:
    """Median distance between lines that stand below each other; 0 where there are none."""
    usual = float(np.median(lines.height))
    below = np.where(over & (offset > _MIN_PITCH * usual), offset, np.inf).min(axis=1, initial=np.inf)
    near = below[below < _MAX_PITCH * usual]
    return float(np.median(near)) if len(near) >= 3 else 0.0


def _from_top(groups: list[list[int]], lines: _Lines) -> list[list[int]]:
    """Rows from top to bottom."""
    middle = float(np.median(lines.x))
    there = (lines.y - lines.slope * (lines.x - middle)).tolist()
    return sorted(groups, key=lambda row: sum(there[k] for k in row) / len(row))


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
