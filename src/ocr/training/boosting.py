"""Gradient boosting of complete trees on binned features (logistic loss), in NumPy alone; seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr.engine.trees import Trees

_BINS = 48


@dataclass(frozen=True)
class BoostingSettings:
    """How trees are grown.

    Attributes:
        trees: how many.
        depth: of each.
        rate: learning rate.
        least: least sum of second derivatives in a leaf.
        ridge: L2 penalty of leaf values.
        rows: share of examples that each tree sees.
        columns: share of features that each tree sees.
        seed: of the draws.
    """

    trees: int = 120
    depth: int = 4
    rate: float = 0.1
    least: float = 2.0
    ridge: float = 2.0
    rows: float = 0.8
    columns: float = 0.6
    seed: int = 0


def fit(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.float32],
    settings: BoostingSettings | None = None,
    weights: npt.NDArray[np.float32] | None = None,
) -> Trees:
    """Trees for (N, F) features and (N,) labels of 0 and 1; the knots are those of the logistic function."""
    settings = settings or BoostingSettings()
    rng = np.random.default_rng(settings.seed)
    count, width = features.shape
    weight = np.ones(count) if weights is None else weights.astype(np.float64)
    edges = [_edges(features[:, k]) for k in range(width)]
    binned = np.stack([np.searchsorted(edges[k], features[:, k], side="left") for k in range(width)], axis=1)
    binned = binned.astype(np.int64)
    mean = float(np.clip(np.average(labels, weights=weight), 1e-4, 1 - 1e-4))
    base = float(np.log(mean / (1 - mean)))
    score = np.full(count, base)
    inner, leaves = 2**settings.depth - 1, 2**settings.depth
    chosen = np.zeros((settings.trees, inner), np.int16)
    threshold = np.full((settings.trees, inner), np.inf, np.float32)
    value = np.zeros((settings.trees, leaves), np.float32)
    for tree in range(settings.trees):
        probability = sigmoid(score)
        gradient = weight * (labels - probability)
        curvature = weight * np.maximum(probability * (1 - probability), 1e-6)
        rows = np.flatnonzero(rng.random(count) < settings.rows)
        columns = np.flatnonzero(rng.random(width) < settings.columns)
        if not len(columns):
            columns = rng.integers(0, width, 1)
        node = np.zeros(count, np.int64)
        for depth in range(settings.depth):
            first = 2**depth - 1
            for k in range(first, 2 * first + 1):
                inside = rows[node[rows] == k]
                split = _best_split(binned, gradient, curvature, inside, columns, settings)
                if split is not None:
                    column, position = split
                    chosen[tree, k] = column
                    threshold[tree, k] = edges[column][position]
            above = features[np.arange(count), chosen[tree, node]] > threshold[tree, node]
            node = 2 * node + 1 + above
        leaf = node - inner
        top = np.bincount(leaf[rows], gradient[rows], leaves)
        bottom = np.bincount(leaf[rows], curvature[rows], leaves)
        value[tree] = settings.rate * top / (bottom + settings.ridge)
        score += value[tree, leaf]
    # Stored as half precision: what is trained on must be what is used.
    value = value.astype(np.float16).astype(np.float32)
    return Trees(chosen, threshold, value, base, _logistic())


def _edges(column: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    values = np.unique(column)
    if len(values) <= _BINS:
        middle = (values[:-1] + values[1:]) / 2
    else:
        middle = np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1]))
    edges: npt.NDArray[np.float32] = np.asarray(middle, np.float32)
    return edges


def _best_split(
    binned: npt.NDArray[np.int64],
    gradient: npt.NDArray[np.float64],
    curvature: npt.NDArray[np.float64],
    inside: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    settings: BoostingSettings,
) -> tuple[int, int] | None:
    if len(inside) < 2:
        return None
    size = _BINS + 1
    keys = binned[inside][:, columns] + size * np.arange(len(columns))
    length = size * len(columns)
    top = np.bincount(keys.ravel(), np.repeat(gradient[inside], len(columns)), length).reshape(-1, size)
    bottom = np.bincount(keys.ravel(), np.repeat(curvature[inside], len(columns)), length).reshape(-1, size)
    left_top, left_bottom = np.cumsum(top, axis=1)[:, :-1], np.cumsum(bottom, axis=1)[:, :-1]
    all_top, all_bottom = gradient[inside].sum(), curvature[inside].sum()
    right_top, right_bottom = all_top - left_top, all_bottom - left_bottom
    ridge = settings.ridge
    gain = (
        left_top**2 / (left_bottom + ridge)
        + right_top**2 / (right_bottom + ridge)
        - all_top**2 / (all_bottom + ridge)
    )
    gain[(left_bottom < settings.least) | (right_bottom < settings.least)] = -1
    best = int(np.argmax(gain))
    column, position = divmod(best, size - 1)
    if gain.flat[best] <= 1e-6:
        return None
    return int(columns[column]), int(position)


def sigmoid(score: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """1 / (1 + e^-x), written so that no exponential can overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * score), np.float64)


def _logistic() -> npt.NDArray[np.float32]:
    score = np.linspace(-8, 8, 33)
    return np.stack([score, sigmoid(score)], axis=1).astype(np.float32)


def calibrated(trees: Trees, scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> Trees:
    """The trees with probabilities by isotonic regression of held-out scores."""
    knots = knots_of(scores, right)
    return Trees(trees.feature, trees.threshold, trees.value, trees.base, knots)


def knots_of(scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Scores with their probabilities (K, 2) by isotonic regression, away from 0 and 1 by the number of examples."""
    order = np.argsort(scores)
    x, y = scores[order], right[order].astype(np.float64)
    # Pool adjacent violators (Ayer et al., 1955); a prior example of each kind keeps small groups modest.
    groups: list[list[float]] = []
    size = max(8, len(x) // 40)
    for start in range(0, len(x), size):
        groups.append(
            [
                float(x[start : start + size].mean()),
                float(y[start : start + size].sum()),
                float(len(y[start : start + size])),
            ]
        )
    merged: list[list[float]] = []
    for group in groups:
        merged.append(group)
        while len(merged) > 1 and _share(merged[-2]) >= _share(merged[-1]):
            last = merged.pop()
            first = merged.pop()
            n = first[2] + last[2]
            merged.append([(first[0] * first[2] + last[0] * last[2]) / n, first[1] + last[1], n])
    return np.array([[group[0], _share(group)] for group in merged], np.float32)


def _share(group: list[float]) -> float:
    return (group[1] + 0.5) / (group[2] + 1.0)
