"""Two readings of a page held against each other."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.document import Line
from ocr.metrics.differences import pairs, parts


def _line(text: str, top: float, left: float = 0.0) -> Line:
    quad = [[left, top], [left + 100, top], [left + 100, top + 20], [left, top + 20]]
    return Line(text, 0.9, np.array(quad, np.float32))


def test_lines_pair_by_place_and_the_rest_stands_alone() -> None:
    one = [_line("TOTAL", 0), _line("CASH", 40), _line("only here", 80)]
    other = [_line("only there", 200), _line("CASH", 42), _line("T0TAL", 3)]
    found = pairs(one, other)
    texts = [(pair.one and pair.one.text, pair.other and pair.other.text) for pair in found]
    assert texts == [("TOTAL", "T0TAL"), ("CASH", "CASH"), ("only here", None), (None, "only there")]
    assert [pair.same for pair in found] == [False, True, False, False]
    assert found[0].parts() == [("same", "T"), ("cut", "O"), ("new", "0"), ("same", "TAL")]
    assert found[3].parts() == [("new", "only there")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", []),
        ("abc", "abc", [("same", "abc")]),
        ("12.50", "12.5", [("same", "12.5"), ("cut", "0")]),
        ("", "x", [("new", "x")]),
    ],
)
def test_texts_part(one: str, other: str, expected: list[tuple[str, str]]) -> None:
    found = parts(one, other)
    assert found == expected
    assert "".join(text for kind, text in found if kind != "new") == one
    assert "".join(text for kind, text in found if kind != "cut") == other


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Total", "TOTAL", [("same", "TOTAL")]),
        ("Straße", "STRASSE", [("same", "STRASSE")]),
        ("Total 1", "TOTAL 7", [("same", "TOTAL "), ("cut", "1"), ("new", "7")]),
        ("", "", []),
    ],
)
def test_letter_case_is_no_difference_where_it_does_not_count(
    one: str, other: str, expected: list[tuple[str, str]]
) -> None:
    assert parts(one, other, ignore_case=True) == expected
    assert parts("Total", "TOTAL") != [("same", "TOTAL")]
