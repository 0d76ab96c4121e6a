"""What a language model must leave as it looks."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.recognition import figures
from ocr.recognition.beam import Beam
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy, with_language_model
from ocr.recognition.likely_steps import Likely
from ocr.training import language

CHARSET = Charset(" 0123456789.,:;-+*/%()¥€$ABCDEFGHIJKLMNOPQRSTUVWXYZl")
#: It has seen nothing but amounts that end in noughts, words and quantities.
LINES = [
    "TOTAL 10.00",
    "TOTAL 20.00",
    "3,490",
    "3,490",
    "¥4,50",
    "2 X 18.00",
    "GOODS SOLD",
    "NO. 47",
    "SUM 100.00",
]
BEAM = Beam(language.fit(LINES * 20, CHARSET, order=5, gain=0.1), 1.0, 0.7, 16)


def read(written: str, other: dict[int, tuple[str, float]]) -> str:
    """What is made of a text in print of which some characters may be others, with the probability of each.

    An empty other character: nothing may stand there. A character written as ``_`` is nothing, but may be the other.
    """
    logits = np.full((1, 2 * len(written), CHARSET.classes), -30.0, np.float32)
    for k, character in enumerate(written):
        alternative, probability = other.get(k, ("", 0.0))
        for one, p in ((character, 1 - probability), (alternative, probability)):
            index = CHARSET.encode(one)[0] if one and one != "_" else 0
            if p > 0:
                logits[0, 2 * k, index] = np.log(p)
        logits[0, 2 * k + 1, 0] = 0.0
    lengths = [2 * len(written)]
    greedy = ctc_greedy(logits, lengths, CHARSET)
    return with_language_model(greedy, Likely(logits, lengths), lengths, CHARSET, BEAM)[0].text


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("3,49C", {4: ("0", 0.45)}),  # a tax letter is no nought
        ("3,49C", {4: ("", 0.45)}),
        ("*4,50", {0: ("¥", 0.45)}),  # an asterisk is no sign of a currency
        ("TOTAL 13.00", {7: ("0", 0.45)}),  # one figure is not another
        ("TOTAL 10.0", {9: ("", 0.45)}),
        ("TOTAL 10.0_", {10: ("0", 0.45)}),  # no nought is put at an end
        ("10000", {}),
        ("-10.00", {0: ("", 0.45)}),  # a minus stays
        ("-10.00", {0: ("+", 0.45)}),
        ("TOTAL 1000", {8: (".", 0.45)}),
        ("2 X 18,00", {6: (".", 0.45)}),
        ("10.00€", {5: ("0", 0.45)}),
        ("17:48", {2: ("1", 0.45)}),
    ],
)
def test_figures_stay_as_they_look(written: str, other: dict[int, tuple[str, float]]) -> None:
    assert read(written, other) == written.replace("_", "")


@pytest.mark.parametrize(
    ("written", "other", "text"),
    [
        ("T0TAL 10.00", {1: ("O", 0.4)}, "TOTAL 10.00"),  # a figure in a word is a letter
        ("G0ODS S0LD", {1: ("O", 0.4), 7: ("O", 0.4)}, "GOODS SOLD"),
        ("TOTAI 10.00", {4: ("L", 0.4)}, "TOTAL 10.00"),
        ("TOTAL 10.O0", {9: ("0", 0.4)}, "TOTAL 10.00"),  # a letter in an amount is a figure
        ("TOTAL_10.00", {5: (" ", 0.4)}, "TOTAL 10.00"),  # a space parts a word from an amount
        ("NO.47", {}, "NO.47"),
        ("NO._47", {3: (" ", 0.4)}, "NO. 47"),
    ],
)
def test_words_and_broken_amounts_are_mended(
    written: str, other: dict[int, tuple[str, float]], text: str
) -> None:
    assert read(written, other) == text


def test_a_long_word_with_a_figure_takes_no_time() -> None:
    """A pattern that can part letters in many ways would try them all."""
    assert figures._WORD.fullmatch("т" * 5000 + "7") is None
    for word in ("T0TAL", "or1g1nal", "1n", "0l1", "3OODS", "G5M"):
        assert figures._WORD.fullmatch(word), word
    for word in ("1", "T00L", "11n", "n7", ""):
        assert figures._WORD.fullmatch(word) is None, word


def test_letters_are_never_made_figures() -> None:
    assert read("BOB", {0: ("8", 0.45), 1: ("0", 0.45), 2: ("8", 0.45)}) == "BOB"


@pytest.mark.parametrize(
    ("written", "other"),
    [("3.49 C", {5: ("0", 0.45)}), ("3.49 C", {5: ("S", 0.45)}), ("3.49 SR", {6: ("L", 0.45)})],
)
def test_letters_behind_an_amount_stay_as_they_look(
    written: str, other: dict[int, tuple[str, float]]
) -> None:
    assert read(written, other) == written


def test_a_letter_before_an_amount_may_be_its_sign() -> None:
    lines = ["-18.00", "-20.00", "-31.50"] * 20
    beam = Beam(language.fit(lines, CHARSET, order=4, gain=0.1), 1.0, 0.7, 16)
    logits = np.full((1, 10, CHARSET.classes), -30.0, np.float32)
    for step, options in enumerate(({"E": 0.6, "-": 0.4}, {"1": 0.6, "3": 0.4}, *({c: 1.0} for c in "8.00"))):
        for character, p in options.items():
            logits[0, step, CHARSET.encode(character)[0]] = np.log(p)
    # The two noughts need a blank between them.
    logits[0, 6], logits[0, 5] = logits[0, 5].copy(), -30.0
    logits[0, 5, 0] = logits[0, 7:, 0] = 0.0
    greedy = ctc_greedy(logits, [10], CHARSET)
    assert greedy[0].text == "E18.00"
    assert with_language_model(greedy, Likely(logits, [10]), [10], CHARSET, beam)[0].text == "-18.00"
