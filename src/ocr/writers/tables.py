"""Documents as tables, one for receipts, items, checks, lines and words: columns and typed rows.

CSV, workbooks and data frames are made of these. A value is a string, an integer, a float, a `Decimal`, a date, a time,
a boolean, or ``None`` where the receipt does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr.writers.words import words_of

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.receipt import Field, Receipt
    from ocr.records import Polygon

Row = tuple[Any, ...]
_CORNERS = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")


class Table(NamedTuple):
    """One kind of table.

    Attributes:
        columns: names.
        rows: the rows of one document; the name of its input comes first in each.
    """

    columns: tuple[str, ...]
    rows: Callable[[str, Document], Iterator[Row]]

    def of(self, documents: Iterable[tuple[str, Document]]) -> Iterator[Row]:
        """The rows of named documents, one after the other."""
        for name, document in documents:
            yield from self.rows(name, document)


def _value(field: Field[Any] | None) -> Any:
    return None if field is None else field.value


_MERCHANT = ("name", "address", "phone", "tax_id", "website")
_SALE = ("number", "date", "time", "currency")
_AMOUNTS = (
    *("subtotal", "discount", "service_charge", "tip", "rounding"),
    *("tax", "total", "paid", "change"),
)
_ITEM = ("description", "code", "quantity", "unit", "unit_price", "discount", "amount", "tax_code")


def _receipts(name: str, document: Document) -> Iterator[Row]:
    for number, receipt in enumerate(document.receipts, start=1):
        total = receipt.total
        yield (
            name,
            number,
            *(_value(getattr(receipt.merchant, field)) for field in _MERCHANT),
            *(_value(getattr(receipt, field)) for field in _SALE),
            len(receipt.items),
            *(_value(getattr(receipt, field)) for field in _AMOUNTS),
            "; ".join(payment.method.value for payment in receipt.payments if payment.method) or None,
            receipt.check("total").status,
            None if total is None else total.source,
            None if total is None else total.confidence,
            "; ".join(check.message or check.name for check in receipt.checks if check.status == "failed")
            or None,
        )


def _items(name: str, document: Document) -> Iterator[Row]:
    for number, receipt in enumerate(document.receipts, start=1):
        head = (name, number, *_head(receipt))
        for item in receipt.items:
            yield (
                *head,
                *(_value(getattr(item, field)) for field in _ITEM),
                item.void,
                None if item.amount is None else item.amount.confidence,
            )


def _head(receipt: Receipt) -> Row:
    return tuple(map(_value, (receipt.merchant.name, receipt.date, receipt.currency)))


def _checks(name: str, document: Document) -> Iterator[Row]:
    for number, receipt in enumerate(document.receipts, start=1):
        for check in receipt.checks:
            yield name, number, check.name, check.status, check.message


def _lines(name: str, document: Document) -> Iterator[Row]:
    for number, page in enumerate(document.pages, start=1):
        row_of = {line: row for row, lines in enumerate(page.rows, start=1) for line in lines}
        for index, line in enumerate(page.lines):
            yield (
                *(name, number, index + 1, row_of[index], line.text, line.confidence),
                *_corners(line.polygon),
            )


def _words(name: str, document: Document) -> Iterator[Row]:
    for number, page in enumerate(document.pages, start=1):
        for index, line in enumerate(page.lines, start=1):
            for position, (text, confidence, polygon) in enumerate(words_of(line), start=1):
                yield name, number, index, position, text, confidence, *_corners(polygon)


def _corners(polygon: Polygon) -> list[float]:
    """The first four points; ``None`` for the fourth of a triangle."""
    values = [round(float(value), 2) for value in polygon[:4].ravel()]
    return values + [None] * (8 - len(values))  # type: ignore[list-item]


#: By level; Excel shows a sheet for each but the words.
TABLES = {
    "receipts": Table(
        (
            *("source", "receipt", "merchant", *_MERCHANT[1:], *_SALE, "items", *_AMOUNTS),
            *("payment", "total_check", "total_source", "total_confidence", "failed_checks"),
        ),
        _receipts,
    ),
    "items": Table(
        ("source", "receipt", "merchant", "date", "currency", *_ITEM, "void", "amount_confidence"), _items
    ),
    "checks": Table(("source", "receipt", "check", "status", "message"), _checks),
    "lines": Table(("source", "page", "line", "row", "text", "confidence", *_CORNERS), _lines),
    "words": Table(("source", "page", "line", "word", "text", "confidence", *_CORNERS), _words),
}
