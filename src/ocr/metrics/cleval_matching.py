"""Matching of truth lines and predictions for CLEval; the measure itself is in `ocr.metrics.cleval`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.metrics import areas

#: Share of a prediction's area that must lie in truth regions for a match.
AREA_PRECISION = 0.3
#: A line with a lower ratio of width to height counts as vertical text.
VERTICAL_RATIO = 0.5
#: An unreadable line or a false prediction stands for at most this many characters.
MOST_CHARACTERS = 10

Matrix = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Line:
    """A truth line or a prediction in the form that CLEval measures.

    Attributes:
        quad: (4, 2) in pixels.
        whole: the same, cut to whole pixels.
        text: its characters; one ``#`` per estimated character of an unreadable line.
    """

    quad: npt.NDArray[np.float64]
    whole: areas.Whole
    text: str

    @classmethod
    def of(cls, polygon: npt.ArrayLike, text: str, case_sensitive: bool, unreadable: bool) -> Line:
        """A line from its (N, 2) polygon and its transcript."""
        p = np.asarray(polygon)
        quad = polygons.to_quad(p).astype(np.float64)
        line = cls(quad, areas.truncate(quad), text)
        if unreadable:
            aspect = line.aspect()
            length = min(round(0.5 + max(aspect, 1 / aspect)), MOST_CHARACTERS)
            return cls(line.quad, line.whole, "#" * length)
        return line if case_sensitive else cls(line.quad, line.whole, text.upper())

    def aspect(self) -> float:
        """Width over height."""
        sides = np.hypot(*(np.roll(self.quad, -1, axis=0) - self.quad).T)
        return float(((sides[0] + sides[2]) / 2 + 1e-5) / ((sides[1] + sides[3]) / 2 + 1e-5))

    def centres(self) -> npt.NDArray[np.float64]:
        """(characters, 2) pseudo character centres: even steps along the middle of the line."""
        corners = self.quad if self.aspect() >= VERTICAL_RATIO else np.roll(self.quad, 1, axis=0)
        start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
        step = (end - start) / max(1, len(self.text))
        centres: npt.NDArray[np.float64] = (
            start + step / 2 + step * np.arange(len(self.text), dtype=np.float64)[:, None]
        )
        return centres


def area_precision(
    lines: Sequence[Line], predictions: Sequence[Line], ignored: set[int]
) -> npt.NDArray[np.float32]:
    """(T, P) share of each prediction's area that lies in each truth region."""
    shared = areas.shared_areas([line.whole for line in lines], [line.whole for line in predictions])
    readable = [line.whole for t, line in enumerate(lines) if t not in ignored]
    for t in ignored:
        region = areas.without(areas.paths(lines[t].whole), readable)
        for p in np.flatnonzero(shared[t]).tolist():
            shared[t, p] = areas.shared_area(region, predictions[p].whole)
    whole = np.array([areas.area(line.whole) for line in predictions], np.float64)
    return np.where(whole > 0, shared / np.where(whole > 0, whole, 1.0), 0.0).astype(np.float32)


def inclusion(centres: Sequence[npt.NDArray[np.float64]], predictions: Sequence[Line]) -> list[Matrix]:
    """For each truth line (P, characters): whether the centre of a character lies in a prediction."""
    ends = np.cumsum([len(c) for c in centres])
    points = np.concatenate([*centres, np.empty((0, 2))])
    everything = np.zeros((len(predictions), len(points)), np.bool_)
    for p, line in enumerate(predictions):
        everything[p] = areas.inside(points, line.whole)
    return [everything[:, end - len(c) : end] for c, end in zip(centres, ends.tolist(), strict=True)]


def ignored_predictions(
    ignored: set[int], counts: npt.NDArray[np.int64], precision: npt.NDArray[np.float32]
) -> set[int]:
    """Predictions on unreadable lines: mostly in one, or with their centres in several of them together."""
    rows = sorted(ignored)
    if not rows:
        return set()
    single = (precision[rows] >= AREA_PRECISION).any(axis=0)
    summed = np.where(counts[rows] > 0, precision[rows], np.float32(0)).sum(axis=0, dtype=np.float32)
    return set(np.flatnonzero(single | (summed >= AREA_PRECISION)).tolist())


def match(
    counts: npt.NDArray[np.int64], precision: npt.NDArray[np.float32], truths: set[int], predictions: set[int]
) -> Matrix:
    """(T, P) matches: one to one, one truth line to many predictions, many truth lines to one prediction."""
    hit = counts > 0
    good = hit & (precision >= AREA_PRECISION)
    valid = np.zeros(counts.shape, np.bool_)
    valid[np.ix_(sorted(truths), sorted(predictions))] = True
    # Ignored regions count for uniqueness, but are not matched.
    one = good & (good.sum(axis=1, keepdims=True) == 1) & (good.sum(axis=0, keepdims=True) == 1)
    split = good & valid
    split &= split.sum(axis=1, keepdims=True) >= 2
    merged = hit & valid
    together = np.where(merged, precision, 0).sum(axis=0, keepdims=True, dtype=np.float64)
    merged &= (merged.sum(axis=0, keepdims=True) >= 2) & (together >= AREA_PRECISION)
    matches: Matrix = (one & valid) | split | merged
    return matches
