"""Documents as a workbook: sheets of receipts, items, checks and lines, typed cells, no formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ocr.writers import extras
from ocr.writers.csv import is_active
from ocr.writers.tables import TABLES
from ocr.writers.text import escape

if TYPE_CHECKING:
    from ocr.document import Document

_SHEETS = ("receipts", "items", "checks", "lines")
#: Characters that a cell holds; of a longer text the rest is replaced by an ellipsis.
_MAX_CHARACTERS = 32_767
#: Days before this one have no number in a workbook.
_FIRST_DAY = date(1900, 1, 1)
#: The same bytes for the same documents: without it the time of writing is stored.
_CREATED = datetime(2000, 1, 1)


def to_xlsx(documents: Sequence[tuple[str, Document]]) -> bytes:
    """Named documents as one XLSX file.

    Amounts and quantities are numbers, dates and times those of a workbook. Texts are never formulas; one that looks
    like a formula is marked as text, so that it stays one where its cell is edited.

    Raises:
        MissingExtra: XlsxWriter is not installed (extra ``[formats]``).
    """
    xlsxwriter = extras.load("xlsxwriter", "formats", "the format xlsx")
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": _CREATED})
        styles = _Styles(book)
        for name in _SHEETS:
            table = TABLES[name]
            sheet = book.add_worksheet(name.capitalize())
            sheet.freeze_panes(1, 0)
            widths = [len(column) for column in table.columns]
            for column, title in enumerate(table.columns):
                sheet.write_string(0, column, title, styles.header)
            last = 0
            for last, row in enumerate(table.of(documents), start=1):
                for column, value in enumerate(row):
                    shown = _write(sheet, last, column, value, styles)
                    widths[column] = max(widths[column], shown)
            sheet.autofilter(0, 0, last, len(table.columns) - 1)
            for column, width in enumerate(widths):
                sheet.set_column(column, column, min(width + 2, 48))
    return file.getvalue()


class _Styles:
    """The cell formats of a workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[int, Any] = {}
        self.header = book.add_format({"bold": True, "bottom": 1})
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.time = book.add_format({"num_format": "hh:mm:ss"})
        self.plain_text = book.add_format({"quote_prefix": True})

    def number(self, decimals: int) -> Any:
        if decimals not in self._numbers:
            pattern = "0" if decimals == 0 else f"0.{'0' * decimals}"
            self._numbers[decimals] = self._book.add_format({"num_format": pattern})
        return self._numbers[decimals]


def _write(sheet: Any, row: int, column: int, value: Any, styles: _Styles) -> int:
    """Write one cell; the number of characters that it shows."""
    if value is None:
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
        return 5
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        decimals = min(-exponent, 10) if isinstance(exponent, int) and exponent < 0 else 0
        sheet.write_number(row, column, float(value), styles.number(decimals))
        return len(format(value, "f"))
    if isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
        return 8
    if isinstance(value, date) and value >= _FIRST_DAY:
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), styles.date)
        return 10
    if isinstance(value, time) and value.tzinfo is None:
        sheet.write_datetime(row, column, value.replace(microsecond=0), styles.time)
        return 8
    text = escape(value if isinstance(value, str) else value.isoformat())
    if len(text) > _MAX_CHARACTERS:
        text = text[: _MAX_CHARACTERS - 1] + "…"
    sheet.write_string(row, column, text, styles.plain_text if is_active(text) else None)
    return max(map(len, text.split("\n")))
