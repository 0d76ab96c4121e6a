"""Whole receipts, made up, of many countries and kinds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ocr.document import Document, Page
from ocr.receipts import totals
from ocr.receipts.extract import extract
from tests.receipts.printed import items, page, receipt

GERMAN = """
    Bäckerei Sonnenfeld GmbH
    Lindenweg 12
    33100 Paderborn
    Tel.: 05251 / 123456
                                EUR
    Körnerbrötchen        0,45 x 4      1,80 A
    Apfelsaft                           1,19 B
    Bananen                             0,89 A
      0,712 kg x 1,25 EUR/kg
    SUMME                  EUR          3,88
    Bar                                 5,00
    Rückgeld                            1,12
    MwSt%      MwSt      Netto     Brutto
    A 7 %      0,18       2,51       2,69
    B 19 %     0,19       1,00       1,19
    17.09.2024 18:42   Bon-Nr: 4711
"""
BRITISH = """
          CORNER GREENGROCER LTD
             14 Mill Lane
            LEEDS LS1 4AB
          VAT No: GB 123 4567 82
    Receipt No: 000482
    03/02/2024  14:05
    Oat Milk 1L                     £1.95
    Sourdough                       £3.40
    Member discount                -£0.40
    Tea Bags 80s                    £2.10
    SUBTOTAL                        £7.05
    TOTAL                           £7.05
    VISA DEBIT                      £7.05
"""
INDONESIAN = """
    RUMAH MAKAN MELATI
    Jl. Kenanga No. 5, Bandung
    2 NASI GORENG                 56,000
    1 ES TEH MANIS                 8,000
    SUBTOTAL                      64,000
    PB1 10%                        6,400
    TOTAL                         70,400
    TUNAI                        100,000
    KEMBALI                       29,600
"""
AMERICAN = """
         HARBOR DINER
        22 Ocean Ave
       Portland, ME 04101
    03/04/2024  7:15 PM     Check: 118
    1 Clam Chowder              8.50
    2 Iced Tea                  5.00
    Subtotal                   13.50
    Sales Tax 8%                1.08
    Total                     $14.58
    Tip                        _____
