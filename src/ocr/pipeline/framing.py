"""Dashes and asterisks that frame a line and that detection left out: ``-- THANK YOU --``, ``**** **** **** 1234``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ocr.layout.merging import Fragment
from ocr.recognition.recognizer import Reading

Quad = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Grey = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

#: What frames a line.
_MARKS = "-*=~–— "
#: Shares of a line's height, from its top, at which its surroundings are looked at: marks stand above the feet of
#: letters, so that nothing dark is among the last ones.
_BAND = np.array([0.12, 0.2, 0.28, 0.36, 0.44, 0.52, 0.6, 0.68])
_FEET = np.array([0.84, 0.95])
#: Heights between the places along a line that are looked at, and how far beyond its ends at first and at most.
_STEP, _NEAR, _FAR = 0.1, 1.3, 14.0
#: The region of a line reaches so far beyond its text, in heights; a gap within or before marks is so wide at most.
_BEGIN, _WIDEST = 0.15, 1.2
#: Share of the way from ink to paper below which a pixel is dark.
_DARK = 0.6
#: Levels between ink and paper at least.
_CONTRAST = 24
#: Marks on either side of a line at most, and asterisks for the hidden figures of a number.
_FRAME, _HIDDEN = 4, 16
#: The reading with marks has at least this share of the confidence without.
_SHARE = 0.35
#: Heights along which there is ink at least, and a region ends so far behind it.
_LEAST, _MARGIN = 0.25, 0.15


class _Lines(NamedTuple):
    """Lines as arrays.

    Attributes:
        ends: (N, 2, 2) middles of the left and the right side.
        outward: (N, 2, 2) unit vectors from the line at either end.
        down: (N, 2) vectors from the top to the bottom.
        heights: (N,) pixels.
    """

    ends: Floats
    outward: Floats
    down: Floats
    heights: Floats

    @classmethod
    def of(cls, quads: Floats) -> _Lines:
        left, right = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
        along = right - left
        along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
        down = (quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1]) / 2
        return cls(
            np.stack([left, right], axis=1),
            np.stack([-along, along], axis=1),
            down,
            np.linalg.norm(down, axis=1),
        )

    def beyond(self, grey: Grey, k: Whole, side: Whole, reach: float) -> Grey:
        """Levels (n, rows, columns) of the page beyond ends of lines, the rows of `_BAND` before those of `_FEET`."""
        along = np.arange(_BEGIN, reach, _STEP)
        across = np.concatenate([_BAND, _FEET]) - 0.5
        places = (
            self.ends[k, side][:, None, None]
            + across[None, :, None, None] * self.down[k][:, None, None]
            + along[None, None, :, None] * (self.outward[k, side] * self.heights[k, None])[:, None, None]
        )
        return _levels(grey, places)


def with_frames(
    fragments: Sequence[Fragment],
    grey: Grey,
    read: Callable[[Grey, list[Quad]], list[Reading]],
) -> list[Fragment]:
    """The lines, with the marks that stand in front of them and behind them.

    A line beside which there is ink as of marks is read once more, together with them. The reading is taken where it
    differs by marks alone.

    Args:
        fragments: lines of one receipt in pixels of ``grey``.
        grey: (H, W) uint8 page.
        read: readings of quads of the page.
    """
    if not fragments:
        return []
    quads = np.stack([one.quad for one in fragments]).astype(np.float64)
    lines = _Lines.of(quads)
    darkest = _dark_below(quads, grey)
    numbers, sides = (part.ravel() for part in np.indices((len(quads), 2)))
    near = lines.beyond(grey, numbers, sides, _NEAR) < darkest[numbers, None, None]
    wanted = _like_marks(near)
    reaches: dict[int, dict[int, float]] = {}
    for k, side in zip(numbers[wanted].tolist(), sides[wanted].tolist(), strict=True):
        free = _free(k, side, quads, lines)
        if free < _NEAR:
            continue
        dark = lines.beyond(grey, np.array([k]), np.array([side]), min(_FAR, free))[0] < darkest[k]
        reach = _reach(dark)
        if reach:
            reaches.setdefault(k, {})[side] = reach
    longer: dict[int, Quad] = {}
    for k, found in reaches.items():
        if not _may_be_framed(fragments[k].text, found):
            continue
        quad = longer[k] = fragments[k].quad.copy()
        for side, reach in found.items():
            move = lines.outward[k, side] * lines.heights[k] * reach
            quad[[0, 3] if side == 0 else [1, 2]] += move.astype(np.float32)
    if not longer:
        return list(fragments)
    framed = list(fragments)
    for (k, quad), reading in zip(longer.items(), read(grey, list(longer.values())), strict=True):
        if _is_framed(reading, fragments[k]):
            framed[k] = Fragment(reading.text, reading.confidence, quad, reading.words, reading.alternatives)
    return framed


def _may_be_framed(text: str, sides: Collection[int]) -> bool:
    """Whether marks on some sides of a line, 0 for the left, frame it or hide figures of its number."""
    left, right = 0 in sides or text[0] in _MARKS, 1 in sides or text[-1] in _MARKS
    return left and (right or text.lstrip(_MARKS)[:1].isdigit())


def _is_framed(reading: Reading, known: Fragment) -> bool:
    """Whether a reading is that of a known line, framed, or with the hidden figures of its number."""
    text = _without_marks(known.text)
    if not text or _without_marks(reading.text) != text or len(reading.text) <= len(known.text):
        return False
    before = reading.text[: len(reading.text) - len(reading.text.lstrip(_MARKS))].replace(" ", "")
    behind = reading.text[len(reading.text.rstrip(_MARKS)) :].replace(" ", "")
    kinds = set(before) | set(behind)
    if behind or not text[0].isdigit():
        # Longer ones are a rule that begins or ends at the line, and one alone joins what stands side by side.
        framed = bool(before) and bool(behind) and max(len(before), len(behind)) <= _FRAME and len(kinds) == 1
    else:
        framed = kinds == {"*"} and len(before) <= _HIDDEN
    return framed and reading.confidence >= _SHARE * known.confidence


def _without_marks(text: str) -> str:
    return text.strip(_MARKS).replace(" ", "")


def _levels(grey: Grey, places: Floats) -> Grey:
    """Levels of the page at places (…, 2); its edge goes on beyond it."""
    height, width = grey.shape
    x = np.clip(places[..., 0].astype(np.intp), 0, width - 1)
    y = np.clip(places[..., 1].astype(np.intp), 0, height - 1)
    return grey[y, x]


def _dark_below(quads: Floats, grey: Grey) -> Floats:
    """Levels (N,) below which a pixel is as dark as the ink of a line; 0 for faint lines and for light ones on dark."""
    x, y = np.linspace(0.02, 0.98, 32), np.linspace(0.2, 0.8, 5)
    top = quads[:, None, 0] + x[None, :, None] * (quads[:, None, 1] - quads[:, None, 0])
    bottom = quads[:, None, 3] + x[None, :, None] * (quads[:, None, 2] - quads[:, None, 3])
    levels = _levels(grey, top[:, None] + y[None, :, None, None] * (bottom - top)[:, None]).reshape(
        len(quads), -1
    )
    levels.sort(axis=1)
    ink, middle, paper = levels[:, [round(share * levels.shape[1]) for share in (0.06, 0.5, 0.85)]].T.astype(
        np.float64
    )
    clear = (paper - ink >= _CONTRAST) & (middle > (ink + paper) / 2)
    return np.where(clear, ink + _DARK * (paper - ink), 0.0)


def _like_marks(dark: Bools) -> Bools:
    """Whether there is ink in the band of marks and none at the feet, (n,) of (n, rows, columns)."""
    band, feet = dark[:, : len(_BAND)].any(axis=1), dark[:, len(_BAND) :].any(axis=1)
    inked: Bools = (band.sum(axis=1) * _STEP >= _LEAST) & (feet.sum(axis=1) <= 1)
    return inked


def _reach(dark: Bools) -> float:
    """Heights from the end of a line to that of the marks beyond it; 0 without marks."""
    band = np.logical_or.reduce(dark[: len(_BAND)], axis=0)
    feet = np.logical_or.reduce(dark[len(_BAND) :], axis=0)
    widest = round(_WIDEST / _STEP)
    last = -1
    for column in range(len(band)):
        if column - last > widest or (feet[column] and feet[max(0, column - 2) : column + 3].sum() > 1):
            break
        if band[column]:
            last = column
    if last < 0 or band[: last + 1].sum() * _STEP < _LEAST:
        return 0.0
    return _BEGIN + (last + 1) * _STEP + _MARGIN


def _free(k: int, side: int, quads: Floats, lines: _Lines) -> float:
    """Heights from the end of a line to its neighbour in the row."""
    height = max(float(lines.heights[k]), 1e-6)
    away = (quads - lines.ends[k, side]) @ lines.outward[k, side] / height
    aside = (quads - lines.ends[k, side]) @ lines.down[k] / height**2
    ahead = (away.mean(axis=1) > 0) & (aside.min(axis=1) < 0.4) & (aside.max(axis=1) > -0.4)
    ahead[k] = False
    return float(away[ahead].min() - _BEGIN) if ahead.any() else np.inf
