"""Dates that were not detected are read in the gap beside a time of day, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.layout.merging import Fragment
from ocr.pipeline.missing_dates import missing_dates
from ocr.recognition.recognizer import Reading

GREY = np.full((400, 800), 255, np.uint8)


def fragment(text: str, left: float, right: float, top: float, slope: float = 0.0) -> Fragment:
    """A line 30 pixels high, on a page that runs down by ``slope`` to the right."""
    corners = [(left, top), (right, top), (right, top + 30), (left, top + 30)]
    return Fragment(text, 0.9, np.array([(x, y + slope * x) for x, y in corners], np.float32))


def lines(*, dated: bool = False, slope: float = 0.0) -> list[Fragment]:
    return [
        fragment("zu zahlen", 10, 150, 100, slope),
        fragment("7,16", 650, 760, 100, slope),
        fragment("3182", 10, 90, 200, slope),
        fragment("02.03.20 15:59" if dated else "15:59", 680, 760, 200, slope),
    ]


class Reader:
    """Reads one text wherever it is asked to, and keeps where that was."""

    def __init__(self, text: str, confidence: float = 0.9) -> None:
        self.text, self.confidence = text, confidence
        self.asked: list[np.ndarray] = []

    def __call__(self, grey: np.ndarray, quads: list[np.ndarray]) -> list[Reading]:
        self.asked += quads
        return [Reading(self.text, self.confidence, self.confidence) for _ in quads]


@pytest.mark.parametrize("slope", [0.0, 0.03, -0.03])
def test_the_gap_beside_the_time_is_read(slope: float) -> None:
    read = Reader("02.03.20")
    (found,) = missing_dates(lines(slope=slope), GREY, read)
    assert found.text == "02.03.20"
    for quad in read.asked:
        assert quad[:, 0].min() > 90
        assert quad[:, 0].max() < 680
        middle = 215 + slope * quad[:, 0].mean()
        assert abs(quad[:, 1].mean() - middle) < 5


def test_nothing_is_read_where_a_date_is_there() -> None:
    read = Reader("02.03.20")
    assert missing_dates(lines(dated=True), GREY, read) == []
    assert read.asked == []


@pytest.mark.parametrize(("text", "confidence"), [("02.03.20", 0.4), ("748433/01", 0.9), ("", 0.9)])
def test_nothing_is_made_up(text: str, confidence: float) -> None:
    assert missing_dates(lines(), GREY, Reader(text, confidence)) == []


def test_no_gap_and_no_time_cost_nothing() -> None:
    read = Reader("02.03.20")
    assert missing_dates([fragment("15:59", 10, 760, 100)], GREY, read) == []
    assert missing_dates(lines()[:3], GREY, read) == []
    assert read.asked == []
