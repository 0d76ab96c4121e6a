"""A page in a script that the model does not know is told from one that is badly printed."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from ocr.pipeline import script
from ocr.pipeline.reader import Reader
from ocr.recognition.recognizer import Reading
from tests.pictures import printed


class Surprised:
    """Stands for a recogniser whose language model finds every text this unlikely."""

    def __init__(self, nats: float) -> None:
        self.nats = nats

    def surprise(self, text: str) -> float:
        return self.nats


def lines(certainty: float, *texts: str, confidence: float = 0.8) -> list[Reading]:
    return [Reading(text, confidence, certainty) for text in texts]


WORDS = ("MTOr", "HAJAHHbIMM", "cnacM6o 3a", "MonoKo")
FIGURES = ("45.90", "1000,00", "7712345678", "12.05.2024", "----------")


@pytest.mark.parametrize(
    ("certainty", "surprise", "unknown"),
    [(0.5, 0.0, True), (0.88, 5.0, True), (0.88, 2.5, False), (0.97, 5.0, False), (0.75, 3.0, False)],
)
def test_a_script_is_unknown_where_letters_are_unclear_or_make_no_words(certainty, surprise, unknown):
    page = [*lines(certainty, *WORDS), *lines(0.99, *FIGURES)]
    assert script.is_unknown(page, Surprised(surprise)) is unknown
    assert [code for code, _ in script.warning(unknown)] == (["unknown_script"] if unknown else [])


def test_badly_printed_words_are_no_unknown_script():
    page = lines(0.77, "Einzelpreis", "Ubertrag Sumne", "GUTSCHEIN", "Bitte aufbewahnen", "Kasse Nr")
    assert not script.is_unknown(page, Surprised(4.8))


def test_words_that_are_of_no_language_are_in_an_unknown_script_whatever_their_look():
    armenian = lines(0.8, "Bubuh mihudn", "hqelmnpn", "qulehuimhmydung", "djemu dnmn", "upnjuu hnnng")
    assert script.is_unknown(armenian, Surprised(5.5))


@pytest.mark.parametrize(
    ("confidence", "surprise", "unknown"), [(0.2, 4.4, True), (0.2, 3.2, False), (0.5, 4.4, False)]
)
def test_lines_that_are_all_wrong_and_make_no_words_are_in_an_unknown_script(confidence, surprise, unknown):
    hebrew = lines(0.75, "pabn non", "DIbonpu nDn", "nwnn inwn", "jnw non", confidence=confidence)
    assert script.is_unknown(hebrew, Surprised(surprise)) is unknown


def test_figures_and_a_few_letters_are_no_script():
    assert not script.is_unknown(lines(0.3, *FIGURES), Surprised(9.0))
    assert not script.is_unknown(lines(0.3, "AB", "CD", "12.50"), Surprised(9.0))
    assert not script.is_unknown([], Surprised(9.0))


def test_letters_are_doubted_and_figures_are_not():
    assert script.doubted(Reading("HAJAHHbIMM 1000", 0.9, 0.9)) < 0.3
    assert script.doubted(Reading("1000.00", 0.9, 0.9)) == 0.9


TEXTS = {
    "ИТОГ КАССОВЫЙ ЧЕК|Хлеб бородинский|Молоко пастеризованное|Спасибо за покупку!|НАЛИЧНЫМИ|Кассир Иванова": True,
    "RACHUNEK FISKALNY|Chleb razowy|Mleko pasteryzowane|Zapraszamy ponownie!|GOTOWKA|Kasjer Nowak": False,
}


@pytest.mark.parametrize("text", TEXTS, ids=["Cyrillic", "Latin"])
def test_a_page_is_read_with_the_warning_and_low_confidences(text):
    document = Reader(threads=1, scripts=[]).read(printed(text.split("|")))
    unknown = TEXTS[text]
    assert ("unknown_script" in [warning.code for warning in document.warnings]) is unknown
    confidences = [line.confidence for line in document.pages[0].lines if any(map(str.isalpha, line.text))]
    assert len(confidences) >= 6
    assert (max(confidences) < 0.6) is unknown


@pytest.mark.parametrize(
    "lines",
    [
        ["КАССА 12", "ТОВАР 45.00", "КОМПОТ 20.00", "СУММА 165.00", "КАРТА 165.00"],
        ["ΜΕΤΡΗΤΑ 12,50", "ΚΑΡΤΑ 3,20", "ΝΕΡΟ 0,50", "ΤΥΡΙ ΤΟΣΤ 2,40"],
        ["BAKERY", "TOAST 4.00", "TOMATO 3.00", "COKE 2.20", "TEA 100.00"],
    ],
    ids=["Cyrillic", "Greek", "Latin"],
)
def test_capitals_of_one_look_in_several_scripts_are_read_as_those_that_make_words(lines):
    page = Reader(threads=1).read(printed(lines)).pages[0]
    assert page.text.splitlines() == lines


def test_letters_that_are_too_small_are_of_no_unknown_script():
    image = cv2.imread(str(Path(__file__).parents[2] / "examples" / "photo.jpg"))
    small = cv2.resize(
        image, None, fx=220 / image.shape[0], fy=220 / image.shape[0], interpolation=cv2.INTER_AREA
    )
    document = Reader(threads=1).read(small[:, :, ::-1])
    codes = [warning.code for warning in document.warnings]
    assert "low_resolution" in codes
    assert "unknown_script" not in codes
    assert document.pages[0].confidence < 0.3
