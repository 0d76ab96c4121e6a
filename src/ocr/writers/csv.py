"""Documents and tables as CSV whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ocr.writers.text import escape

if TYPE_CHECKING:
    from ocr.document import Document

#: Spreadsheets run what begins with one of these (OWASP, "CSV Injection").
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "|", "＝", "＋", "－", "＠")
COLUMNS = ("source", "page", "line", "text", "confidence", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")


def cell(value: Any) -> Any:
    """A value as a cell: text with control characters made visible, a quote before what could be run."""
    if not isinstance(value, str):
        return value
    text = escape(value)
    return f"'{text}" if text.lstrip().startswith(_ACTIVE) else text


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV (RFC 4180) with a header; numbers stay numbers, texts are neutralised."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([cell(column) for column in columns])
    writer.writerows([cell(value) for value in row] for row in rows)
    return file.getvalue()


def to_csv(documents: Iterable[tuple[str, Document]]) -> str:
    """Named documents as one table, a line of text a row; polygons of more than four points keep their first four."""
    return table(COLUMNS, (row for name, document in documents for row in _rows(name, document)))


def _rows(name: str, document: Document) -> Iterable[list[Any]]:
    for number, page in enumerate(document.pages, start=1):
        for index, line in enumerate(page.lines, start=1):
            corners = [round(float(value), 2) for value in line.polygon[:4].ravel()]
            yield [name, number, index, line.text, line.confidence, *corners]
