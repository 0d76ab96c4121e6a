"""Parts of one phrase become one line; columns stay apart."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.layout.merging import Fragment, merge_fragments

#: Width of a letter and height of a line in pixels.
LETTER, TALL = 10.0, 20.0


def part(text: str, x: float, y: float = 0.0, *, letter: float = LETTER, tall: float = TALL) -> Fragment:
    right, low = x + letter * len(text), y + tall
    return Fragment(text, 0.9, np.array([[x, y], [right, y], [right, low], [x, low]], np.float32))


def turned(one: Fragment, degrees: float) -> Fragment:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return one._replace(quad=(one.quad @ turn).astype(np.float32))


def texts(*parts: Fragment) -> list[str]:
    return [one.text for row in merge_fragments(parts) for one in row]


@pytest.mark.parametrize("degrees", [0, 7, 90, 180, -90])
def test_words_a_letter_apart_are_one_line_whichever_way_the_page_lies(degrees):
    pair = [turned(part(text, x), degrees) for text, x in (("MEI", 0), ("LET RESTAURANT", 40))]
    ((line,),) = merge_fragments(pair)
    assert line.text == "MEI LET RESTAURANT"
    assert line.confidence == pytest.approx(0.81)
    wanted = turned(part(line.text, 0), degrees).quad
    np.testing.assert_allclose(line.quad, wanted, atol=1e-3)


def test_more_than_two_parts_are_one_line_in_the_order_of_the_row():
    assert texts(part("BHD", 70), part("ALAM)", -20), part("SDN", 38)) == ["ALAM) SDN BHD"]


@pytest.mark.parametrize(
    "other",
    [
        part("9.80", 150),
        part("TOTAL", 60, 30),
        part("TOTAL", 60, 8),
        part("TOTAL", 60, tall=2 * TALL, letter=2 * LETTER),
    ],
    ids=["a column", "the next row", "half a row down", "larger print"],
)
def test_what_does_not_belong_together_stays_apart(other):
    assert len(texts(part("CASH", 10), other)) == 2


def test_the_space_is_measured_in_letters_not_in_heights():
    # The same gap of 15 px: within a wide heading a space, between narrow columns none.
    wide = [part("TAX", 0, letter=16), part("INVOICE", 63, letter=16)]
    narrow = [part("Amount", 0, letter=6), part("Price", 51, letter=6)]
    assert texts(*wide) == ["TAX INVOICE"]
    assert texts(*narrow) == ["Amount", "Price"]


def test_letters_after_a_figure_begin_something_new():
    assert texts(part("6.40", 0), part("S", 48)) == ["6.40", "S"]
    assert texts(part("S/N", 0), part("6.40", 38)) == ["S/N 6.40"]


def test_the_tax_letter_right_behind_an_amount_belongs_to_it():
    assert texts(part("18.00", 0), part("Z", 54)) == ["18.00 Z"]


def test_text_that_runs_down_is_left_alone():
    side = [
        Fragment(text, 0.9, turned(part(text, x), 90).quad[[1, 2, 3, 0]])
        for text, x in (("AB", 0), ("CD", 25))
    ]
    assert sum(map(len, merge_fragments(side))) == 2


def test_overlapping_parts_are_joined_and_nothing_is_made_of_nothing():
    assert texts(part("Date:", 0), part("01/02/2018", 46)) == ["Date: 01/02/2018"]
    assert merge_fragments([]) == []
    assert texts(part("A", 0)) == ["A"]
