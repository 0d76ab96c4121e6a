"""Kinds of receipts that are easily read wrong: each a made-up receipt with what must come of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ocr.document import Line, Page
from ocr.receipts import repair
from ocr.receipts.extract import extract
from tests.receipts.printed import items, page, receipt


def _total(text: str) -> str | None:
    found = receipt(text).total
    return None if found is None or found.source != "printed" else str(found.value)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        (
            """
            NOODLE BAR
            Ramen            11.00
            Gyoza             6.50
            Total Qty            2
            Total            17.50
            Cash             20.00
            Change            2.50
            """,
            "17.50",
        ),
        (
            """
            GARDEN CAFE
            Soup              6.00
            Bread             2.00
            SUBTOTAL          8.00
            TAX               0.64
            AMOUNT DUE        8.64
            CASH TENDERED    10.00
            CHANGE            1.36
            """,
            "8.64",
        ),
        (
            """
            KEDAI MAKAN SEDAP
            Nasi lemak        5.50
            Teh tarik         2.23
            TOTAL             7.73
            ROUNDING          0.02
            ROUNDED TOTAL     7.75
            CASH             10.00
            CHANGE            2.25
            """,
            "7.75",
        ),
        (
            """
            T O T A L  FASHION
            Scarf            24.95
            T O T A L        24.95
            VISA             24.95
            """,
            "24.95",
        ),
        (
            """
            BUCHLADEN AM ECK
            Roman            12,00
            Atlas            30,00
            ZWISCHENSUMME    42,00
            Rabatt           -2,00
            SUMNE            40,00
            Bar              40,00
            """,
            "40.00",
        ),
    ],
)
def test_the_total_among_other_sums(text: str, total: str) -> None:
    assert _total(text) == total


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Café Straße 8", "Café Straße 8"),  # accents are no faults
        ("NO 8, JALAN PUTRA, 81200 J0HOR", "NO 8, JALAN PUTRA, 81200 JOHOR"),
        ("LOT 8B, BLK C0", "LOT 8B, BLK C0"),  # no word of the trade
        ("N0. 12, TAMAN BUNGA", "NO. 12, TAMAN BUNGA"),
        ("EMPIRE TRAD1NG 5DN BHD", "EMPIRE TRADING SDN BHD"),
        ("SPEEDY MART S/8", "SPEEDY MART S/B"),
        ("GREEN HARWARE", "GREEN HARDWARE"),
    ],
)
def test_words_of_names_and_addresses_are_put_right_with_evidence_alone(read: str, meant: str) -> None:
    assert repair.by_words(read, 0.6, frozenset({"en", "ms", "de", "fr"})) == meant


def test_a_date_that_runs_into_its_time_is_found() -> None:
    found = receipt(
        """
        MARKT NORD
        Brot                 2,49
        SUMME                2,49
        10b 23.03.2045:3218665107 0145
        """
    )
    assert found.date is not None
    assert found.date.value.isoformat() == "2020-03-23"


def test_what_was_bought_twice_is_there_twice() -> None:
    found = receipt(
        """
        GREEN GROCER
        Apple             0.50
        Apple             0.50
        Pear              0.70
        TOTAL             1.70
        """
    )
    assert items(found) == [("Apple", "0.50"), ("Apple", "0.50"), ("Pear", "0.70")]


def test_names_of_several_rows_and_rows_that_say_how_it_is_wanted() -> None:
    found = receipt(
        """
        TEA HOUSE
        1 CREAM CHEESE       4.50
          BAGEL TOASTED
        1 Milk Tea           5.00
          +Pearls
          50%
        TOTAL                9.50
        """
    )
    assert items(found) == [("CREAM CHEESE BAGEL TOASTED", "4.50"), ("Milk Tea", "5.00")]


def test_numbers_stand_below_their_names() -> None:
    found = receipt(
        """
        TOOL STORE
        9556939040116
        CLAW HAMMER 16OZ
        1     12.90     12.90
        9556939040123
        WOOD SCREWS BOX
        3      2.50      7.50
        TOTAL           20.40
        """
    )
    assert items(found) == [("CLAW HAMMER 16OZ", "12.90"), ("WOOD SCREWS BOX", "7.50")]
    assert found.items[0].code is not None
    assert found.items[0].code.value == "9556939040116"
    assert found.items[1].quantity is not None
    assert found.items[1].quantity.value == 3


def test_quantities_stand_above_their_amounts() -> None:
    found = receipt(
        """
        BAUMARKT NORD GMBH
        2 Rolle x          4,85
        KLEBEBAND                  9,70
        5 Pack x          18,50
        LAMINAT                   92,50
        SUMME EUR                102,20
        """
    )
    assert items(found) == [("KLEBEBAND", "9.70"), ("LAMINAT", "92.50")]
    assert [item.unit_price.value for item in found.items if item.unit_price] == [
        Decimal("4.85"),
        Decimal("18.50"),
    ]


def test_a_cancelled_row_counts_nothing() -> None:
    found = receipt(
        """
        MARKTHALLE
        Kaese             5,99
        Wurst             3,49
        Storno           -3,49
        SUMME             5,99
        """
    )
    assert [item.void for item in found.items] == [False, True]
    assert found.check("total").status == "passed"


def test_what_comes_back_is_negative() -> None:
    found = receipt(
        """
        GETRAENKE ECK
        Apfelschorle      8,99
        Pfand             3,30
        Leergut          -3,10
        SUMME             9,19
        Bar              10,00
        Rueckgeld         0,81
        """
    )
    assert items(found)[-1] == ("Leergut", "-3.10")
    assert found.check("total").status == "passed"


def test_a_tip_written_by_hand_is_not_in_the_total() -> None:
    found = receipt(
        """
        STEAK HOUSE
        Ribeye           38.00
        Subtotal         38.00
        Tax               3.04
        Total            41.04
        Tip               7.00
        """
    )
    assert found.total is not None
    assert found.total.value == Decimal("41.04")
    assert found.tip is not None
    assert found.tip.value == Decimal("7.00")


def test_amounts_without_decimals() -> None:
    found = receipt(
        """
        WARUNG KITA
        ES TEH        2     10,000
        SOTO AYAM     1     16,500
        TOTAL               26,500
        TUNAI               50,000
        KEMBALI             23,500
        """
    )
    assert items(found) == [("ES TEH", "10000"), ("SOTO AYAM", "16500")]
    assert found.total is not None
    assert found.total.value == 26500
    assert found.currency is not None
    assert found.currency.value == "IDR"


@pytest.mark.parametrize("sign", ["¥", "₩", "₹", "kr"])
def test_no_sign_is_taken_for_the_dollar(sign: str) -> None:
    found = receipt(
        f"""
        CORNER SHOP
        Pencil         {sign} 120.00
        Total          {sign} 120.00
        """
    )
    assert found.currency is None or found.currency.value not in ("USD", "AUD", "CAD", "SGD")


def test_no_currency_is_made_up() -> None:
    found = receipt(
        """
        CORNER SHOP
        Pencil           1.20
        Total            1.20
        """
    )
    assert found.currency is None


def test_a_digit_read_wrong_is_put_right_where_two_sums_then_hold() -> None:
    printed = page(
        """
        CORNER SHOP LTD
        Notebook         4.50
        Marker           2.80
        TOTAL            7.80
        CASH            10.00
        CHANGE           2.70
        """
    )
    place = next((0, k) for k, line in enumerate(printed.lines) if line.text == "7.80")
    (left,) = extract([printed])
    assert left.check("total").status == "failed"
    (found,) = extract([printed], {place: [("7.30", -1.2), ("7.60", -3.0)]})
    assert found.total is not None
    assert (found.total.value, found.total.alternatives[0]) == (Decimal("7.30"), Decimal("7.80"))
    assert found.check("total").status == "passed"
    assert found.check("mended").status == "passed"


def test_no_digit_is_changed_for_one_sum_alone() -> None:
    printed = page(
        """
        CORNER SHOP LTD
        Notebook         4.50
        Marker           2.80
        TOTAL            7.80
        """
    )
    place = next((0, k) for k, line in enumerate(printed.lines) if line.text == "7.80")
    (found,) = extract([printed], {place: [("7.30", -1.2)]})
    assert found.total is not None
    assert found.total.value == Decimal("7.80")


def test_a_receipt_on_two_pages_is_one() -> None:
    first = page(
        """
        OFFICE SUPPLY LTD
        03/02/2024
        Paper A4          4.50
        Stapler           9.00
        """
    )
    second = page(
        """
        Folders           3.00
        TOTAL            16.50
        CASH             20.00
        CHANGE            3.50
        """
    )
    (found,) = extract([first, second])
    assert found.pages == (0, 1)
    assert found.total is not None
    assert found.total.value == Decimal("16.50")
    assert len(found.items) == 3


def test_words_with_places_part_columns() -> None:
    text = "Bread 2 3.00"
    lefts = (20, 300, 400)
    from ocr.document import Word

    words = tuple(
        Word(word, 0.9, [(left, 10), (left + 10 * len(word), 10), (left + 10 * len(word), 26), (left, 26)])
        for word, left in zip(text.split(), lefts, strict=True)
    )
    line = Line(text, 0.9, [(20, 10), (440, 10), (440, 26), (20, 26)], words)
    total = Line("TOTAL 3.00", 0.9, [(20, 40), (440, 40), (440, 56), (20, 56)])
    (found,) = extract([Page(500, 80, (line, total), ((0,), (1,)))])
    assert items(found) == [("Bread", "3.00")]
    assert found.items[0].quantity is not None
    assert found.items[0].quantity.value == 2


@pytest.mark.parametrize(("written", "tip"), [("", None), ("Tip                    5.00\n", "5.00")])
def test_suggestions_are_no_tip(written: str, tip: str | None) -> None:
    found = receipt(
        "THE BLUE DINER\n1 Burger              12.50\n2 Soda                11.25\nSubtotal              23.75\n"
        "Tax                    1.96\nTotal                 25.71\n"
        f"{written}Gratuity guide\n18%                    4.28\n"
        "20%                    4.75\n25%                    5.94\n"
    )
    assert (str(found.tip.value) if found.tip else None) == tip
    assert found.total is not None
    assert found.total.value == Decimal("25.71")
