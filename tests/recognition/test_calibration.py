"""Confidences mapped to how often such readings are right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.metrics.calibration import Calibration
from ocr.recognition.calibration import Calibrator


def readings(count, seed, right):
    rng = np.random.default_rng(seed)
    confidences = rng.random(count)
    return confidences.tolist(), (rng.random(count) < right(confidences)).tolist()


def error(confidences, correct):
    calibration = Calibration()
    for confidence, right in zip(confidences, correct, strict=True):
        calibration.add(confidence, right)
    return calibration.result().error


@pytest.mark.parametrize(
    "right", [np.sqrt, np.square, lambda c: 0.5 + 0.5 * c], ids=["modest", "proud", "never low"]
)
def test_a_fitted_map_is_calibrated_on_other_readings(right):
    fitted = Calibrator.fit(*readings(4000, 0, right))
    confidences, correct = readings(4000, 1, right)
    assert error(confidences, correct) > 0.1
    assert error([fitted(c) for c in confidences], correct) < 0.03


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=20, max_size=200),
    st.lists(st.floats(0, 1), min_size=2, max_size=20),
)
def test_a_map_never_falls_and_stays_a_probability(given_readings, asked):
    fitted = Calibrator.fit([c for c, _ in given_readings], [r for _, r in given_readings])
    values = [fitted(c) for c in sorted(asked)]
    assert values == sorted(values)
    assert all(0 <= v <= 1 for v in values)
    again = Calibrator.from_dict(fitted.to_dict())
    assert all(abs(again(c) - fitted(c)) < 0.05 for c in fitted.raw)


def test_no_reading_is_promised_to_be_right_for_certain():
    fitted = Calibrator.fit([0.9] * 30 + [0.95] * 30, [True] * 60)
    assert 0.9 < fitted(1.0) < 1.0


@pytest.mark.parametrize(
    "values",
    [
        {"raw": [0, 1], "accuracy": [0, 0.5, 1]},
        {"raw": [0, 1], "accuracy": [0.5, 0.4]},
        {"raw": [0.5, 0.5], "accuracy": [0, 1]},
        {"raw": [0, 2], "accuracy": [0, 1]},
        {"raw": [0, float("nan")], "accuracy": [0, 1]},
        {"raw": [0.5], "accuracy": [1]},
        {"raw": ["x", 1], "accuracy": [0, 1]},
        {"raw": [0, 1]},
        {},
    ],
)
def test_what_is_no_map_is_refused(values):
    with pytest.raises(ValueError, match=r"map|convert"):
        Calibrator.from_dict(values)


def test_too_few_readings_are_refused():
    with pytest.raises(ValueError, match="at least 20"):
        Calibrator.fit([0.5] * 19, [True] * 19)


def test_what_the_network_gives_no_chance_has_none() -> None:
    rng = np.random.default_rng(5)
    raw = rng.uniform(0.2, 1.0, 2000)
    calibrator = Calibrator.fit(raw.tolist(), (rng.random(2000) < raw).tolist())
    assert calibrator(0.0) == 0.0
    assert calibrator(0.01) < 0.05
    assert calibrator(0.5) == pytest.approx(0.5, abs=0.08)
    assert calibrator.map([0.0, 0.5]).tolist() == [calibrator(0.0), calibrator(0.5)]
