"""Amounts beside which ink was left out are read with it; figures are never added to one that is whole."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.layout.merging import Fragment
from ocr.pipeline.cut_amounts import whole_amounts
from ocr.recognition.recognizer import Reading

LEFT, RIGHT, TOP, BOTTOM = 400, 500, 100, 130


def _quad(left: float, right: float) -> np.ndarray:
    return np.array([(left, TOP), (right, TOP), (right, BOTTOM), (left, BOTTOM)], np.float32)


def _page(*marks: tuple[int, int]) -> np.ndarray:
    """An amount, and marks from one place to another."""
    page = np.full((240, 640), 245, np.uint8)
    for left, right in ((LEFT + 4, RIGHT - 4), *marks):
        for x in range(left, right - 8, 16):
            cv2.rectangle(page, (x, TOP + 5), (x + 9, BOTTOM - 6), 30, 3)
    return page


def _read(
    text: str, more: str, *marks: tuple[int, int], confidence: float = 0.95, beside: tuple[Fragment, ...] = ()
) -> Fragment:
    def read(grey: np.ndarray, quads: list[np.ndarray]) -> list[Reading]:
        return [Reading(more, confidence, confidence) for _ in quads]

    amount = Fragment(text, 0.99, _quad(LEFT, RIGHT))
    first, *others = whole_amounts([amount, *beside], _page(*marks), read)
    assert others == list(beside)
    return first


BEFORE, BEHIND = (376, 392), (506, 522)


@pytest.mark.parametrize(
    ("text", "more", "mark"),
    [
        ("12,50", "12,50-", BEHIND),
        ("12,50", "12,50C", BEHIND),
        ("12,50", "12,50 €", BEHIND),
        ("12.50", "-12.50", BEFORE),
        ("12.50", "**12.50", BEFORE),
    ],
)
def test_a_sign_or_letter_that_was_left_out_is_added(text: str, more: str, mark: tuple[int, int]) -> None:
    found = _read(text, more, mark)
    assert (found.text, found.confidence) == (more, 0.95)
    assert np.ptp(found.quad[:, 0]) > RIGHT - LEFT
    # Not where it is read in doubt, and not where nothing stands.
    assert _read(text, more, mark, confidence=0.7).text == text
    assert _read(text, more).text == text


def test_a_figure_beside_an_amount_puts_it_in_doubt() -> None:
    found = _read("2.50", "12.50", BEFORE)
    assert (found.text, found.confidence) == ("2.50", 0.5)
    assert found.alternatives == (("12.50", 0.0),)
    found = _read("2.50", "2.505", BEHIND)
    assert (found.text, found.confidence) == ("2.50", 0.5)


def test_an_amount_that_begins_with_a_point_is_completed_in_doubt() -> None:
    found = _read(",80 A", "3,80 A", BEFORE)
    assert (found.text, found.confidence) == ("3,80 A", 0.5)
    found = _read(".80", "|3I.80", BEFORE)
    assert (found.text, found.confidence) == (".80", 0.5)
    assert _read(".80", ".80", BEFORE).confidence == 0.99


def test_what_another_line_covers_was_not_left_out() -> None:
    euro = Fragment("€", 0.9, _quad(502, 526))
    assert _read("12,50", "12,50 €", BEHIND, beside=(euro,)).text == "12,50"


@pytest.mark.parametrize("text", ["TOTAL", "17.05.2025", "3", "0113 496"])
def test_other_texts_stay(text: str) -> None:
    assert _read(text, text + "-", BEFORE, BEHIND).text == text
