"""What stands in and beside amounts, of two looks that are nearly alike."""

from __future__ import annotations

import math

import pytest

from ocr.recognition.amounts import as_amounts
from ocr.recognition.decoded import Decoded, Doubt


def line(text: str, *doubts: tuple[int, str, float]) -> Decoded:
    """A line of which characters, counted from its end where below 0, can be others."""
    known = [Doubt(k % len(text), other, ratio) for k, other, ratio in doubts]
    certainties = [0.6 if any(d.position == k for d in known) else 1.0 for k in range(len(text))]
    return Decoded(text, 0.6, range(len(text)), range(1, len(text) + 1), certainties, known)


@pytest.mark.parametrize(
    ("text", "doubt", "expected"),
    [
        ("3,49c", (-1, "C", -2.0), "3,49C"),
        ("189.86 s", (-1, "S", -3.1), "189.86 S"),
        ("13.42 5", (-1, "S", -0.9), "13.42 S"),
        ("7902,450", (-1, "D", -0.1), "7902,45D"),
        ("2,530", (-1, "€", -0.4), "2,53€"),
        ("665,19 Ko", (-1, "c", -2.7), "665,19 Kc"),
        ("12,00 RUR", (-3, "E", -2.7), "12,00 EUR"),
        ("246.3B", (-1, "8", -1.8), "246.38"),
        ("MILK 3&0,34C", (6, "8", -0.5), "MILK 380,34C"),
        ("B x 68,71", (0, "8", -1.8), "8 x 68,71"),
        ("#16.90", (0, "$", -0.4), "$16.90"),
        ("RM 1.201.52", (4, ",", -2.0), "RM 1,201.52"),
    ],
)
def test_what_cannot_stand_there_is_what_else_it_looks_like(
    text: str, doubt: tuple[int, str, float], expected: str
) -> None:
    (revised,) = as_amounts([line(text, doubt)])
    assert revised.text == expected
    # What it was read as stays a possibility, and what it is now is as certain as it looks.
    position = doubt[0] % len(text)
    assert [(d.character, d.log_ratio) for d in revised.doubts] == [(text[position], -doubt[2])]
    assert revised.certainties[position] == pytest.approx(0.6 * math.exp(doubt[2]))


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("3,49C", (-1, "c", -0.5)),
        ("0,5L", (-1, "1", -0.5)),  # a unit
        ("0,538 kg", (4, "B", -0.1)),  # a weight
        ("11,090", (-1, "D", -1.8)),  # more like a third decimal
        ("13.42 5", (-1, "S", -2.5)),
        ("12.05.24", (5, ",", -0.5)),  # a date
        ("4,20", (1, ".", -0.1)),
        ("+4,20", (0, "*", -1.0)),  # a sign as good as the other
        ("RoomB", (-1, "8", -0.5)),
    ],
)
def test_what_can_stand_there_stays(text: str, doubt: tuple[int, str, float]) -> None:
    assert as_amounts([line(text, doubt)]) == [line(text, doubt)]


def test_a_page_with_commas_has_them_in_doubtful_amounts_too() -> None:
    doubtful = line("1.214.00", (1, ",", -1.0), (5, ",", -1.0))
    clear = [line("10,20"), line("2,50"), line("3,99")]
    assert as_amounts([*clear, doubtful])[-1].text == "1.214,00"
    # Two commas may be misread; a page of points has them, and one amount alone groups by the other sign.
    assert as_amounts([*clear[:2], doubtful])[-1].text == "1,214.00"
    assert as_amounts([*clear, *[line("7.20")] * 11, line("5.00", (1, ",", -0.5))])[-1].text == "5.00"
    assert as_amounts([line("5.00", (1, ",", -0.5))])[0].text == "5.00"


def test_dates_are_no_amounts() -> None:
    clear = [line("10,20"), line("2,50"), line("3,99")]
    date = line("12.05.24", (5, ",", -0.5))
    assert as_amounts([*clear, date])[-1] == date
