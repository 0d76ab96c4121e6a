"""The outcome of every line of a picture, and its distribution over confidence, height and aspect ratio."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ocr import polygons
from ocr.metrics.matching import match_lines
from ocr.metrics.scores import Prediction
from ocr.metrics.truth import TruthLine

State = Literal["read", "misread", "lost", "extra", "ignored"]
#: Traits of lines with the lower edges of their ranges; the last range is open.
EDGES: Mapping[str, tuple[float, ...]] = {
    "confidence": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99),
    "height": (0.0, 8.0, 10.0, 12.0, 14.0, 16.0, 20.0, 25.0, 32.0, 40.0, 64.0),
    "aspect": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0),
}


@dataclass(frozen=True)
class Outcome:
    """The outcome of a line.

    Attributes:
        state: ``read`` correctly; ``misread``; ``lost``, not detected; ``extra``, a prediction without a truth line; or
            ``ignored``, an unreadable truth line. Letter case is ignored.
        line: index of the truth line; ``None`` for an extra prediction.
        prediction: index of the prediction; ``None`` if there is none.
    """

    state: State
    line: int | None
    prediction: int | None


def outcomes(
    truths: Sequence[TruthLine], predictions: Sequence[Prediction], *, texts: bool = True
) -> tuple[Outcome, ...]:
    """The outcomes of all truth lines in order, then of the extra predictions.

    Args:
        truths: annotated lines.
        predictions: the predicted lines.
        texts: whether texts are compared; if not, every detected line counts as read.
    """
    matching = match_lines(truths, predictions)
    matched = dict(matching.pairs)
    results: list[Outcome] = []
    for t, truth in enumerate(truths):
        p = matched.get(t)
        if truth.ignore:
            results.append(Outcome("ignored", t, None))
        elif p is None:
            results.append(Outcome("lost", t, None))
        else:
            same = not texts or not truth.text or truth.text.upper() == predictions[p].text.upper()
            results.append(Outcome("read" if same else "misread", t, p))
    used = set(matched.values())
    return (*results, *(Outcome("extra", None, p) for p in matching.predictions if p not in used))


def distribution(
    trait: str,
    pictures: Iterable[tuple[Sequence[TruthLine], Sequence[Prediction], Sequence[Outcome]]],
) -> list[dict[str, str | int]]:
    """Number of lines by range of a trait and by outcome.

    Args:
        trait: a key of `EDGES`: ``confidence`` of predictions, or ``height`` in pixels or ``aspect`` (width over
            height) of truth lines.
        pictures: truth lines, predictions and outcomes of each.

    Returns:
        A row for each range from the first to the last with any line: ``range`` and the counts by state.
    """
    edges = EDGES[trait]
    states: tuple[State, ...] = (
        ("read", "misread", "extra") if trait == "confidence" else ("read", "misread", "lost")
    )
    counts = {state: np.zeros(len(edges), np.int64) for state in states}
    for truths, predictions, results in pictures:
        for outcome in results:
            if outcome.state in counts:
                value = _value(trait, outcome, truths, predictions)
                counts[outcome.state][max(0, int(np.searchsorted(edges, value, side="right")) - 1)] += 1
    filled = np.flatnonzero(sum(counts.values()))
    if not len(filled):
        return []
    names = [f"{a:g}–{b:g}" for a, b in itertools.pairwise(edges)] + [f"from {edges[-1]:g}"]
    return [
        {"range": names[k], **{state: int(counts[state][k]) for state in states}}
        for k in range(filled[0], filled[-1] + 1)
    ]


def _value(
    trait: str, outcome: Outcome, truths: Sequence[TruthLine], predictions: Sequence[Prediction]
) -> float:
    if trait == "confidence":
        assert outcome.prediction is not None
        return predictions[outcome.prediction].confidence
    assert outcome.line is not None
    quad = polygons.to_quad(truths[outcome.line].polygon)
    width, height = polygons.sides(quad)
    return height if trait == "height" else width / max(height, 1e-6)
