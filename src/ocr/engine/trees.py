"""Small trained scorers: gradient-boosted trees (Friedman, 2001) as arrays, evaluated with NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: Trees of a model file, and their depth, at most.
_MOST_TREES, _MOST_DEPTH = 4096, 8
#: Digits that the numbers of a model file keep.
_DIGITS = 4


@dataclass(frozen=True)
class Trees:
    """Boosted trees of one depth, each complete: node ``k`` has the children ``2 k + 1`` and ``2 k + 2``.

    Attributes:
        feature: (trees, 2 ** depth - 1) int16, which feature a node looks at.
        threshold: likewise float32; what is above it goes to the second child.
        value: (trees, 2 ** depth) float32, what the leaves add to the log-odds.
        base: log-odds before any tree.
        knots: (K, 2) float32, score and calibrated probability, rising; scores between are interpolated.
    """

    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float32]
    value: npt.NDArray[np.float32]
    base: float
    knots: npt.NDArray[np.float32]

    def score(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Log-odds of (N, F) features, (N,)."""
        count, trees = len(features), len(self.feature)
        if not count:
            return np.zeros(0)
        # All nodes at once: their comparisons are cheaper than following each tree.
        above = (features.take(self.feature.ravel(), axis=1) > self.threshold.ravel()).reshape(
            count, trees, -1
        )
        depth = int(self.value.shape[1]).bit_length() - 1
        node = above[:, :, 0].astype(np.intp)
        for level in range(1, depth):
            first = 2**level - 1
            inside = above[:, :, first : 2 * first + 1]
            node = 2 * node + np.take_along_axis(inside, node[:, :, None], axis=2)[:, :, 0]
        leaf = node + np.arange(trees) * self.value.shape[1]
        answer: npt.NDArray[np.float64] = self.base + self.value.ravel().take(leaf).sum(
            axis=1, dtype=np.float64
        )
        return answer

    def probability(self, scores: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
        """Calibrated probabilities of scores."""
        return np.asarray(np.interp(scores, self.knots[:, 0], self.knots[:, 1]), np.float64)

    def to_dict(self) -> dict[str, Any]:
        """For a model's metadata; numbers are rounded, so `from_dict` gives the trees to measure with."""
        return {
            "feature": self.feature.tolist(),
            "threshold": [[_rounded(v) for v in row] for row in self.threshold.tolist()],
            "value": [[_rounded(v) for v in row] for row in self.value.tolist()],
            "base": _rounded(self.base),
            "knots": [[_rounded(v) for v in row] for row in self.knots.tolist()],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], features: int) -> Trees:
        """The trees of a model's metadata, which look at so many features.

        Raises:
            ValueError: they are none.
        """
        try:
            feature = np.array(values["feature"], np.int16)
            with np.errstate(over="ignore"):  # What float32 cannot hold is refused below.
                threshold, value, knots = (
                    np.array(values[k], np.float32) for k in ("threshold", "value", "knots")
                )
            base = float(values["base"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{values!r:.200} are no trees") from error
        if feature.ndim != 2 or threshold.shape != feature.shape or not 1 <= len(feature) <= _MOST_TREES:
            raise ValueError(f"trees have features {feature.shape} and thresholds {threshold.shape}")
        nodes = feature.shape[1] + 1
        if value.shape != (len(feature), nodes) or nodes & (nodes - 1) or not 2 <= nodes <= 2**_MOST_DEPTH:
            raise ValueError(f"trees of {nodes - 1} nodes have values {value.shape}; expected a leaf more")
        if feature.min() < 0 or feature.max() >= features:
            raise ValueError(f"trees look at features {feature.min()} to {feature.max()} of {features}")
        if not (np.isfinite(value).all() and np.isfinite(base)) or np.isnan(threshold).any():
            raise ValueError("numbers of trees are not finite")
        if knots.ndim != 2 or knots.shape[1] != 2 or not len(knots) or not np.isfinite(knots).all():
            raise ValueError(f"knots are {knots.shape}; expected pairs of finite numbers")
        if (np.diff(knots, axis=0) < 0).any() or knots[:, 1].min() < 0 or knots[:, 1].max() > 1:
            raise ValueError("knots must rise, to probabilities from 0 to 1")
        return cls(feature, threshold, value, base, knots)


def _rounded(value: float) -> float:
    """To a few digits; a node that all go to the first child of has a threshold that no number is above."""
    return float(np.format_float_positional(value, _DIGITS, fractional=False)) if np.isfinite(value) else 1e30
