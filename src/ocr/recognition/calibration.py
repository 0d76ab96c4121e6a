"""Confidences that can be believed: the network's own, mapped to how often such readings are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.engine.trees import Trees
from ocr.recognition.evidence import FEATURES

#: Digits behind the point of the confidences in a map.
_DIGITS = 6


@dataclass(frozen=True)
class Calibrator:
    """A monotone, piecewise linear map of confidences, as a model's metadata holds it.

    Attributes:
        raw: confidences of the network, rising strictly, in [0, 1]; at least two.
        accuracy: share of right readings at each of them, never falling, in [0, 1].

    Raises:
        ValueError: the two differ in length, leave [0, 1], or do not rise.
    """

    raw: tuple[float, ...]
    accuracy: tuple[float, ...]

    def __post_init__(self) -> None:
        both = np.array([self.raw, self.accuracy] if len(self.raw) == len(self.accuracy) else [], np.float64)
        if (
            both.ndim != 2
            or both.shape[1] < 2
            or not (np.isfinite(both).all() and (abs(both - 0.5) <= 0.5).all())
        ):
            raise ValueError(
                f"a confidence map has {len(self.raw)} and {len(self.accuracy)} numbers; expected as many of both, "
                f"at least 2, all from 0 to 1"
            )
        rises = np.diff(both)
        if not ((rises[0] > 0).all() and (rises[1] >= 0).all()):
            raise ValueError("a confidence map must rise: raw strictly, accuracy not falling")

    @classmethod
    def fit(cls, confidences: Sequence[float], correct: Sequence[bool], knots: int = 48) -> Calibrator:
        """Isotonic regression (Zadrozny and Elkan, KDD 2002), thinned to a few knots.

        Readings are cut into ``knots`` groups of equal number by confidence, the groups' accuracies are made rising by
        pooling adjacent violators, and between the groups' means the map is linear. Half a right and half a wrong
        reading are added to each group, so that none promises certainty.

        Args:
            confidences: of readings that the model was not trained on, in [0, 1].
            correct: whether each was right.
            knots: groups at most.

        Raises:
            ValueError: fewer than 20 readings.
        """
        if len(confidences) != len(correct) or len(confidences) < 20:
            raise ValueError(f"got {len(confidences)} readings; a confidence map needs at least 20")
        order = np.argsort(np.asarray(confidences, np.float64), kind="stable")
        raw = np.asarray(confidences, np.float64)[order]
        right = np.asarray(correct, np.float64)[order]
        groups = np.array_split(np.arange(len(raw)), min(knots, len(raw) // 10))
        # Of each pool: sum of confidences, right readings, readings.
        pools: list[npt.NDArray[np.float64]] = []
        for group in groups:
            pools.append(np.array([raw[group].sum(), right[group].sum(), len(group)], np.float64))
            while len(pools) > 1 and _accuracy(pools[-1]) <= _accuracy(pools[-2]):
                last = pools.pop()
                pools[-1] = pools[-1] + last
        places = [pool[0] / pool[2] for pool in pools]
        values = [_accuracy(pool) for pool in pools]
        # Below the lowest group the share falls to nothing: what the network gives no chance has none.
        ends = [0.0, *places, 1.0], [0.0, *values, values[-1]]
        # Rounded as the metadata holds them, so that no two places fall together there.
        rounded = np.round(ends[0], _DIGITS)
        kept = np.flatnonzero(np.diff(rounded, prepend=-1.0) > 0)
        return cls(tuple(float(rounded[k]) for k in kept), tuple(float(ends[1][k]) for k in kept))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibrator:
        """The map of a model's metadata.

        Raises:
            ValueError: it is none.
        """
        try:
            return cls(tuple(map(float, values["raw"])), tuple(map(float, values["accuracy"])))
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"{values!r:.200} is no confidence map") from error

    def to_dict(self) -> dict[str, list[float]]:
        """For a model's metadata."""
        return {"raw": list(self.raw), "accuracy": [round(v, 4) for v in self.accuracy]}

    def __call__(self, confidence: float) -> float:
        """The share of right readings among such of this confidence of the network, in [0, 1]."""
        return float(np.interp(confidence, self.raw, self.accuracy))

    def map(self, confidences: Sequence[float]) -> npt.NDArray[np.float64]:
        """What a call gives for each of many confidences."""
        return np.interp(confidences, self.raw, self.accuracy)


def _accuracy(pool: npt.NDArray[np.float64]) -> float:
    return float((pool[1] + 0.5) / (pool[2] + 1.0))


@dataclass(frozen=True)
class LineScorer:
    """A trained scorer of lines, which tells from all that is known of a reading how likely it is right.

    A map of the network's confidences as `Calibrator` keeps their order; this also tells a line whose last letter may
    have been cut off from one that is clear to its ends.

    Attributes:
        trees: of the features of `ocr.recognition.evidence.FEATURES`, with knots to probabilities.
    """

    trees: Trees

    def __call__(self, evidence: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """The share of right readings among such, (N,) in [0, 1], for what is known of each, (N, F)."""
        return self.trees.probability(self.trees.score(evidence))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LineScorer:
        """The scorer of a model's metadata.

        Raises:
            ValueError: it is none, or looks at something that this version does not know.
        """
        try:
            names = tuple(map(str, values["features"]))
            trees = Trees.from_dict(values["trees"], len(names))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{values!r:.200} is no scorer of lines") from error
        unknown = sorted(set(names) - set(FEATURES))
        if unknown:
            raise ValueError(f"it looks at {unknown[0]!r}, which this version does not know")
        places = np.array([FEATURES.index(name) for name in names], np.int16)
        return cls(replace(trees, feature=places[trees.feature]))

    def to_dict(self) -> dict[str, Any]:
        """For a model's metadata."""
        return {"features": list(FEATURES), "trees": self.trees.to_dict()}
