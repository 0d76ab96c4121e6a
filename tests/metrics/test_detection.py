"""One-to-one matching, IoU H-mean, read lines, calibration."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.datasets import LineAnnotation
from ocr.metrics import Calibration, DetectionMetrics, IouHmean, LineReading, Prediction, Score, match_lines
from ocr.metrics.areas import area, inside, paths, shared_area, shared_areas, truncate, without
from tests.metrics import perturb


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def truth(*edges: float, text: str | None = "x") -> LineAnnotation:
    return LineAnnotation(box(*edges), text)


def found(*edges: float, text: str = "x") -> Prediction:
    return Prediction(box(*edges), text)


def lines_of(seed: int) -> tuple[list[LineAnnotation], list[Prediction]]:
    case = perturb.case(random.Random(seed))
    return (
        [LineAnnotation(np.array(points), text) for points, text in case["truth"]],
        [Prediction(np.array(points), text) for points, text in case["found"]],
    )


def test_just_half_is_a_match_and_less_is_none() -> None:
    # 2/3 of each of two equal boxes shared: 2 / (3 + 3 - 2) = 0.5.
    assert match_lines([truth(0, 0, 30, 10)], [found(10, 0, 40, 10)]).pairs == ((0, 0),)
    assert match_lines([truth(0, 0, 30, 10)], [found(10.5, 0, 40.5, 10)]).pairs == ()


def test_the_largest_overlap_takes_the_match() -> None:
    matching = match_lines([truth(0, 0, 100, 10)], [found(0, 0, 70, 10), found(0, 0, 95, 10)])
    assert matching.pairs == ((0, 1),)
    assert matching.predictions == (0, 1)


def test_a_prediction_on_an_unreadable_line_does_not_count() -> None:
    truths = [truth(0, 0, 100, 10, text=None), truth(0, 20, 100, 30)]
    metric = IouHmean()
    assert metric.add(truths, [found(10, 0, 40, 10), found(0, 20, 100, 30)]).hmean == 1
    # Half of it and no more lies there: it counts as false.
    assert metric.add(truths, [found(50, 0, 150, 10), found(0, 20, 100, 30)]).precision == 0.5
    assert metric.result() == Score(1.0, 2 / 3)


def test_a_match_stands_even_on_an_unreadable_line() -> None:
    truths = [truth(0, 0, 200, 100, text=None), truth(0, 20, 100, 30)]
    matching = match_lines(truths, [found(0, 20, 100, 30)])
    assert matching.pairs == ((1, 0),)
    assert matching.predictions == (0,)


def test_perfect_empty_and_blank() -> None:
    truths = [truth(0, 0, 100, 10)]
    assert IouHmean().add(truths, [found(0, 0, 100, 10)]).hmean == 1
    assert IouHmean().add(truths, []).hmean == 0
    assert IouHmean().add([], [found(0, 0, 100, 10)]).hmean == 0
    assert IouHmean().add([], []).hmean == 1
    assert IouHmean().result() == Score(1.0, 1.0)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_matching_is_one_to_one_and_symmetric(seed: int) -> None:
    truths, predictions = lines_of(seed)
    readable = [t for t in truths if not t.ignore]
    pairs = match_lines(readable, predictions).pairs
    assert len({t for t, _ in pairs}) == len({p for _, p in pairs}) == len(pairs)
    swapped = match_lines(
        [LineAnnotation(p.polygon, p.text) for p in predictions], [Prediction(t.polygon) for t in readable]
    )
    assert len(swapped.pairs) == len(pairs)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_both_measures_of_a_detector_add_up(seed: int) -> None:
    truths, predictions = lines_of(seed)
    metrics, iou = DetectionMetrics(), IouHmean()
    alone = metrics.add(truths, predictions)
    assert alone.iou == iou.add(truths, predictions)
    metrics.add(truths, predictions)
    # The same picture twice has the same figures.
    twice = metrics.result()
    assert twice.images == 2
    assert twice.cleval == alone.cleval
    assert twice.iou == alone.iou
    assert set(twice.to_dict()) == {"cleval", "iou", "images"}


def test_matched_lines_are_compared_and_missed_ones_counted() -> None:
    truths = [
        truth(0, 0, 100, 10, text="TOTAL"),
        truth(0, 20, 100, 30, text="12.90"),
        truth(0, 40, 100, 50, text="lost"),
        truth(0, 60, 100, 70, text=""),  # a place without a transcript: nothing to compare
        truth(0, 80, 100, 90, text=None),
    ]
    predictions = [
        found(0, 20, 100, 30, text="12.80"),
        found(0, 0, 100, 10, text="TOTAL"),
        found(0, 60, 100, 70, text="?"),
    ]
    result = LineReading().add(truths, predictions)
    assert result.matched.lines == 2
    assert result.matched.cer == pytest.approx(1 / 10)
    assert result.matched.line_accuracy == 0.5
    assert result.truths == 3
    assert result.line_recall == pytest.approx(1 / 3)


def test_areas_of_boxes_and_of_slanted_quads_agree() -> None:
    straight, slanted = truncate(box(0, 0, 10.9, 10.9)), np.array([[5, 0], [10, 5], [5, 10], [0, 5]])
    assert area(straight) == 100
    assert area(slanted) == 50
    assert shared_areas([straight], [truncate(box(5, 5, 20, 20)), slanted]).tolist() == [[25, 50]]


def test_a_region_with_a_hole_shares_what_is_left() -> None:
    ring = without(paths(truncate(box(0, 0, 10, 10))), [truncate(box(2, 2, 8, 8))])
    assert shared_area(ring, truncate(box(0, 0, 10, 10))) == 64
    assert shared_area(ring, truncate(box(2, 2, 8, 8))) == 0
    assert shared_area(without(ring, [truncate(box(0, 0, 10, 10))]), truncate(box(0, 0, 9, 9))) == 0


def test_upper_and_left_edges_are_in_lower_and_right_are_out() -> None:
    points = np.array([[5, 0], [0, 2], [5, 4], [10, 2], [5, 2], [-1, 2]], np.float64)
    assert inside(points, truncate(box(0, 0, 10, 4))).tolist() == [True, True, False, False, True, False]


def test_a_polygon_of_no_area_matches_nothing() -> None:
    flat = Prediction(np.array([[0, 0], [10, 0], [20, 0], [5, 0]], np.float32))
    assert match_lines([truth(0, 0, 100, 10)], [flat]).pairs == ()


def test_calibration_of_a_sure_and_wrong_reader() -> None:
    calibration = Calibration(bins=10)
    for correct in (True, True, True, False):
        calibration.add(0.95, correct)
    calibration.add(0.55, True)
    result = calibration.result()
    assert result.error == pytest.approx((4 * 0.2 + 0.45) / 5)
    assert result.worst == pytest.approx(0.45)
    assert result.count == 5


def test_calibration_is_perfect_where_confidence_is_the_accuracy() -> None:
    calibration = Calibration()
    for correct in (True, False):
        calibration.add(0.5, correct)
    calibration.add(1.0, True)
    assert calibration.result().error == pytest.approx(0)
    assert Calibration().result().error == 0
    with pytest.raises(ValueError, match=r"1\.5"):
        calibration.add(1.5, True)


@pytest.mark.parametrize("polygon", [np.zeros((2, 2)), np.zeros((4, 3)), np.full((4, 2), np.nan)])
def test_a_prediction_checks_its_polygon(polygon: np.ndarray) -> None:
    with pytest.raises(ValueError, match="polygon"):
        Prediction(polygon)
