"""One-to-one matching of truth and predicted regions by intersection over union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.metrics.scores import Prediction
from ocr.metrics.truth import TruthLine

#: A prediction with more than this share of its area in one unreadable region is left out.
IGNORED_SHARE = 0.5


@dataclass(frozen=True)
class Matching:
    """Which truth line belongs to which prediction, by index.

    Attributes:
        pairs: (truth, prediction) indices; each index at most once, sorted by truth.
        truths: indices of the readable truth lines.
        predictions: indices of the predictions that are not on unreadable lines.
    """

    pairs: tuple[tuple[int, int], ...]
    truths: tuple[int, ...]
    predictions: tuple[int, ...]


def match_lines(
    truths: Sequence[TruthLine], predictions: Sequence[Prediction], threshold: float = 0.5
) -> Matching:
    """Match lines one to one, the pair with the largest intersection over union first.

    A prediction is left out where over half its area lies in one unreadable truth line, unless it matches a
    readable one (the rule of ICDAR 2015 "Incidental Scene Text", which decides in order of the files instead;
    the figures differ only where a region has several candidates at or above the threshold).

    Args:
        truths: annotated lines.
        predictions: predicted lines, in any order.
        threshold: least intersection over union of a pair, in (0, 1].
    """
    shared = shared_areas(truths, predictions)
    truth_areas = np.array([polygons.area(t.polygon) for t in truths], np.float64)
    prediction_areas = np.array([polygons.area(p.polygon) for p in predictions], np.float64)
    union = truth_areas[:, None] + prediction_areas[None] - shared
    iou = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)

    ignored = np.array([t.ignore for t in truths], np.bool_)
    candidates = np.where(ignored[:, None], 0.0, iou)
    pairs: list[tuple[int, int]] = []
    free_truths, free_predictions = set(range(len(truths))), set(range(len(predictions)))
    places = np.argwhere(candidates >= threshold)
    for t, p in places[np.argsort(-candidates[tuple(places.T)], kind="stable")].tolist():
        if t in free_truths and p in free_predictions:
            pairs.append((t, p))
            free_truths.remove(t)
            free_predictions.remove(p)

    on_ignored = np.flatnonzero(
        (shared[ignored] > IGNORED_SHARE * prediction_areas[None]).any(axis=0)
    ).tolist()
    left_out = set(on_ignored) & free_predictions
    return Matching(
        tuple(sorted(pairs)),
        tuple(np.flatnonzero(~ignored).tolist()),
        tuple(p for p in range(len(predictions)) if p not in left_out),
    )


class Placed(Protocol):
    """Anything with a polygon on a page."""

    @property
    def polygon(self) -> npt.NDArray[np.float32]:
        """(N, 2) in pixels with N >= 3."""


def shared_areas(truths: Sequence[Placed], predictions: Sequence[Placed]) -> npt.NDArray[np.float64]:
    """(T, P) shared areas in square pixels; only pairs whose bounds overlap are clipped."""
    shared = np.zeros((len(truths), len(predictions)), np.float64)
    if shared.size == 0:
        return shared
    a = np.array([polygons.bounds(t.polygon) for t in truths])[:, None]
    b = np.array([polygons.bounds(p.polygon) for p in predictions])[None]
    overlapping = (np.minimum(a[..., 2:], b[..., 2:]) > np.maximum(a[..., :2], b[..., :2])).all(axis=2)
    for t, p in np.argwhere(overlapping):
        shared[t, p] = polygons.intersection_area(truths[t].polygon, predictions[p].polygon)
    return shared
