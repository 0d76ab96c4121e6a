"""CLEval: the figures of the published package, and what must hold for any input."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.datasets import LineAnnotation
from ocr.metrics import CLEval, CLEvalResult, Prediction
from ocr.metrics.cleval import cleval
from tests.metrics import perturb

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cleval_cases.json").read_text(encoding="utf-8"))
REFERENCE = HERE.parents[1] / "benchmarks" / "cleval_reference.py"


def truths(case: dict[str, Any]) -> list[LineAnnotation]:
    return [LineAnnotation(np.array(points, np.float32), text) for points, text in case["truth"]]


def predictions(case: dict[str, Any]) -> list[Prediction]:
    return [Prediction(np.array(points, np.float32), text) for points, text in case["found"]]


def measure(case: dict[str, Any]) -> CLEvalResult:
    return cleval(truths(case), predictions(case), case_sensitive=case["case_sensitive"])


def flat(result: CLEvalResult) -> list[int]:
    found: list[int] = []
    for part in (result.detection, result.end_to_end):
        found += [part.truth, part.predicted, part.correct, part.splits, part.merges, part.false]
    return [*found, result.split, result.merged, result.overlapped]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_counts_are_those_of_the_published_package(case: dict[str, Any]) -> None:
    """The expected counts were made by cleval 0.1.1 through benchmarks/cleval_reference.py."""
    assert flat(measure(case)) == case["expected"]


def test_random_receipts_are_counted_as_by_the_published_package() -> None:
    python = os.environ.get("CLEVAL_PYTHON", sys.executable)
    if python == sys.executable and not (
        importlib.util.find_spec("cleval") and importlib.util.find_spec("Polygon")
    ):
        pytest.skip("cleval 0.1.1 is not installed; CLEVAL_PYTHON may name an interpreter that has it")
    rng = random.Random(7)
    cases = [perturb.case(rng) for _ in range(150)]
    answer = subprocess.run(
        [python, str(REFERENCE)], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    expected = json.loads(answer.stdout)
    assert [flat(measure(case)) for case in cases] == expected
    # The set is the sum of its pictures, and so are the package's figures.
    whole = CLEval()
    for case in cases:
        whole.add(truths(case), predictions({**case, "case_sensitive": True}))
    assert whole.result().detection.truth == sum(counts[0] for counts in expected)


def test_a_set_is_summed_before_dividing() -> None:
    metric = CLEval()
    first, second = CASES[0], next(c for c in CASES if c["name"] == "one missed, one false")
    for case in (first, second):
        metric.add(truths(case), predictions(case))
    score = metric.result().detection.score()
    assert score.recall == pytest.approx((10 + 5) / (10 + 10))
    assert score.precision == pytest.approx((10 + 5) / (10 + 11))
    assert score.hmean == pytest.approx(2 * score.recall * score.precision / (score.recall + score.precision))


def test_without_texts_detection_is_the_same_and_nothing_is_read() -> None:
    for case in CASES:
        fast = cleval(truths(case), predictions(case), case_sensitive=case["case_sensitive"], texts=False)
        assert fast.detection == measure(case).detection
        assert fast.end_to_end.predicted == 0


def test_curved_polygons_are_measured_as_their_rotated_rectangle() -> None:
    quad = np.array([[10, 10], [110, 10], [110, 30], [10, 30]], np.float32)
    bent = np.insert(quad, 1, [60, 10], axis=0)
    result = cleval([LineAnnotation(bent, "TOTAL")], [Prediction(bent, "TOTAL")])
    assert result == cleval([LineAnnotation(quad, "TOTAL")], [Prediction(quad, "TOTAL")])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_scores_lie_between_nothing_and_everything(seed: int) -> None:
    case = perturb.case(random.Random(seed))
    for part in (measure(case).detection, measure(case).end_to_end):
        score = part.score()
        assert 0 <= score.recall <= 1
        assert 0 <= score.precision <= 1
        assert min(score.recall, score.precision) <= score.hmean + 1e-12
        assert score.hmean <= max(score.recall, score.precision) + 1e-12


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_order_of_predictions_does_not_change_detection(seed: int) -> None:
    rng = random.Random(seed)
    case = perturb.case(rng)
    shuffled = {**case, "found": rng.sample(case["found"], len(case["found"]))}
    assert measure(shuffled).detection == measure(case).detection


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_reading_everything_right_gives_all_characters(seed: int) -> None:
    lines = perturb.receipt(random.Random(seed))
    # Rows of one receipt may overlap, which costs granularity; a line alone costs nothing.
    for points, text in lines:
        alone = {"truth": [[points, text]], "found": [[points, text]], "case_sensitive": True}
        result = measure(alone)
        assert result.detection.score().hmean == 1.0
        assert result.end_to_end.score().hmean == 1.0


@pytest.mark.parametrize("far", [2.0**24, 2.0**46, 2.0**62, 1e30])
def test_points_that_are_far_away_end_nothing(far: float) -> None:
    truth = LineAnnotation(np.array([[0, 0], [90, 5], [90, 30], [0, 30]], np.float32), "TOTAL")
    other = np.array([[0, 0], [far, 7], [90, 30], [-far, far]], np.float32)
    result = cleval([truth], [Prediction(other, "TOTAL")])
    assert 0 <= result.detection.score().hmean <= 1
