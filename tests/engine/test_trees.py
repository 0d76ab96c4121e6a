"""Trees of a scorer: followed node by node they say the same, and damaged ones are refused."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.engine.trees import Trees


@pytest.fixture
def trees() -> Trees:
    rng = np.random.default_rng(5)
    return Trees(
        rng.integers(0, 6, (20, 7)).astype(np.int16),
        rng.normal(size=(20, 7)).astype(np.float32),
        rng.normal(size=(20, 8)).astype(np.float32),
        -0.5,
        np.array([[-4, 0.1], [4, 0.9]], np.float32),
    )


def followed(trees: Trees, row: np.ndarray) -> float:
    total = trees.base
    for feature, threshold, value in zip(trees.feature, trees.threshold, trees.value, strict=True):
        node = 0
        while node < len(feature):
            node = 2 * node + 1 + int(row[feature[node]] > threshold[node])
        total += float(value[node - len(feature)])
    return total


def test_scores_are_those_of_following_each_tree(trees: Trees) -> None:
    features = np.random.default_rng(6).normal(size=(50, 6)).astype(np.float32)
    assert np.allclose(trees.score(features), [followed(trees, row) for row in features], atol=1e-5)
    assert trees.score(features[:0]).shape == (0,)


def test_metadata_keeps_four_digits_and_a_node_that_parts_nothing(trees: Trees) -> None:
    trees.threshold[3, 2] = np.inf
    again = Trees.from_dict(trees.to_dict(), 6)
    features = np.random.default_rng(7).normal(size=(50, 6)).astype(np.float32)
    assert np.abs(again.score(features) - trees.score(features)).mean() < 0.05
    assert again.to_dict() == Trees.from_dict(again.to_dict(), 6).to_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "a leaf more"),
        ({"value": "all"}, "no trees"),
        ({"feature": [[0, 1, 6]]}, "thresholds"),
        ({"feature": [[6] * 7] * 20}, "features 6 to 6 of 6"),
        ({"feature": [[-1] * 7] * 20}, "features -1"),
        ({"value": [[1.0] * 7] * 20}, "a leaf more"),
        ({"value": [[float("nan")] * 8] * 20}, "finite"),
        ({"base": float("inf")}, "finite"),
        ({"threshold": [[float("nan")] * 7] * 20}, "finite"),
        ({"knots": []}, "pairs"),
        ({"knots": [[0, 0.9], [1, 0.1]]}, "must rise"),
        ({"knots": [[0, 0.9], [1, 1.1]]}, "must rise"),
        ({"knots": [[0, 0.1], [1e308, 0.9]]}, "expected pairs of finite numbers"),
    ],
)
def test_what_are_no_trees_is_refused(trees: Trees, change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Trees.from_dict({**trees.to_dict(), **change}, 6)
