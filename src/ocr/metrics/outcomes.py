"""What became of every line of a picture, and how that goes with its confidence, size and shape."""

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
#: Traits of lines with the edges of their ranges; the last range has no end.
EDGES: Mapping[str, tuple[float, ...]] = {
    "confidence": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99),
    "height": (0.0, 8.0, 10.0, 12.0, 14.0, 16.0, 20.0, 25.0, 32.0, 40.0, 64.0),
    "aspect": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0),
}


@dataclass(frozen=True)
class Outcome:
    """What became of a line.

    Attributes:
        state: ``read`` rightly; ``misread``; ``lost``, not found; ``extra``, a prediction without a truth; or
            ``ignored``, unreadable truth that counts for nothing. Letter case does not count.
        line: place of the truth line; ``None`` of an extra one.
        prediction: place of the prediction; ``None`` where there is none.
    """

    state: State
    line: int | None
    prediction: int | None


def outcomes(
    truths: Sequence[TruthLine], predictions: Sequence[Prediction], *, texts: bool = True
) -> tuple[Outcome, ...]:
    """What became of every true line in their order, then the extra predictions.

    Args:
        truths: annotated lines.
        predictions: what was read.
        texts: whether texts count; else a line that was found was read.
    """
    matching = match_lines(truths, predictions)
    found = dict(matching.pairs)
    made: list[Outcome] = []
    for t, truth in enumerate(truths):
        p = found.get(t)
        if truth.ignore:
            made.append(Outcome("ignored", t, None))
        elif p is None:
            made.append(Outcome("lost", t, None))
        else:
            same = not texts or not truth.text or truth.text.upper() == predictions[p].text.upper()
            made.append(Outcome("read" if same else "misread", t, p))
    taken = set(found.values())
    return (*made, *(Outcome("extra", None, p) for p in matching.predictions if p not in taken))


def distribution(
    trait: str,
    pictures: Iterable[tuple[Sequence[TruthLine], Sequence[Prediction], Sequence[Outcome]]],
) -> list[dict[str, str | int]]:
    """How many lines of each range of a trait there are, by what became of them.

    Args:
        trait: a key of `EDGES`: ``confidence`` of predictions, or ``height`` in pixels or ``aspect`` (width over
            height) of true lines.
        pictures: true lines, predictions and outcomes of each.

    Returns:
        A row for each range from the first to the last that holds a line: ``range`` and the counts by state.
    """
    edges = EDGES[trait]
    states: tuple[State, ...] = (
        ("read", "misread", "extra") if trait == "confidence" else ("read", "misread", "lost")
    )
    counts = {state: np.zeros(len(edges), np.int64) for state in states}
    for truths, predictions, found in pictures:
        for one in found:
            if one.state in counts:
                value = _value(trait, one, truths, predictions)
                counts[one.state][max(0, int(np.searchsorted(edges, value, side="right")) - 1)] += 1
    filled = np.flatnonzero(sum(counts.values()))
    if not len(filled):
        return []
    names = [f"{a:g}–{b:g}" for a, b in itertools.pairwise(edges)] + [f"from {edges[-1]:g}"]
    return [
        {"range": names[k], **{state: int(counts[state][k]) for state in states}}
        for k in range(filled[0], filled[-1] + 1)
    ]


def _value(trait: str, one: Outcome, truths: Sequence[TruthLine], predictions: Sequence[Prediction]) -> float:
    if trait == "confidence":
        assert one.prediction is not None
        return predictions[one.prediction].confidence
    assert one.line is not None
    quad = polygons.to_quad(truths[one.line].polygon)
    width, height = polygons.sides(quad)
    return height if trait == "height" else width / max(height, 1e-6)
