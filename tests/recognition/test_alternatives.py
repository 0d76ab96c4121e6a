"""Other readings of lines with figures."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.recognition.alternatives import MOST, alternatives, merged
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy
from ocr.recognition.decoded import Decoded, Doubt

CHARSET = Charset(" 0123456789.ABC")


def read(rows: list[dict[str, float]]) -> Decoded:
    """A line of steps with these probabilities of characters, ``_`` the blank."""
    logits = np.full((1, len(rows), CHARSET.classes), -30.0, np.float32)
    for step, row in enumerate(rows):
        for character, probability in row.items():
            logits[0, step, ("_" + CHARSET.characters).index(character)] = np.log(probability)
    return ctc_greedy(logits, [len(rows)], CHARSET)[0]


def test_the_second_best_of_a_figure_is_another_reading() -> None:
    line = read([{"3": 1.0}, {".": 1.0}, {"4": 0.8, "9": 0.2}, {"_": 1.0}, {"8": 0.9, "3": 0.1}])
    assert line.text == "3.48"
    found = alternatives(line)
    assert [text for text, _ in found] == ["3.98", "3.43", "3.93"]
    assert [ratio for _, ratio in found] == pytest.approx(
        [np.log(0.2 / 0.8), np.log(0.1 / 0.9), np.log(0.2 / 0.8 * 0.1 / 0.9)], abs=1e-3
    )


def test_a_tax_letter_may_be_a_figure() -> None:
    line = read([{"9": 1.0}, {"C": 0.7, "0": 0.3}])
    assert line.text == "9C"
    assert alternatives(line)[0][0] == "90"


@pytest.mark.parametrize(
    "rows",
    [
        [{"A": 0.7, "B": 0.3}],  # no figures
        [{"A": 0.7, "B": 0.3}, {" ": 1.0}, {"7": 1.0}],  # a doubtful letter of another word
        [{"7": 0.995, "1": 0.005}],  # as good as certain
        [{"7": 0.6, " ": 0.4}],  # spaces make other words
        [{"_": 1.0}],
    ],
)
def test_what_is_clear_or_no_figure_has_none(rows: list[dict[str, float]]) -> None:
    assert alternatives(read(rows)) == ()


def test_there_are_few_of_them_and_the_likeliest_come_first() -> None:
    line = Decoded("11111111", 0.1, doubts=[Doubt(k, "7", -0.1 * (k + 1)) for k in range(8)])
    found = alternatives(line)
    assert len(found) == MOST
    assert found[0] == ("71111111", -0.1)
    assert [ratio for _, ratio in found] == sorted((ratio for _, ratio in found), reverse=True)


def test_merged_lines_have_the_alternatives_of_both() -> None:
    found = merged("TOTAL 5", (("TOTAL 6", -1.0),), "9.00", (("8.00", -0.5),))
    assert found == (("TOTAL 5 8.00", -0.5), ("TOTAL 6 9.00", -1.0))
