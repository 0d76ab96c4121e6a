"""Names of shops that the head of a receipt does not say, and rows that are no names."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ocr.receipt import Field
from ocr.receipts import countries, tax_ids
from ocr.receipts.extract import extract
from tests.receipts.printed import page


def _name(head: str, foot: str = "", confidence: float = 0.2) -> Field[str] | None:
    """The shop of a receipt whose first line was hardly read."""
    printed = page(f"{head}\nLindenweg 12\n33100 Paderborn\nBrot    2,49\nSUMME    2,49\nBar    2,49\n{foot}")
    first = replace(printed.lines[0], confidence=confidence)
    (found,) = extract([replace(printed, lines=(first, *printed.lines[1:]))])
    return found.merchant.name


@pytest.mark.parametrize("drawn", ["ve0", "LeDIL", "obakowale LaDL"])
@pytest.mark.parametrize("confidence", [0.05, 0.3])
def test_a_logo_that_was_hardly_read_and_a_street_are_no_shops(drawn: str, confidence: float) -> None:
    assert _name(drawn, confidence=confidence) is None


@pytest.mark.parametrize(
    "row", ["Block U9, Shah Alam", "FSSAI:GB 313 6289 65", "Lorong Melur 52-59\nDesa Melur"]
)
def test_rows_of_addresses_and_numbers_are_no_shops(row: str) -> None:
    printed = page(f"ve0\n{row}\n40150 Shah Alam, Selangor\nPen    4.50\nTOTAL RM    4.50\nCASH    4.50")
    first = replace(printed.lines[0], confidence=0.05)
    (found,) = extract([replace(printed, lines=(first, *printed.lines[1:]))])
    assert found.merchant.name is None


@pytest.mark.parametrize("name", ["Bäckerei Melur", "Melur GmbH", "Backerei Melur"])
def test_what_has_a_word_of_the_trade_is_a_name_though_it_was_hardly_read(name: str) -> None:
    found = _name(name)
    assert found is not None
    assert found.confidence < 0.6


@pytest.mark.parametrize(
    ("foot", "name"),
    [
        ("UST: 217 Dirk Rossmann GmbH", "Dirk Rossmann GmbH"),
        ("Melur Frische GmbH\nUSt-IdNr. DE123456788", "Melur Frische GmbH"),
        ("Vielen Dank für Ihren Einkauf bei Melur!", "Melur"),
        ("MELUR SAGT DANKE", "MELUR"),
        ("Besuchen Sie uns: www.rossmann.de", "rossmann"),
    ],
)
def test_the_name_stands_elsewhere(foot: str, name: str) -> None:
    found = _name("LeDIL", foot)
    assert found is not None
    assert found.value == name
    assert found.confidence <= 0.7


@pytest.mark.parametrize(
    "foot",
    [
        "Vielen Dank für Ihren Einkauf bei uns",
        "Danke für Ihren Besuch bei unserem Partner",
        "Thank you for visiting our store",
        "REG NO AS\nUSt-IdNr. DE123456788",
        "(Nr. PT324330468)",
        "VR Payment GmbH\nUSt-IdNr. DE123456788",
        "Terminal der Melur Kartendienste GmbH",
        "mail@melur.example.de",
    ],
)
def test_who_is_not_the_shop_gives_it_no_name(foot: str) -> None:
    assert _name("LeDIL", foot) is None


def test_a_tax_id_names_a_shop_with_many_branches() -> None:
    found = _name("LeDIL", "UID Nr.: DE812706034")
    assert found is not None
    assert (found.value, found.text, found.source) == ("REWE", "DE812706034", "computed")
    # A digit that was read wrong names no shop, and a name that was read stands.
    assert _name("LeDIL", "UID Nr.: DE812706035") is None
    named = _name("Bäckerei Melur", "UID Nr.: DE812706034")
    assert named is not None
    assert named.value == "Bäckerei Melur"


@pytest.mark.parametrize("country", [one for one in countries.countries().values() if one.numbered])
def test_tax_ids_of_shops_have_right_check_digits(country: countries.Country) -> None:
    for number in country.numbered:
        assert any(
            re.fullmatch(one.pattern, number) and tax_ids.passes(one.check, number) for one in country.tax_ids
        ), number


def test_a_second_copy_that_was_read_more_surely_speaks_for_a_name() -> None:
    assert _name("Melur am Ring", confidence=0.34) is None
    found = _name("Melur am Ring", "Melur am Ring freut sich auf Sie", confidence=0.34)
    assert found is not None
    assert found.value == "Melur am Ring"


def test_the_name_of_a_chain_goes_before_a_row_that_was_hardly_read() -> None:
    printed = page(
        """
        R@SSMANN
        Meik Drogerienrkc
        20.05.2020 14:47
        Seife       1,95
        SUMME       1,95
        USt-IdNr. DE 115 055 186
        """
    )
    first, second = (replace(printed.lines[k], confidence=c) for k, c in ((0, 0.84), (1, 0.19)))
    (found,) = extract([replace(printed, lines=(first, second, *printed.lines[2:]))])
    assert found.merchant.name is not None
    assert found.merchant.name.value == "ROSSMANN"


def test_a_name_in_the_trade_s_own_words_is_read_below_any_confidence() -> None:
    printed = page(
        """
        MEl LUR RESTAURANT
        NO 2, JALAN MELUR 3, SEKSYEN U5,
        40150 SHAH ALAM, SELANGOR
        TEL: 03-7000 0000
        Mee         4.50
        TOTAL       4.50
        """
    )
    first = replace(printed.lines[0], confidence=0.09)
    (found,) = extract([replace(printed, lines=(first, *printed.lines[1:]))])
    assert found.merchant.name is not None
    assert found.merchant.name.value == "MEI LUR RESTAURANT"
