"""Training of the scorers of fields: trees that learn and are stored whole, labels of faulty readings, drawn pages."""

from __future__ import annotations

from random import Random

import numpy as np

from ocr.receipts.scorer import from_arrays, scorers, to_arrays
from ocr.receipts.totals import FEATURES
from ocr.training import boosting
from ocr.training.boosting import BoostingSettings
from ocr.training.fields import labelling, printed


def test_trees_learn_what_no_line_parts() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((800, 3), np.float32)
    labels = ((features[:, 0] > 0.5) ^ (features[:, 1] > 0.5)).astype(np.float32)
    trees = boosting.fit(features[:600], labels[:600], BoostingSettings(trees=60, depth=3, columns=1.0))
    right = (trees.score(features[600:]) > 0) == (labels[600:] > 0)
    assert right.mean() > 0.9


def test_the_same_seed_gives_the_same_trees_and_a_file_gives_them_back() -> None:
    rng = np.random.default_rng(1)
    features = rng.random((200, 4), np.float32)
    labels = (features[:, 2] > 0.4).astype(np.float32)
    one, two = (boosting.fit(features, labels, BoostingSettings(trees=10)) for _ in range(2))
    assert np.array_equal(one.score(features), two.score(features))
    (back,) = from_arrays(to_arrays({"x": one})).values()
    assert np.array_equal(back.score(features), one.score(features))


def test_calibrated_probabilities_rise_with_the_score_and_stay_modest() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(0, 2, 500)
    right = rng.random(500) < 1 / (1 + np.exp(-scores))
    trees = boosting.fit(rng.random((20, 2), np.float32), np.ones(20, np.float32), BoostingSettings(trees=1))
    found = boosting.calibrated(trees, scores, right).probability(np.linspace(-5, 5, 50))
    assert (np.diff(found) >= 0).all()
    assert 0 < found[0] < 0.3
    assert 0.7 < found[-1] < 1


def test_the_shipped_scorers_fit_their_features() -> None:
    found = scorers()
    assert set(found) == {"total", "name", "address"}
    assert found["total"].feature.max() < len(FEATURES)


def test_rows_of_a_text_are_found_although_letters_are_wrong() -> None:
    rows = ["WELCOME", "GREEN LEAF", "TRAD1NG SDN BHD", "12 MILL LANE"]
    assert labelling.rows_of(rows, "Green Leaf Trading Sdn Bhd") == [False, True, True, False]
    assert labelling.rows_of(rows, "Something else") == [False] * 4


def test_a_drawn_page_says_what_its_truth_says() -> None:
    page, truth, purchase = printed.page(Random("page"))
    assert truth.fields["total"] == (purchase.total,)
    assert len(page.rows) > 5
    assert printed.page(Random("page"))[0].row_texts == page.row_texts
