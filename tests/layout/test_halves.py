"""Halves of large letters are found, and lines below each other are not taken for them."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import polygons
from ocr.layout.halves import is_better, wholes
from ocr.layout.merging import Fragment


def _fragment(
    text: str, confidence: float, centre: tuple[float, float], size: tuple[float, float]
) -> Fragment:
    return Fragment(text, confidence, polygons.rectangles([centre], [size], [0.0])[0])


#: The upper half of three letters 60 pixels high, and what was seen of the lower one.
_UPPER = _fragment("즈므초", 0.6, (100, 100), (180, 38))
_LOWER = (_fragment("T", 0.9, (40, 128), (50, 30)), _fragment("61", 0.7, (130, 127), (100, 34)))


def test_halves_are_read_as_one_line() -> None:
    (found,) = wholes([*_LOWER, _UPPER])
    assert sorted(found.parts) == [0, 1, 2]
    x0, y0, x1, y1 = polygons.bounds(found.quad)
    assert (x0, y0) == pytest.approx((10, 81), abs=1)
    assert (x1, y1) == pytest.approx((190, 144), abs=1)


@pytest.mark.parametrize(
    "lower",
    [
        _fragment("61", 0.7, (130, 142), (100, 34)),  # a line of its own
        _fragment("narrow letters", 0.6, (130, 127), (100, 34)),
        _fragment("61", 0.7, (330, 127), (100, 34)),  # a column
        _fragment("61", 0.7, (130, 110), (100, 90)),  # not half of it
    ],
)
def test_lines_are_no_halves(lower: Fragment) -> None:
    assert wholes([_UPPER, lower]) == []


def test_what_is_read_well_is_not_read_again() -> None:
    assert wholes([one._replace(confidence=0.95) for one in (_UPPER, *_LOWER)]) == []
    assert wholes([]) == []


def test_parts_above_and_below_are_not_of_one_line() -> None:
    above = _fragment("61", 0.7, (130, 73), (100, 34))
    assert wholes([_UPPER, above, *_LOWER]) == []


@pytest.mark.parametrize(("confidence", "better"), [(0.95, True), (0.86, True), (0.75, False), (0.4, False)])
def test_a_whole_stands_where_it_is_clearer(confidence: float, better: bool) -> None:
    whole = Fragment("주문총액", confidence, np.zeros((4, 2), np.float32))
    assert is_better(whole, (_UPPER, *_LOWER)) == better
    assert not is_better(whole._replace(text=""), (_UPPER, *_LOWER))


def test_a_whole_is_clearer_than_both_halves() -> None:
    whole = Fragment("주문총액", 0.75, np.zeros((4, 2), np.float32))
    assert is_better(whole, (_UPPER,))
    assert not is_better(whole._replace(confidence=0.65), (_UPPER,))
