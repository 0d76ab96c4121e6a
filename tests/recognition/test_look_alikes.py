"""Words of letters that look alike in several scripts are written in those of one."""

from __future__ import annotations

import pytest

from ocr.recognition.decoded import Decoded, Doubt
from ocr.recognition.look_alikes import in_one_script, look_alike


def _read(*texts: str) -> list[str]:
    lines = [Decoded(text, 0.9, certainties=[0.9] * len(text)) for text in texts]
    revised = in_one_script(lines)
    assert [line.confidence for line in revised] == [0.9] * len(texts)
    return [line.text for line in revised]


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("СУMMА БEЗ СКИДКИ", "СУММА БЕЗ СКИДКИ"),  # Latin letters within words
        ("TOBAP ДНЯ", "ТОВАР ДНЯ"),  # a word that can be of any script, in a line that tells
        ("ΣYNOΛO ΡЕΣТА", "ΣΥΝΟΛΟ ΡΕΣΤΑ"),
        ("МЕТРНТΑ ФΠА ΕΥΡΩ", "ΜΕΤΡΗΤΑ ΦΠΑ ΕΥΡΩ"),
        ("ГIA TON ΠЕΛΑΤН", "ΓΙΑ ΤΟΝ ΠΕΛΑΤΗ"),
        ("VISA CARD Оплата", "VISA CARD Оплата"),  # words that are plainly Latin stay
        ("Чек №АВ12", "Чек №АВ12"),  # a code is as it was read
        ("ПДВ A 20%", "ПДВ А 20%"),  # a single letter goes with its line
    ],
)
def test_a_word_has_letters_of_one_script(read: str, right: str) -> None:
    assert _read(read) == [right]


def test_a_line_that_tells_nothing_goes_with_its_page() -> None:
    assert _read("PECTO", "ОБЩА СУМА", "12.30 B") == ["РЕСТО", "ОБЩА СУМА", "12.30 B"]
    assert _read("METPHTA", "ΣΥΝΟΛΟ") == ["ΜΕΤΡΗΤΑ", "ΣΥΝΟΛΟ"]


def test_a_word_of_a_third_script_needs_letters_of_its_own() -> None:
    assert _read("SPЕС", "ΣΥΝΟΛΟ") == ["SPEC", "ΣΥΝΟΛΟ"]
    assert _read("ZΝ", "ОБЩА СУМА") == ["ZN", "ОБЩА СУМА"]
    assert _read("ЖЕС", "ΣΥΝΟΛΟ") == ["ЖЕС", "ΣΥΝΟΛΟ"]


def test_a_letter_of_the_other_script_is_the_one_that_it_looks_like_as_well() -> None:
    word = Decoded("ПЕРИГРАФН", 0.9, certainties=[0.9] * 9, doubts=[Doubt(3, "Ι", 0.4)])
    assert [line.text for line in in_one_script([word, Decoded("ΣΥΝΟΛΟ", 0.9)])] == ["ΠΕΡΙΓΡΑΦΗ", "ΣΥΝΟΛΟ"]
    assert in_one_script([word, Decoded("ОБЩА СУМА", 0.9)])[0].text == "ПЕРИГРАФН"
    surely = word._replace(doubts=[])
    assert in_one_script([surely, Decoded("ΣΥΝΟΛΟ", 0.9)])[0].text == "ПЕРИГРАФН"


def test_a_latin_page_stays_as_it_is() -> None:
    texts = ["TOTAL", "CASH", "METRO", "Kaffee 2,50 A", "µ ² Ω"]
    assert _read(*texts) == texts
    assert _read("TOTAL DUE", "CAB", "Я") == ["TOTAL DUE", "CAB", "Я"]
    assert in_one_script([]) == []


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("TOBAP 45.00", "ТОВАР 45.00", True),
        ("CyMMA", "СУММА", True),
        ("KOMnOT", "КОМПОТ", True),
        ("METPHTA", "ΜΕΤΡΗΤΑ", True),
        ("HAnHTKN", "НАПИТКИ", False),
        ("TOBAP", "ТОВАРЫ", False),
        ("", "", False),
    ],
)
def test_texts_of_the_same_print_look_alike(one: str, other: str, alike: bool) -> None:
    assert look_alike(one, other) is alike
