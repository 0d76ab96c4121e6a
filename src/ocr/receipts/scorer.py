"""Small trained scorers: gradient-boosted trees (Friedman, 2001) as arrays, evaluated with NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
import numpy.typing as npt

#: The file with all scorers, in the package.
FILE = "scorers.npz"


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
        node = np.zeros((count, trees), np.intp)
        tree = np.arange(trees)
        rows = np.arange(count)[:, None]
        depth = int(self.value.shape[1]).bit_length() - 1
        for _ in range(depth):
            above = features[rows, self.feature[tree, node]] > self.threshold[tree, node]
            node = 2 * node + 1 + above
        leaf = node - (self.value.shape[1] - 1)
        answer: npt.NDArray[np.float64] = self.base + self.value[tree, leaf].sum(axis=1, dtype=np.float64)
        return answer

    def probability(self, scores: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
        """Calibrated probabilities of scores."""
        return np.asarray(np.interp(scores, self.knots[:, 0], self.knots[:, 1]), np.float64)


@cache
def scorers() -> dict[str, Trees]:
    """The scorers of the package by name."""
    data = files("ocr.receipts").joinpath(FILE).read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as archive:
        return from_arrays({name: archive[name] for name in archive.files})


def from_arrays(arrays: dict[str, npt.NDArray[np.generic]]) -> dict[str, Trees]:
    """Scorers from the arrays of a file: ``NAME.feature`` and so on."""
    names = sorted({name.split(".")[0] for name in arrays if name.endswith(".feature")})
    return {
        name: Trees(
            arrays[f"{name}.feature"].astype(np.int16),
            arrays[f"{name}.threshold"].astype(np.float32),
            arrays[f"{name}.value"].astype(np.float32),
            float(arrays[f"{name}.base"]),
            arrays[f"{name}.knots"].astype(np.float32),
        )
        for name in names
    }


def to_arrays(scorers: dict[str, Trees]) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of a file."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, trees in scorers.items():
        arrays[f"{name}.feature"] = trees.feature
        arrays[f"{name}.threshold"] = trees.threshold
        arrays[f"{name}.value"] = trees.value.astype(np.float16)
        arrays[f"{name}.base"] = np.float64(trees.base)
        arrays[f"{name}.knots"] = trees.knots
    return arrays
