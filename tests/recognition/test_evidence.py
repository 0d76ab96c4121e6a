"""What is known of a line: doubts that leave no character behind, and its place among the others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ocr.recognition import evidence
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy
from ocr.recognition.likely_steps import Likely

CHARSET = Charset("A1 :")
SPACE = 3


def steps(*lines: list[dict[str, float]]) -> tuple[np.ndarray, list[int]]:
    """(S, 5) logits of the probabilities of characters, ``_`` the blank, and the lengths."""
    rows = [row for line in lines for row in line]
    out = np.full((len(rows), 5), -30.0, np.float32)
    for k, row in enumerate(rows):
        for character, probability in row.items():
            out[k, "_A1 :".index(character)] = math.log(probability)
    return out, [len(line) for line in lines]


def known(*lines: list[dict[str, float]]) -> list[dict[str, float]]:
    logits, lengths = steps(*lines)
    read = ctc_greedy(logits, lengths, CHARSET)
    found = evidence.of_lines(read, read, Likely(logits, lengths), lengths, SPACE)
    return [dict(zip(evidence.OF_LINE, row, strict=True)) for row in found.tolist()]


BLANK = {"_": 1.0}


def odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def test_a_line_is_told_by_its_weakest_places() -> None:
    first, second = known(
        [BLANK, {"A": 0.9, "1": 0.1}, BLANK, {"A": 0.8, "1": 0.2}, BLANK, BLANK, BLANK, BLANK],
        [{"1": 1.0}, BLANK, {" ": 0.7, "_": 0.3}, BLANK, {":": 0.6, "1": 0.4}],
    )
    assert first["least_character"] == pytest.approx(odds(0.8), abs=1e-3)
    assert first["second_character"] == pytest.approx(odds(0.9), abs=1e-3)
    assert first["confidence"] == pytest.approx(odds(0.72), abs=1e-3)
    assert (first["before"], first["behind"], first["characters"], first["digits"]) == (1, 4, 2, 0)
    assert second["least_space"] == pytest.approx(odds(0.7), abs=1e-3)
    assert first["least_space"] > 15
    assert (second["words"], second["signs"]) == (2, 1)
    assert second["digits"] == pytest.approx(1 / 3)


def test_characters_and_spaces_that_were_nearly_seen_are_evidence() -> None:
    clear = [BLANK] * 4 + [{"A": 1.0}] + [BLANK] * 4
    (plain,) = known(clear)
    (space,) = known([*clear[:3], {"_": 0.6, " ": 0.4}, *clear[4:]])
    (cut_off,) = known([{"_": 0.7, ":": 0.3}, *clear[1:]])
    assert plain["missed_character"] < -15
    assert space["missed_space"] == pytest.approx(odds(0.4), abs=1e-3)
    assert space["missed_character"] == pytest.approx(odds(0.4), abs=1e-3)
    assert space["edge"] > 15
    assert cut_off["edge"] == pytest.approx(odds(0.7), abs=1e-3)
    # The characters themselves are as clear as before.
    assert space["confidence"] == cut_off["confidence"] == plain["confidence"]


def test_evidence_of_a_line_does_not_depend_on_its_batch() -> None:
    one = [{"A": 0.9, "1": 0.1}, BLANK, {"1": 0.8, "_": 0.2}]
    two = [{":": 0.6, "_": 0.4}] * 2
    assert known(one, two) == [*known(one), *known(two)]
    assert known(two, one) == [*known(two), *known(one)]


def test_neighbours_in_a_row_are_found_on_either_side() -> None:
    def quad(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)

    quads = [quad(200, 1, 260, 21), quad(0, 0, 100, 20), quad(0, 40, 100, 80)]
    found = evidence.of_page(quads, evidence.heights(quads), [0.9, 0.8, 0.7])
    by_name = {name: found[:, k].tolist() for k, name in enumerate(evidence.OF_PAGE)}
    assert evidence.heights(quads).tolist() == [20, 20, 40]
    assert by_name["gap_left"] == [5, 20, 20]
    assert by_name["gap_right"] == [20, 5, 20]
    assert by_name["relative_height"] == pytest.approx([0, 0, math.log(2)])
    assert by_name["page"] == pytest.approx([0.8] * 3)
