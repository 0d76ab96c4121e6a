"""The litres of an item are a letter, not one more figure; amounts and prices stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.layout.merging import Fragment
from ocr.layout.volumes import with_litres
from ocr.recognition.recognizer import ReadWord

_QUAD = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], np.float32)


def _line(text: str, ratio: float | None = -0.9, confidence: float = 0.92) -> Fragment:
    """A line whose last 1 before a space or its end may be an l, so much less likely."""
    words = tuple(ReadWord(word, 0.95, _QUAD) for word in text.split(" "))
    at = max((k for k, c in enumerate(text) if c == "1" and text[k + 1 : k + 2] in ("", " ")), default=None)
    others = () if at is None or ratio is None else ((f"{text[:at]}l{text[at + 1 :]}", ratio),)
    return Fragment(text, confidence, _QUAD, words, others)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (("Gurke 0,51", "4,50"), "Gurke 0,5l"),
        (("COLA ZERO 0,331", "2 x 1,10", "2,20 A"), "COLA ZERO 0,33l"),
        (("WATER 1.51", "1.29"), "WATER 1.5l"),
    ],
)
def test_a_doubtful_figure_behind_a_content_is_its_unit(row: tuple[str, ...], text: str) -> None:
    (lines,) = with_litres([[_line(row[0]), *(Fragment(one, 0.99, _QUAD) for one in row[1:])]])
    assert lines[0].text == text
    assert [word.text for word in lines[0].words] == text.split(" ")
    assert lines[0].confidence == lines[0].words[-1].confidence == 0.8
    # The name is as sure as it was, and what was read stays another reading.
    assert lines[0].words[0].confidence == 0.95
    assert lines[0].alternatives == ((row[0], 0.9),)
    assert [line.text for line in lines[1:]] == list(row[1:])


def test_an_amount_may_stand_in_the_same_line() -> None:
    line = Fragment("Gurke 0,51 4,50", 0.9, _QUAD, (), (("Gurke 0,5l 4,50", -0.5),))
    assert with_litres([[line]])[0][0].text == "Gurke 0,5l 4,50"


@pytest.mark.parametrize(
    ("row", "ratio"),
    [
        # An amount, the sum of several, a price that is no content, and one that stands alone.
        (("Gurke 0,51",), -0.9),
        (("Gurke", "0,51"), -0.9),
        (("Gurke 0,81", "0,81"), -3.0),
        (("Brot 2,71", "2,71"), -0.9),
        (("2 x 0,51", "1,02"), -0.9),
        (("Gurke 0,51", "4,50"), None),
    ],
)
def test_what_may_be_an_amount_stays(row: tuple[str, ...], ratio: float | None) -> None:
    lines = [_line(one, ratio) for one in row]
    assert with_litres([lines]) == [lines]
