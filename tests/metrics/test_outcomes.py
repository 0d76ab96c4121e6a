"""What became of every line, and how that goes with its traits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ocr.datasets import LineAnnotation
from ocr.metrics import Prediction
from ocr.metrics.outcomes import distribution, outcomes


def box(x0: float, y0: float, width: float, height: float) -> npt.NDArray[np.float32]:
    x1, y1 = x0 + width, y0 + height
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


TRUTHS = [
    LineAnnotation(box(0, 0, 100, 20), "Total"),
    LineAnnotation(box(0, 40, 100, 20), "12.90"),
    LineAnnotation(box(0, 80, 10, 20), "1"),
    LineAnnotation(box(0, 120, 100, 20), None),
]
PREDICTIONS = [
    Prediction(box(0, 40, 100, 20), "12.80", 0.55),
    Prediction(box(0, 0, 100, 20), "TOTAL", 0.97),
    Prediction(box(0, 120, 100, 20), "smudge", 0.2),
    Prediction(box(0, 200, 100, 20), "ghost", 0.05),
]


def test_every_line_has_one_outcome() -> None:
    found = [(one.state, one.line, one.prediction) for one in outcomes(TRUTHS, PREDICTIONS)]
    assert found == [
        ("read", 0, 1),
        ("misread", 1, 0),
        ("lost", 2, None),
        ("ignored", 3, None),
        ("extra", None, 3),
    ]


def test_where_texts_do_not_count_a_line_that_was_found_was_read() -> None:
    assert [one.state for one in outcomes(TRUTHS, PREDICTIONS, texts=False)][:2] == ["read", "read"]


def test_lines_are_counted_by_range() -> None:
    pages = [(TRUTHS, PREDICTIONS, outcomes(TRUTHS, PREDICTIONS))]
    scores = distribution("confidence", pages)
    assert scores[0] == {"range": "0–0.1", "read": 0, "misread": 0, "extra": 1}
    assert scores[-1] == {"range": "0.95–0.99", "read": 1, "misread": 0, "extra": 0}
    assert sum(int(row["misread"]) for row in scores) == 1
    assert distribution("height", pages) == [{"range": "20–25", "read": 1, "misread": 1, "lost": 1}]
    shapes = distribution("aspect", pages)
    assert shapes[0] == {"range": "0.5–1", "read": 0, "misread": 0, "lost": 1}
    assert shapes[-1] == {"range": "5–8", "read": 1, "misread": 1, "lost": 0}
    assert distribution("height", []) == []
