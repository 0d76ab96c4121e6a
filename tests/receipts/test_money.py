"""Numbers: what print means in every style, whatever stands beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.receipts import money
from ocr.receipts.money import Style

POINT, COMMA, NONE = Style("."), Style(","), Style("")


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("12.50", POINT, "12.50"),
        ("1,234.56", POINT, "1234.56"),
        ("1.234,56", COMMA, "1234.56"),
        ("1 234,56", COMMA, "1234.56"),
        ("1'234.50", POINT, "1234.50"),
        ("16,500", NONE, "16500"),
        ("1.591.600", NONE, "1591600"),
        ("8.500,00", COMMA, "8500.00"),
        ("0.356", POINT, "0.356"),
        ("2,000", COMMA, "2.000"),
        ("-5,55", COMMA, "-5.55"),
        ("11.60-", POINT, "-11.60"),
        ("(4.200)", NONE, "-4200"),
        ("RM9.90", POINT, "9.90"),
        ("3,49 A", COMMA, "3.49"),
        ("3,49C", COMMA, "3.49"),
        ("l2.5O", POINT, "12.50"),
        ("25:-", COMMA, "25"),
        ("5.-", POINT, "5"),
        ("€1.89 B", POINT, "1.89"),
        ("12 .50", POINT, "12.50"),
        ("1 340 Ft", NONE, "1340"),
        ("SUM: 12 345 Ft", NONE, "12345"),
        ("1 715 SR", NONE, "1715"),
        ("TOTAL 18 000", NONE, "18000"),
        ("50.000đ", NONE, "50000"),
    ],
)
def test_a_print_means(text: str, style: Style, value: str) -> None:
    (number,) = money.find(text)
    assert number.value(style) == Decimal(value)
    assert not number.code


@pytest.mark.parametrize("text", ["03-8051 9514", "12/03/2018", "4006381333931", "A4B7"])
def test_what_is_no_quantity_is_a_code(text: str) -> None:
    assert money.find(text)[0].code


@pytest.mark.parametrize(
    ("text", "letter", "unit", "sign", "percent"),
    [
        ("3,49 A", "A", "", "", False),
        ("0,162 kg", "", "kg", "", False),
        ("$ 12.50", "", "", "$", False),
        ("12,50 €", "", "", "€", False),
        ("12,50 lei", "", "", "lei", False),
        ("12,50 RON", "", "", "RON", False),
        ("50.000 VNĐ", "", "", "VNĐ", False),
        ("12,40 KM", "", "", "KM", False),
        ("12,40 km", "", "km", "", False),
        ("Udaljenost 12,40 KM", "", "km", "", False),
        ("DISTANCE (KM)\t7.20", "", "km", "", False),
        ("MILERAM 1,20 KM", "", "", "KM", False),
        ("2 Ron Añejo", "", "", "", False),
        ("50 đường", "", "", "", False),
        ("2 tk", "", "tk", "", False),
        ("19 %", "", "", "", True),
        ("5.40 SR", "SR", "", "", False),
    ],
)
def test_what_stands_beside_a_number(text: str, letter: str, unit: str, sign: str, percent: bool) -> None:
    (number,) = money.find(text)
    assert (number.letter, number.unit, number.sign, number.percent) == (letter, unit, sign, percent)


@given(
    st.integers(0, 99_999_999),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'")]),
    st.booleans(),
)
def test_every_amount_is_found_again(cents: int, marks: tuple[str, str], grouped: bool) -> None:
    decimal, group = marks
    whole = f"{cents // 100:,}".replace(",", group) if grouped else str(cents // 100)
    (number,) = money.find(f"{whole}{decimal}{cents % 100:02d}")
    assert number.value(Style(decimal)) == Decimal(cents) / 100


@given(st.integers(0, 999_999_999), st.sampled_from(",."))
def test_every_amount_without_decimals_is_found_again(value: int, group: str) -> None:
    (number,) = money.find(f"{value:,}".replace(",", group))
    assert number.value(NONE) == value


@given(st.text(max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    for number in money.find(text):
        assert 0 <= number.start < number.end <= len(text)
        assert number.value(POINT).is_finite()
