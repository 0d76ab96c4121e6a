"""The fields of a receipt beside its picture."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np

from ocr.app.receipt_panel import panels
from ocr.document import Document, Line, Page
from ocr.receipt import Check, Field, Item, Merchant, Payment, Receipt, Tax


def _amount(value: str, *lines: tuple[int, int], confidence: float = 0.99) -> Field[Decimal]:
    return Field(Decimal(value), value, confidence, lines)


def _page(count: int) -> Page:
    quads = [np.array([[0, y], [9, y], [9, y + 5], [0, y + 5]], np.float32) for y in range(0, 10 * count, 10)]
    return Page(100, 200, tuple(Line(f"line {k}", 0.9, quad) for k, quad in enumerate(quads)))


def _document(*receipts: Receipt, pages: int = 1) -> Document:
    return Document(tuple(_page(8) for _ in range(pages)), receipts)


def test_fields_have_their_lines_and_sums_their_checks() -> None:
    receipt = Receipt(
        merchant=Merchant(name=Field("Café", "Café", 0.95, ((0, 0),))),
        date=Field(date(2018, 4, 3), "03-04-2018", 0.9, ((0, 1),), alternatives=(date(2018, 3, 4),)),
        currency=Field("MYR", "RM", 0.9, ()),
        items=(Item(description=Field("TEA", "TEA", 0.5, ((0, 2),)), amount=_amount("3.50", (0, 3))),),
        taxes=(Tax(rate=_amount("6"), tax=_amount("0.20", (0, 4))),),
        total=_amount("3.50", (0, 5), (0, 6)),
        payments=(Payment(Field("cash", "CASH", 0.9), _amount("5.00", (0, 7))),),
        checks=(
            Check("total", "failed", "The items come to 3.50, not 4."),
            Check("taxes", "passed", "Net and tax agree."),
        ),
    )
    (panel,) = panels(_document(receipt), 0)
    shop, *_ = panel.facts
    assert (shop.label, shop.cells, shop.lines, shop.doubtful) == ("Shop", ("Café",), (0,), False)
    day = next(one for one in panel.facts if one.label == "Date")
    assert (day.cells, day.notes, day.doubtful) == (("2018-04-03",), ("or 2018-03-04",), True)
    assert panel.columns == ("Item", "Amount")
    assert panel.numbers == (False, True)
    (tea,) = panel.items
    assert (tea.cells, tea.lines, tea.notes) == (("TEA", "3.50"), (2, 3), ("Item: unsure: confidence 0.50",))
    sums = {one.label: one for one in panel.sums}
    assert (sums["Total"].cells, sums["Total"].lines) == (("MYR 3.50",), (5, 6))
    assert (sums["Total"].status, sums["Total"].message) == ("failed", "The items come to 3.50, not 4.")
    assert sums["Tax 6 %"].status == "passed"
    assert sums["Cash"].status is None
    assert [(one.label, one.status) for one in panel.checks] == [("total", "failed"), ("taxes", "passed")]


def test_what_is_not_there_and_what_was_not_printed_are_said() -> None:
    computed = Field(Decimal("9"), "", 0.9, source="computed")
    (panel,) = panels(_document(Receipt(total=computed)), 0)
    shop, day = panel.facts
    assert [(one.label, one.cells, one.missing) for one in (shop, day)] == [
        ("Shop", ("not printed or not read",), True),
        ("Date", ("not printed or not read",), True),
    ]
    (total,) = panel.sums
    assert (total.cells, total.notes) == (("9",), ("computed, not printed",))
    (panel,) = panels(_document(Receipt()), 0)
    (total,) = panel.sums
    assert (total.label, total.missing, total.lines) == ("Total", True, ())


def test_receipts_are_shown_on_their_pages() -> None:
    long = Receipt(pages=(0, 1), total=_amount("1", (1, 3)))
    document = _document(long, Receipt(pages=(1,)), pages=2)
    first, second = panels(document, 0), panels(document, 1)
    assert [one.title for one in first] == ["Receipt 1 of 2"]
    assert [one.title for one in second] == ["Receipt 1 of 2", "Receipt 2 of 2"]
    assert (first[0].sums[0].lines, first[0].sums[0].notes) == ((), ("on page 2",))
    assert second[0].sums[0].lines == (3,)
