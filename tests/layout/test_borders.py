"""Borders of cells at the ends of lines."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.layout.borders import without_borders
from ocr.layout.merging import Fragment
from ocr.recognition.recognizer import ReadWord

QUAD = np.array([[0, 0], [100, 0], [100, 20], [0, 20]], np.float32)


def line(text, alternatives=()):
    words = tuple(ReadWord(word, 0.9, QUAD) for word in text.split(" "))
    return Fragment(text, 0.8, QUAD, words, alternatives)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("18,50|", "18,50"),
        ("6,37 |", "6,37"),
        ("|4,00% |", "4,00%"),
        ("|| A 12% |", "A 12%"),
        ("TEL 1 | FAX 2", "TEL 1 | FAX 2"),
        ("RAMLI |BWM0034|", "RAMLI |BWM0034|"),
        ("|", "|"),
        ("| |", "| |"),
        ("TOTAL", "TOTAL"),
    ],
)
def test_bars_at_the_ends_are_no_letters(text, left):
    (one,) = without_borders([line(text)])
    assert one.text == left
    assert " ".join(word.text for word in one.words) == left
    assert (one.confidence, one.quad.tolist()) == (0.8, QUAD.tolist())


def test_other_readings_lose_them_as_well():
    (one,) = without_borders(
        [line("18,50|", (("18,501", -1.0), ("18.50|", -2.0), ("18,50", -2.5), ("18.50", -3.0)))]
    )
    assert one.alternatives == (("18,501", -1.0), ("18.50", -2.0))


def test_lines_without_words_have_none_afterwards():
    (one,) = without_borders([Fragment("5 |", 0.8, QUAD)])
    assert (one.text, one.words) == ("5", ())
