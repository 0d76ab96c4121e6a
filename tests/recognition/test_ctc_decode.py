"""Logits to text."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.errors import ModelOutputInvalid
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy

CHARSET = Charset("ab ")


def logits(classes: list[int], sure: float = 20.0) -> np.ndarray:
    found = np.zeros((1, len(classes), CHARSET.classes), np.float32)
    found[0, np.arange(len(classes)), classes] = sure
    return found


@pytest.mark.parametrize(
    ("classes", "text"),
    [
        ([0, 1, 1, 0, 2], "ab"),  # repeats join
        ([1, 0, 1], "aa"),  # a blank between keeps them apart
        ([0, 0, 0], ""),
        ([3, 1, 3, 2, 3], "a b"),  # spaces at the ends go
        ([1, 2, 2, 1], "aba"),
    ],
)
def test_best_path(classes, text):
    (line,) = ctc_greedy(logits(classes), [len(classes)], CHARSET)
    assert line.text == text
    assert line.confidence == pytest.approx(1.0 if text else 0.0, abs=1e-5)


def test_padding_is_not_read():
    (line,) = ctc_greedy(logits([1, 0, 2, 2]), [2], CHARSET)
    assert line.text == "a"


def test_lines_of_different_lengths_are_read_one_after_the_other():
    lines = [[1, 0, 2], [2, 2], [0, 0, 0, 0], [2, 0, 0, 1, 1]]
    steps = np.concatenate([logits(classes)[0] for classes in lines])
    read = ctc_greedy(steps, [len(classes) for classes in lines], CHARSET)
    # The last letter of a line and the first one of the next are two.
    assert [line.text for line in read] == ["ab", "b", "", "ba"]
    assert read == [
        line for classes in lines for line in ctc_greedy(logits(classes), [len(classes)], CHARSET)
    ]


def test_confidence_is_the_product_over_characters():
    # Two characters, each at odds of e^2 to three others: p = e² / (e² + 3).
    p = np.exp(2) / (np.exp(2) + 3)
    (line,) = ctc_greedy(logits([1, 0, 2], 2.0), [3], CHARSET)
    assert line.confidence == pytest.approx(p * p, rel=1e-5)


def test_output_that_is_not_finite_is_never_passed_on():
    with pytest.raises(ModelOutputInvalid):
        ctc_greedy(np.full((1, 3, 4), np.nan, np.float32), [3], CHARSET)
