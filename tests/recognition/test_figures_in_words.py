"""A nought in a word is an O where it may be one, and a letter in a number a figure."""

from __future__ import annotations

import pytest

from ocr.recognition.decoded import Decoded, Doubt
from ocr.recognition.figures_in_words import as_words_and_numbers

_OTHERS = {"0": "O", "l": "1", "I": "1", "O": "0"}


def _line(text: str, log_ratio: float = -2.0, others: dict[str, str] | None = None) -> Decoded:
    """A line whose noughts and letters like figures may be the others, so much less likely."""
    known = _OTHERS if others is None else others
    doubts = [Doubt(k, known[c], log_ratio) for k, c in enumerate(text) if c in known]
    places = list(range(len(text)))
    return Decoded(text, 0.6, places, [k + 1 for k in places], [0.7] * len(text), doubts)


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ("APPLES L00SE KG", "APPLES LOOSE KG"),
        ("MASŁ0 82% 2x7,49", "MASŁO 82% 2x7,49"),
        ("T0TAL 10.00", "TOTAL 10.00"),
        ("071l 2283940", "0711 2283940"),
        ("5I3-O21", "513-021"),
    ],
)
def test_a_doubtful_look_is_what_makes_a_word_or_a_number(seen: str, text: str) -> None:
    (line,) = as_words_and_numbers([_line(seen, -0.5)])
    assert line.text == text
    assert line.confidence == 0.6


@pytest.mark.parametrize(
    "text", ["A0", "B00", "SR0", "AB00 12", "INV000123", "E10", "0,5l", "10l", "12 OZ", "O2", "Il", "1x0,99C"]
)
def test_codes_units_and_amounts_stay(text: str) -> None:
    assert as_words_and_numbers([_line(text)])[0].text == text


def test_what_looks_like_nothing_else_stays() -> None:
    for line in (_line("L00SE", others={}), _line("L00SE", others={"0": "Q"}), _line("BON 338l", -2.0)):
        assert as_words_and_numbers([line]) == [line]


def test_what_was_changed_may_be_what_it_was() -> None:
    (line,) = as_words_and_numbers([_line("T0TAL", -0.5, {"0": "O"})])
    assert [(doubt.position, doubt.character) for doubt in line.doubts] == [(1, "0")]
    assert line.certainties[1] < 0.7