"""


@pytest.mark.parametrize(
    ("text", "total", "day", "currency", "names"),
    [
        (GERMAN, "3.88", "2024-09-17", "EUR", 3),
        (BRITISH, "7.05", "2024-02-03", "GBP", 3),
        (INDONESIAN, "70400", None, "IDR", 2),
        (AMERICAN, "14.58", "2024-03-04", "USD", 2),
    ],
)
def test_receipts_of_countries(text: str, total: str, day: str | None, currency: str, names: int) -> None:
    found = receipt(text)
    assert found.total is not None
    assert found.total.value == Decimal(total)
    assert found.total.source == "printed"
    assert (found.date.value.isoformat() if found.date else None) == day
    assert found.currency is not None
    assert found.currency.value == currency
    assert len(found.items) == names
    assert found.check("total").status == "passed"


def test_quantities_weights_and_tax_letters() -> None:
    found = receipt(GERMAN)
    assert items(found) == [("Körnerbrötchen", "1.80"), ("Apfelsaft", "1.19"), ("Bananen", "0.89")]
    first, second, third = found.items
    assert first.quantity is not None
    assert first.unit_price is not None
    assert (first.quantity.value, first.unit_price.value) == (4, Decimal("0.45"))
    assert second.tax_code is not None
    assert second.tax_code.value == "B"
    assert third.quantity is not None
    assert third.unit is not None
    assert (third.quantity.value, third.unit.value) == (Decimal("0.712"), "kg")


def test_tax_letters_before_the_amount_and_litres_in_names() -> None:
    found = receipt(
        """
        HOFLADEN MELUR GMBH
        Lindenweg 12
        33100 Paderborn
        Gurke 0,51 A        4,50
        Apfel 0,75 l B      3,90
        Cola 0,51    A      1,50
        Vitamin C           1,50
        Vitamin    C        1,50
        Kiste 1,99          1,50
        SUMME EUR          14,40
        A 7%  Netto 5,61 MwSt 0,39 Brutto 6,00
        B 19%  Netto 3,28 MwSt 0,62 Brutto 3,90
        """
    )
    described = [item.description for item in found.items if item.description]
    assert [one.value for one in described] == [
        *["Gurke 0,5l", "Apfel 0,75 l", "Cola 0,5l", "Vitamin C", "Vitamin C", "Kiste 1,99"]
    ]
    assert [one.alternatives for one in described][:2] == [("Gurke 0,51",), ()]
    codes = [item.tax_code.value if item.tax_code else None for item in found.items]
    assert codes == ["A", "B", "A", None, None, None]


def test_the_tax_table_has_its_lines_and_their_sum() -> None:
    found = receipt(GERMAN)
    assert [
        (t.rate.value, t.net.value, t.tax.value, t.gross.value)
        for t in found.taxes
        if t.rate and t.net and t.tax and t.gross
    ] == [
        (Decimal(7), Decimal("2.51"), Decimal("0.18"), Decimal("2.69")),
        (Decimal(19), Decimal("1.00"), Decimal("0.19"), Decimal("1.19")),
    ]
    assert found.tax is not None
    assert (found.tax.value, found.tax.source) == (Decimal("0.37"), "computed")
    assert found.check("taxes").status == "passed"


def test_a_day_that_could_be_a_month_is_ordered_by_the_country() -> None:
    british, american = receipt(BRITISH).date, receipt(AMERICAN).date
    assert british is not None
    assert american is not None
    assert [value.isoformat() for value in british.alternatives] == ["2024-03-02"]
    assert [value.isoformat() for value in american.alternatives] == ["2024-04-03"]


def test_a_discount_below_an_item_is_its_own() -> None:
    bread = receipt(BRITISH).items[1]
    assert bread.discount is not None
    assert bread.discount.value == Decimal("0.40")


def test_no_total_is_invented() -> None:
    found = receipt(
        """
        KIOSK AM PARK
        Wasser      1,50
        Brezel      0,90
        """
    )
    assert found.total is None or found.total.source == "computed"
    assert found.check("total").status == "not_possible"


def test_a_subtotal_or_a_payment_is_no_printed_total() -> None:
    counted = receipt(
        """
        TOKO SABUN MELATI
        Sabun Beras 1            30.000
        Sub Total                30.000
        Tunai                    50.000
        Kembalian                20.000
        """
    )
    paid = receipt(
        """
        WARUNG MELATI
        1x 52.000                52.000
        Nasi Campur
        SUBTOTAL                 52.000
        TAX                       5.200
        CASH                     57.200
        """
    )
    for found, value in ((counted, "30000"), (paid, "57200")):
        assert found.total is not None
        assert (found.total.value, found.total.source, found.total.text) == (Decimal(value), "computed", "")
        assert found.check("total").status == "passed"


def test_a_printed_total_that_sums_lead_to_goes_before_a_subtotal(monkeypatch: pytest.MonkeyPatch) -> None:
    """However likely the subtotal looks: its value often stands in more places, and it is larger."""
    text = """
        SEGI CASH & CARRY SDN. BHD
        40150 SHAH ALAM
        GST Reg. No. : 001951645696
        Date : 05 Jan 2017 12:41pm
        BUDGET TOILET ROLL 20'S
        1 x 12.61            12.61 S
        Subtotal Incl. GST :RM    12.61
        Rounding :RM              -0.01
        Total Incl. GST :RM       12.60
        Cash :RM                  50.00
        Change :RM                37.40
        S @6.0%   11.90    0.71
    """

    class Larger:
        def score(self, features):  # type: ignore[no-untyped-def]
            return features[:, totals.FEATURES.index("share_of_largest")].astype(float)

    shipped = totals.scorers()
    monkeypatch.setattr(totals, "scorers", lambda: {**shipped, "total": Larger()})
    found = receipt(text)
    assert found.total is not None
    assert (found.total.value, found.total.source) == (Decimal("12.60"), "printed")


def test_a_total_is_read_where_it_is_labelled_so() -> None:
    """The same amount stands beside the card too, and a total can count the items."""
    for text in (
        GERMAN.replace(
            "Bar                                 5,00", "Kreditkarte                         3,88"
        ),
        BRITISH.replace("SUBTOTAL                        £7.05\n", "").replace(
            "TOTAL   ", "TOTAL (3 ITEMS)   "
        ),
    ):
        printed = page(text)
        total = extract([printed])[0].total
        assert total is not None
        assert total.source == "printed"
        row = next(row for row in printed.rows if total.lines[0][1] in row)
        assert printed.lines[row[0]].text.startswith(("SUMME", "TOTAL"))


def test_fields_point_at_the_lines_that_they_were_read_from() -> None:
    printed = page(GERMAN)
    document = Document((printed,), extract([printed]))
    found = document.receipts[0]
    assert found.total is not None
    assert [printed.lines[line].text for _, line in found.total.lines] == ["3,88"]
    assert found.number is not None
    assert found.number.value == "4711"
    assert Document.from_json(document.to_json()) == document


def test_a_page_with_two_receipts_gives_two() -> None:
    one = page(BRITISH)
    half = len(one.rows)
    other = page(INDONESIAN)
    lines = (*one.lines, *other.lines)
    rows = (*one.rows, *(tuple(k + len(one.lines) for k in row) for row in other.rows))
    both = Page(2000, 2000, lines, rows, (tuple(range(half)), tuple(range(half, len(rows)))))
    totals = [found.total.value for found in extract([both]) if found.total]
    assert totals == [Decimal("7.05"), Decimal(70400)]


def test_payments_stand_in_the_order_of_the_print() -> None:
    found = receipt(
        """
        CORNER STORE
        Bread        5.00
        Milk         7.00
        TOTAL       12.00
        VOUCHER      2.00
        VISA         6.00
        CASH         4.00
        """
    )
    assert [one.method.value for one in found.payments if one.method] == ["voucher", "card", "cash"]


def test_an_empty_page_has_no_receipt() -> None:
    assert extract([Page(10, 10)]) == ()


def test_what_is_taken_off_between_subtotal_and_total_is_a_discount_whatever_it_is_called() -> None:
    found = receipt(
        """
        Café Grå Katten
        Gravad lax         130,95
        Husets vin         126,29
        Pannkakor          129,36
        Delsumma           386,60
        Ta 3 betala för 2  -38,66
        Totalt SEK         347,94
        """
    )
    assert found.total is not None
    assert found.discount is not None
    assert (found.total.value, found.discount.value) == (Decimal("347.94"), Decimal("38.66"))
    assert [item.amount.value for item in found.items if item.amount] == [
        Decimal("130.95"),
        Decimal("126.29"),
        Decimal("129.36"),
    ]
    assert next(check for check in found.checks if check.name == "total").status == "passed"
