"""Why a line was lost, on painted probability maps that the real decoding turns into regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from ocr.datasets import LineAnnotation
from ocr.detection.decode import DecodeOptions, decode
from ocr.metrics import Prediction
from ocr.metrics.error_analysis import CAUSES, DetectionMap, Miss, find

WIDTH, HEIGHT = 200, 120
OPTIONS = DecodeOptions(threshold=0.4, box_threshold=0.7, shrink_ratio=0.7)
Box = tuple[int, int, int, int]


def quad(x0: float, y0: float, x1: float, y1: float) -> npt.NDArray[np.float32]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def lost(
    truth: Sequence[Box], painted: Sequence[tuple[Box, float]], options: DecodeOptions = OPTIONS
) -> list[Miss]:
    """What became of true boxes where the map holds these probabilities, at half the size of the page."""
    probability = np.full((HEIGHT // 2, WIDTH // 2), 0.01, np.float32)
    for (x0, y0, x1, y1), value in painted:
        probability[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = value
    kept = decode(probability, options).enlarged(2)
    everything = decode(probability, replace(options, box_threshold=0.0)).enlarged(2)
    return list(
        find(
            [LineAnnotation(quad(*box), "x") for box in truth],
            [Prediction(region.polygon, "x") for region in kept.regions],
            lambda: DetectionMap(probability, WIDTH, HEIGHT, options, everything.regions),
        )
    )


LINE: Box = (20, 20, 180, 40)
#: What the map of that line looks like after training: shrunk by D = A (1 - r²) / L = 4.5 px.
CORE: Box = (24, 24, 176, 36)


@pytest.mark.parametrize(
    ("cause", "painted"),
    [
        ("probability", []),
        ("probability", [(CORE, 0.15)]),
        ("threshold", [(CORE, 0.3)]),
        ("box_threshold", [(CORE, 0.55)]),
        ("size", [((24, 24, 176, 32), 0.9)]),
        ("split", [((24, 24, 92, 36), 0.9), ((108, 24, 176, 36), 0.9)]),
        ("unclip", [((12, 8, 196, 58), 0.9)]),
        # Most of it was not seen: growing what was seen would not have found it.
        ("probability", [((24, 24, 72, 36), 0.9)]),
    ],
)
def test_the_step_that_lost_a_line_is_named(cause: str, painted: list[tuple[Box, float]]) -> None:
    options = replace(OPTIONS, min_size=5.0) if cause == "size" else OPTIONS
    (miss,) = lost([LINE], painted, options)
    assert (miss.line, miss.cause) == (0, cause)
    assert cause in CAUSES


def test_a_line_that_was_found_is_not_lost() -> None:
    assert lost([LINE], [(CORE, 0.9)]) == []


def test_two_lines_in_one_region_are_merged() -> None:
    left, right = (20, 20, 90, 40), (110, 20, 180, 40)
    first, second = lost([left, right], [(CORE, 0.9)])
    assert (first.cause, second.cause) == ("merged", "merged")
    assert first.prediction == second.prediction == 0


def test_the_evidence_is_told() -> None:
    (miss,) = lost([LINE], [(CORE, 0.55)])
    assert miss.score == pytest.approx(0.55, abs=0.01)
    assert miss.probability == pytest.approx(0.55, abs=0.05)
    assert miss.prediction is None
    assert miss.to_dict()["cause"] == "box_threshold"
    (miss,) = lost([LINE], [((12, 8, 196, 58), 0.9)])
    assert miss.prediction == 0
    assert 0.1 < miss.iou < 0.5


def test_misread_lines_are_read_once_more_inside_their_true_outline() -> None:
    truths = [LineAnnotation(quad(10, 10 + 30 * k, 110, 30 + 30 * k), text) for k, text in enumerate("abcd")]
    # The third is right but for its case; the fourth has no true text to hold against.
    truths[3] = LineAnnotation(truths[3].polygon, "")
    predictions = [
        Prediction(truth.polygon, text) for truth, text in zip(truths, ("x", "y", "C", "z"), strict=True)
    ]

    def read(quads: Sequence[npt.NDArray[np.float32]]) -> list[str]:
        assert len(quads) == 2
        np.testing.assert_array_equal(quads[0], truths[0].polygon)
        return ["A", "w"]

    def look() -> DetectionMap:
        raise AssertionError("every line was found")

    assert [(miss.line, miss.cause) for miss in find(truths, predictions, look, read)] == [
        (0, "crop"),
        (1, "decoder"),
    ]
    assert find(truths, predictions, look) == ()


def test_unreadable_lines_cannot_be_lost() -> None:
    def look() -> DetectionMap:
        raise AssertionError("nothing counts")

    assert find([LineAnnotation(quad(*LINE), None)], [], look) == ()


def test_a_region_in_which_nothing_was_read_is_the_decoders() -> None:
    truth = LineAnnotation(quad(*LINE), "x")
    probability = np.full((HEIGHT, WIDTH), 0.01, np.float32)
    probability[24:36, 24:176] = 0.9
    regions = decode(probability, OPTIONS).regions
    (miss,) = find([truth], [], lambda: DetectionMap(probability, WIDTH, HEIGHT, OPTIONS, regions))
    assert miss.cause == "decoder"
