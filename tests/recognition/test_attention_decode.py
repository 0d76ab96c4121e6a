"""Logits with a step a character to text, and the choice of a decoding by its kind."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.errors import BadConfiguration, ModelOutputInvalid
from ocr.recognition.charset import Charset
from ocr.recognition.decode import Decoding, attention_greedy, ctc_greedy

CHARSET = Charset("ab ")


def logits(classes: list[int], sure: float = 20.0) -> np.ndarray:
    found = np.zeros((1, len(classes), CHARSET.classes), np.float32)
    found[0, np.arange(len(classes)), classes] = sure
    return found


@pytest.mark.parametrize(
    ("classes", "text"),
    [
        ([1, 1, 2, 0, 2], "aab"),  # repeats are characters, and nothing counts after the end
        ([0, 1, 1], ""),
        ([3, 1, 3, 2, 3, 0], "a b"),  # spaces at the ends go
        (
            [1, 2, 1],
            "ab",
        ),  # a line that is longer than the network writes: the last step is for the end alone
    ],
)
def test_characters_up_to_the_end(classes, text):
    (line,) = attention_greedy(logits(classes), CHARSET)
    assert line.text == text
    assert line.confidence == pytest.approx(1.0 if text else 0.0, abs=1e-3)


def test_confidence_is_the_product_over_characters_and_end():
    sure = float(np.exp(2.0) / (np.exp(2.0) + 3))
    (line,) = attention_greedy(logits([1, 2, 0, 2], 2.0), CHARSET)
    assert line.confidence == pytest.approx(sure**3, rel=1e-5)


def test_output_that_is_not_finite_is_never_passed_on():
    with pytest.raises(ModelOutputInvalid):
        attention_greedy(np.full((1, 3, 4), np.nan, np.float32), CHARSET)


def test_the_kind_chooses_the_decoding_and_the_steps():
    given = logits([1, 1, 0, 2])
    ctc, attention = Decoding.from_mapping({}), Decoding.from_mapping({"kind": "attention", "max_length": 3})
    assert ctc.read(given, [4], CHARSET) == ctc_greedy(given, [4], CHARSET)
    assert attention.read(given, [4], CHARSET) == attention_greedy(given, CHARSET)
    assert (ctc.steps(7), attention.steps(7)) == (7, 4)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "other"},
        {"kind": "attention"},
        {"kind": "attention", "max_length": 0},
        {"kind": "attention", "max_length": True},
        {"kind": "attention", "max_length": 2.5},
        {"max_length": 3},
        {"kind": 7},
        {"nonsense": 1},
    ],
)
def test_metadata_that_cannot_be_is_refused(values):
    with pytest.raises(BadConfiguration):
        Decoding.from_mapping(values)
