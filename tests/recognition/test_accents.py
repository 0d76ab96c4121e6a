"""Letters beyond ASCII need evidence on the page."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.recognition.accents import without_unlikely
from ocr.recognition.alphabets import likely_letters
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy
from ocr.recognition.decoded import Decoded

CHARSET = Charset(" 0ABCORiıÄÃÖŔ")


def line(*steps: tuple[str, float, str]) -> Decoded:
    """A line of characters with their probabilities and what else they can be."""
    logits = np.full((1, 2 * len(steps), CHARSET.classes), -30.0, np.float32)
    for k, (character, probability, other) in enumerate(steps):
        logits[0, 2 * k, CHARSET.encode(character)[0]] = np.log(probability)
        if other:
            logits[0, 2 * k, CHARSET.encode(other)[0]] = np.log(1 - probability)
        logits[0, 2 * k + 1, 0] = 0.0
    return ctc_greedy(logits, [2 * len(steps)], CHARSET)[0]


DOUBTFUL = line(("B", 1.0, ""), ("Ä", 0.8, "A"), ("C", 1.0, ""))
CLEAR = line(("Ö", 1.0, ""))


def test_a_lone_doubtful_accent_is_none() -> None:
    first, second = without_unlikely([DOUBTFUL, line(("A", 1.0, ""))])
    assert (first.text, second.text) == ("BAC", "A")
    assert first.certainties[1] == pytest.approx(0.2)
    assert without_unlikely([line(("Ö", 0.7, "0"), ("0", 1.0, ""))])[0].text == "00"


def test_a_letter_is_no_space() -> None:
    # The places of words are told by the spaces that were read.
    assert without_unlikely([line(("Ö", 0.7, " "), ("0", 1.0, ""))])[0].text == "Ö0"


@pytest.mark.parametrize(
    "lines",
    [
        [DOUBTFUL, CLEAR],  # the page has others
        [line(("Ä", 0.98, "A"))],  # as good as certain
        [line(("Ä", 0.6, "Ã"))],  # nothing else that it could be
        [line(("A", 0.6, "Ä"))],
        [],
    ],
)
def test_with_evidence_it_stays(lines: list[Decoded]) -> None:
    assert without_unlikely(lines) == lines


def test_many_doubtful_ones_of_a_language_tell_as_much_as_a_few_clear_ones() -> None:
    plain = [line(*[("A", 1.0, "")] * 20)] * 3
    doubtful = [
        line(("Ä", 0.7, "A"), ("C", 1.0, "")),
        line(("Ö", 0.6, "O")),
        line(("B", 1.0, ""), ("Ä", 0.6, "A")),
    ]
    assert [one.text for one in without_unlikely([*plain, *doubtful])][3:] == ["ÄC", "Ö", "BÄ"]
    # A single one, or such as no language has together, tells nothing.
    assert [one.text for one in without_unlikely([*plain, *doubtful[:1]])][3:] == ["AC"]


def test_dots_that_faint_print_lost_make_no_turkish_page() -> None:
    plain = [line(*[("A", 1.0, "")] * 20)] * 3
    dotless = [line(("ı", 0.9, "i"), ("C", 1.0, ""))] * 6
    assert {one.text for one in without_unlikely([*plain, *dotless])[3:]} == {"iC"}
    turkish = [line(("Ö", 0.96, "O"))] * 3
    assert {one.text for one in without_unlikely([*plain, *dotless, *turkish])[3:]} == {"ıC", "Ö"}


GERMAN = [line(("Ä", 1.0, "")), line(("Ö", 1.0, ""))]


def test_a_lone_letter_that_is_doubtful_in_its_accent_alone_stays() -> None:
    long = 5 * [line(*16 * [("A", 1.0, "")])]
    for doubtful, expected in (
        (line(("B", 1.0, ""), ("Ä", 0.88, "Ã")), "BÄ"),
        (line(("B", 1.0, ""), ("Ä", 0.88, "A")), "BA"),
        (line(("B", 1.0, ""), ("Ä", 0.88, "Ö")), "BA"),
        (line(("B", 1.0, ""), ("Ä", 0.8, "Ã")), "BA"),
    ):
        assert without_unlikely([doubtful, *long])[0].text == expected


def test_receipts_of_two_languages_in_one_picture_keep_the_letters_of_both() -> None:
    french = {"é": 4.0, "ê": 1.0, "ü": 3.0}
    both = likely_letters({**french, "ä": 1.8, "ß": 1.9}, 400)
    assert both >= set("éêüäöÖß")
    # A few more may be specks.
    assert "ä" not in likely_letters({**french, "ä": 1.8}, 400)
    assert not set("ăčşů") & both


def test_a_doubtful_letter_of_another_language_is_one_of_the_page() -> None:
    doubtful = line(("B", 1.0, ""), ("Ã", 0.8, "Ä"), ("C", 1.0, ""))
    assert without_unlikely([doubtful, *GERMAN])[0].text == "BÄC"
    assert without_unlikely([line(("Ã", 0.8, "A")), *GERMAN])[0].text == "A"


def test_letters_of_the_pages_language_and_clear_ones_of_another_stay() -> None:
    stays = [line(("Ä", 0.6, "A")), line(("Ã", 0.98, "A")), *GERMAN]
    assert without_unlikely(stays) == stays


def test_on_a_long_page_an_unlikely_letter_is_at_least_the_one_that_it_is_made_of() -> None:
    long = 5 * [line(*16 * [("A", 1.0, "")])]
    for doubtful, expected in ((line(("Ä", 0.6, "Ã")), "A"), (line(("Ŕ", 0.98, "Ä")), "R")):
        assert without_unlikely([doubtful, *long])[0].text == expected
        assert without_unlikely([doubtful])[0].text == doubtful.text
    assert without_unlikely([line(("Ŕ", 0.999, "")), *long])[0].text == "Ŕ"


def test_a_language_shows_more_than_one_of_its_letters_on_a_long_page() -> None:
    assert "č" in likely_letters({"Ŕ": 1}, 20)
    assert "č" not in likely_letters({"Ŕ": 1}, 400)
    assert "ü" in likely_letters({"Ä": 2}, 400)


@pytest.mark.parametrize(
    "text", ["Łącznie zapłacono", "Příjmení děkujeme", "Összesen fizetendő", "Đơn giá thành tiền"]
)
def test_letters_of_a_language_speak_for_its_alphabet(text: str) -> None:
    letters = {c: 1 for c in text if not c.isascii()}
    assert likely_letters(letters, len(text)) >= set(letters)
    assert "ñ" not in likely_letters(letters, len(text))
    assert not likely_letters({"한": 3}, 3)
