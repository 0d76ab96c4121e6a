"""Several receipts in one picture: which lines belong together.

Lines are parted by straight cuts between them. A gap alone proves nothing, for amounts stand far from their
descriptions: a cut counts where the picture shows what the receipts lie on, where both sides read like a receipt of
their own, or where their text runs in different directions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr.polygons import to_quad

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]
#: Indices of some of the lines of a page.
Lines = npt.NDArray[np.intp]

#: Each receipt has at least so many lines, and so many of them with letters and with amounts where texts decide.
_MIN_LINES, _MIN_WORDS, _MIN_AMOUNTS = 4, 3, 2
#: Least gap between receipts in heights of a line: beside each other where the picture decides, and elsewhere.
_MIN_GAP, _MIN_CLEAR_GAP = 1.5, 2.5
#: A receipt on a white ground is at least this wide, in heights of a line.
_MIN_WIDTH = 8.0
#: Cuts lean by up to this many degrees, in such steps.
_MAX_LEAN, _LEAN_STEP = 24, 3
#: One that leans more is taken where its gap is so many times as wide.
_WIDER = 1.3
#: So many of the widest cuts are looked at.
_MAX_CUTS = 12
#: Text of different receipts runs so many degrees apart, or so many (and times the spread within each) where it
#: changes at once: on curled paper, and in perspective, it turns bit by bit.
_TURNED, _TURNED_AT_ONCE = 20.0, 5.0
#: The picture is looked at with this long side in pixels.
_LONG_SIDE = 480
#: What receipts lie on differs from paper by so many grey levels at least, and from place to place by so many at most.
_MIN_CONTRAST, _MAX_UNEVENNESS = 24.0, 40.0
#: The band of ground between receipts is so thick at least, in heights of a line.
_BAND = 0.4
#: So far beyond the receipts, in heights of a line, the ground must go on.
_BEYOND = 3.0
#: Print is light on dark paper where the median is within this share of the range from dark to light, and so dark.
_DARK_SHARE, _DARK = 0.3, 96
#: Fewer pixels than this say nothing.
_MIN_PIXELS = 8
#: Share of a line across the picture that shows the ground.
_GROUND_SHARE = 0.9

_AMOUNT = re.compile(r"\d[.,]\s?\d\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3}")


class _Cut(NamedTuple):
    """A straight cut between lines.

    Attributes:
        normal: (2,) unit vector across the cut, from the first side to the second.
        start, end: of the gap along the normal, in pixels.
        second: (N,) which lines lie on the second side.
        beside: whether the sides lie beside each other, not below.
    """

    normal: Floats
    start: float
    end: float
    second: npt.NDArray[np.bool_]
    beside: bool


def separate_receipts(
    polygons: Sequence[npt.ArrayLike], texts: Sequence[str] | None = None, image: Image | None = None
) -> list[list[int]]:
    """Part the lines of a page into those of its receipts.

    Args:
        polygons: (N, 2) each, lines in pixels of ``image``, clockwise from the text's own top-left corner.
        texts: of the lines, where they were read.
        image: RGB (H, W, 3) or grey (H, W) uint8.

    Returns:
        Indices of the lines of each receipt, from the top left to the bottom right; one list where nothing tells of
        several, none where there are no lines.
    """
    if not len(polygons):
        return []
    quads = np.stack([to_quad(polygon) for polygon in polygons]).astype(np.float64)
    every = np.arange(len(quads))
    if len(quads) < 2 * _MIN_LINES:
        return [every.tolist()]
    return [
        part.tolist()
        for part in _parted(
            every, quads, texts, cache(lambda: None if image is None else _Ground(image, quads))
        )
    ]


class _Ground:
    """What the picture shows around lines and between them."""

    def __init__(self, image: Image, quads: Floats) -> None:
        self.scale = min(1.0, _LONG_SIDE / max(image.shape[:2]))
        size = (max(1, round(image.shape[1] * self.scale)), max(1, round(image.shape[0] * self.scale)))
        # Every so many-th pixel of green is near enough to grey, and much faster to shrink.
        every = max(1, max(image.shape[:2]) // (2 * _LONG_SIDE))
        green = image[::every, ::every] if image.ndim == 2 else image[::every, ::every, 1]
        self.grey = np.asarray(cv2.resize(np.ascontiguousarray(green), size, interpolation=cv2.INTER_AREA))
        #: (N,) grey level around each line: that of its paper.
        first = np.maximum(quads.min(axis=1) * self.scale, 0).astype(int).tolist()
        last = (quads.max(axis=1) * self.scale).astype(int).tolist()
        self.papers = np.array([self._paper(*a, *b) for a, b in zip(first, last, strict=True)])

    def _paper(self, x0: int, y0: int, x1: int, y1: int) -> float:
        levels = np.sort(self.grey[y0 : y1 + 1, x0 : x1 + 1], axis=None)
        if not len(levels):
            return 255.0
        quarters = levels[[0, len(levels) // 4, len(levels) // 2, 3 * len(levels) // 4, -1]].astype(int)
        # Most of a line is paper, light or dark. In a picture made small, dense print on light paper is grey.
        dark = quarters[2] - quarters[0] < _DARK_SHARE * (quarters[4] - quarters[0])
        dark &= quarters[2] < _DARK
        return float(quarters[1 if dark else 3])

    def shows(self, cut: _Cut, first: Lines, second: Lines, quads: Floats, height: float) -> bool:
        """Whether a band within the gap, half a line thick, shows the ground that goes on beyond the receipts."""
        papers = np.array([np.median(self.papers[first]), np.median(self.papers[second])])
        along = np.array([-cut.normal[1], cut.normal[0]])
        reach = [quads[part].reshape(-1, 2) @ along for part in (first, second)]
        least, most = min(ends.min() for ends in reach), max(ends.max() for ends in reach)
        low, high = max(ends.min() for ends in reach), min(ends.max() for ends in reach)
        if high - low < 2 * height:
            low, high = least, most
        step = 1 / self.scale
        steps = np.arange(least - _BEYOND * height, most + _BEYOND * height, step)
        between, beyond = (steps >= low) & (steps <= high), (steps < least) | (steps > most)
        across = np.arange(cut.start, cut.end, step)
        # Most lines along a gap show paper: a glance at one pixel in eight tells.
        glance, inside = self._levels(cut.normal, across, steps[between][::8])
        unlike = np.abs(glance[..., None] - papers).min(axis=2)
        promising = (unlike * inside).sum(axis=1) >= 0.5 * _MIN_CONTRAST * np.maximum(inside.sum(axis=1), 1)
        thick, needed = 0, max(2, math.ceil(_BAND * height * self.scale))
        for at, promises in zip(across.tolist(), promising.tolist(), strict=True):
            thick = thick + 1 if promises else 0
            if promises:
                (levels,), (inside,) = self._levels(cut.normal, np.array([at]), steps)
                if not _is_ground(levels[inside & between], levels[inside & beyond], papers):
                    thick = 0
            if thick >= needed:
                return True
        return False

    def _levels(self, normal: Floats, across: Floats, along: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Grey levels (A, S) at distances in pixels of the page along a normal and across it, and which are inside."""
        x = (across[:, None] * normal[0] - along * normal[1]) * self.scale
        y = (across[:, None] * normal[1] + along * normal[0]) * self.scale
        tall, wide = self.grey.shape
        inside = (x >= 0) & (y >= 0) & (x < wide) & (y < tall)
        levels = self.grey[y.clip(0, tall - 1).astype(np.intp), x.clip(0, wide - 1).astype(np.intp)]
        return levels.astype(np.float64), inside


