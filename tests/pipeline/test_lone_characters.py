"""Single characters beside lines are read though their regions are hardly ones; smudges and circles are not."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.detection.regions import Region
from ocr.layout.merging import Fragment
from ocr.pipeline.lone_characters import lone_characters
from ocr.recognition.recognizer import Reading

GREY = np.full((400, 800), 255, np.uint8)


def _quad(left: float, right: float, top: float, bottom: float) -> np.ndarray:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


LINES = [
    Fragment("Nights:", 0.9, _quad(10, 150, 100, 130)),
    Fragment("Total EUR:", 0.9, _quad(10, 200, 200, 230)),
    Fragment("276,90", 0.9, _quad(600, 760, 200, 230)),
]
FIGURE = Region(_quad(600, 620, 102, 128), 0.55)


def _read(text: str, *regions: Region, confidence: float = 0.98) -> list[str]:
    def read(grey: np.ndarray, quads: list[np.ndarray]) -> list[Reading]:
        return [Reading(text, confidence, confidence) for _ in quads]

    return [one.text for one in lone_characters(LINES, regions, GREY, read)]


@pytest.mark.parametrize("text", ["3", "0", "€", "!", "A", "%"])
def test_a_character_in_a_row_with_a_line_is_read(text: str) -> None:
    assert _read(text, FIGURE) == [text]


@pytest.mark.parametrize("text", ["O", "o", "|", "-", ".", "", "35"])
def test_marks_and_longer_texts_are_none(text: str) -> None:
    assert _read(text, FIGURE) == []


def test_doubtful_readings_are_none() -> None:
    assert _read("3", FIGURE, confidence=0.8) == []


@pytest.mark.parametrize(
    "quad",
    [
        _quad(600, 620, 140, 166),  # between two rows
        _quad(100, 120, 102, 128),  # on a line
        _quad(600, 610, 112, 120),  # much lower
        _quad(600, 690, 102, 128),  # too long
        _quad(780, 798, 102, 128),  # beyond the receipt
    ],
)
def test_what_stands_elsewhere_is_not_read(quad: np.ndarray) -> None:
    assert _read("3", Region(quad, 0.55)) == []
    assert lone_characters([], [FIGURE], GREY, lambda grey, quads: []) == []