def _is_ground(between: Floats, beyond: Floats, papers: Floats) -> bool:
    """Whether grey levels between two receipts and beyond them are those of one ground, which is no paper."""
    if len(between) < _MIN_PIXELS or len(beyond) < _MIN_PIXELS:
        return False
    level = float(np.median(between))
    return bool(
        np.abs(papers - level).min() >= _MIN_CONTRAST
        and np.mean(np.abs(between[:, None] - papers).min(axis=1) > _MIN_CONTRAST / 2) >= _GROUND_SHARE
        # A fold, a shadow or a printed rule ends with the paper; the ground goes on.
        and np.mean(np.abs(beyond - level) < _MAX_UNEVENNESS) >= _GROUND_SHARE
    )


def _parted(
    members: Lines, quads: Floats, texts: Sequence[str] | None, ground_of: Callable[[], _Ground | None]
) -> Iterator[Lines]:
    """The receipts among some of the lines."""
    if len(members) >= 2 * _MIN_LINES:
        for cut in _cuts(quads[members]):
            first, second = members[~cut.second], members[cut.second]
            if _separates(cut, first, second, quads, texts, ground_of):
                yield from _parted(first, quads, texts, ground_of)
                yield from _parted(second, quads, texts, ground_of)
                return
    yield members


def _cuts(quads: Floats) -> list[_Cut]:
    """Cuts through gaps between lines (N, 4, 2), the widest first, one for each division."""
    height = float(np.median(_heights(quads)))
    along = quads[:, 1] - quads[:, 0]
    # Text that is upside-down runs along the same axis.
    opposite = along @ along[_lengths(quads).argmax()] < 0
    angle = _direction(np.where(opposite[:, None, None], np.roll(quads, 2, axis=1), quads))
    widest: dict[bytes, _Cut] = {}
    # Cuts along the text or across it first: others must be clearly wider.
    leans = sorted(range(-_MAX_LEAN, _MAX_LEAN + 1, _LEAN_STEP), key=abs)
    turns = angle + np.deg2rad(np.array([lean + across for lean in leans for across in (0, 90)]))
    normals = np.column_stack([np.cos(turns), np.sin(turns)])
    # The first side is that on the left, or at the top, of the picture.
    normals *= np.sign(
        np.where(np.abs(normals[:, :1]) >= np.abs(normals[:, 1:]), normals[:, :1], normals[:, 1:])
    )
    reach = quads @ normals.T
    low, high = reach.min(axis=1), reach.max(axis=1)
    order = np.argsort(low, axis=0)
    ends = np.maximum.accumulate(np.take_along_axis(high, order, axis=0), axis=0)[:-1]
    gaps = np.take_along_axis(low, order, axis=0)[1:] - ends
    least = np.tile([_MIN_GAP, _MIN_CLEAR_GAP], len(leans)) * height
    # Each side has enough lines.
    inner = slice(_MIN_LINES - 1, len(quads) - _MIN_LINES)
    for turn, k in np.argwhere((gaps[inner] > least).T).tolist():
        k += _MIN_LINES - 1
        second = np.zeros(len(quads), np.bool_)
        second[order[k + 1 :, turn]] = True
        start, gap = float(ends[k, turn]), float(gaps[k, turn])
        known = widest.get(second.tobytes())
        if known is None or _WIDER * (known.end - known.start) < gap:
            widest[second.tobytes()] = _Cut(normals[turn], start, start + gap, second, turn % 2 == 0)
    return sorted(widest.values(), key=lambda cut: cut.start - cut.end)[:_MAX_CUTS]


def _separates(
    cut: _Cut,
    first: Lines,
    second: Lines,
    quads: Floats,
    texts: Sequence[str] | None,
    ground_of: Callable[[], _Ground | None],
) -> bool:
    """Whether a cut lies between two receipts."""
    one, other = quads[first], quads[second]
    height = float(np.median(_heights(quads[np.concatenate([first, second])])))
    clear = cut.end - cut.start > _MIN_CLEAR_GAP * height
    turned, spread = _turned(one, other)
    if clear and (turned > _TURNED or turned > max(_TURNED_AT_ONCE, _TURNED_AT_ONCE * spread)):
        return True
    ground = ground_of()
    if ground is not None and ground.shows(cut, first, second, quads, height):
        return True
    if not (cut.beside and clear and texts is not None):
        return False
    widths = [float(np.ptp(part @ cut.normal)) for part in (one, other)]
    return min(widths) > _MIN_WIDTH * height and all(
        _reads_like_receipt([texts[k] for k in part]) for part in (first, second)
    )


def _reads_like_receipt(texts: Sequence[str]) -> bool:
    """Whether texts hold words as well as amounts."""
    words = sum(bool(_WORD.search(text)) for text in texts)
    amounts = sum(bool(_AMOUNT.search(text)) for text in texts)
    return words >= _MIN_WORDS and amounts >= _MIN_AMOUNTS


def _turned(one: Floats, other: Floats) -> tuple[float, float]:
    """Degrees from 0 to 180 between the directions of two groups of lines, and the median spread within a group.

    0 where one of them has no long lines.
    """
    angles, spreads = [], []
    for quads in (one, other):
        long = quads[_lengths(quads) > 3 * _heights(quads)]
        if len(long) < _MIN_LINES:
            return 0.0, 0.0
        angles.append(np.rad2deg(_direction(long)))
        along = long[:, 1] - long[:, 0]
        own = np.rad2deg(np.arctan2(along[:, 1], along[:, 0]))
        spreads.append(float(np.median(np.abs((own - angles[-1] + 180) % 360 - 180))))
    return float(abs((angles[0] - angles[1] + 180) % 360 - 180)), max(spreads)


def _direction(quads: Floats) -> float:
    """The direction in radians in which most of the text runs."""
    along = (quads[:, 1] - quads[:, 0]) + (quads[:, 2] - quads[:, 3])
    lengths = np.hypot(along[:, 0], along[:, 1])
    angles = np.arctan2(along[:, 1], along[:, 0])
    common = float(np.arctan2(along[:, 1].sum(), along[:, 0].sum()))
    offset = (angles - common + np.pi) % (2 * np.pi) - np.pi
    order = np.argsort(offset)
    total = np.cumsum(lengths[order])
    return common + float(offset[order][np.searchsorted(total, total[-1] / 2)])


def _lengths(quads: Floats) -> Floats:
    return np.asarray(np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1))


def _heights(quads: Floats) -> Floats:
    return np.asarray(np.maximum(np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1), 1e-6))
