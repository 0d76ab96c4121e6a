"""Documents and tables as CSV whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ocr.writers.tables import TABLES
from ocr.writers.text import escape_line

if TYPE_CHECKING:
    from ocr.document import Document

#: Spreadsheets run what begins with one of these (OWASP, "CSV Injection").
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "|", "＝", "＋", "－", "＠")


def is_active(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula or a command."""
    return text.lstrip().startswith(_ACTIVE)


def cell(value: Any) -> Any:
    """A value as a cell: text with control characters made visible, a quote before what could be run."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if not isinstance(value, str):
        return value
    text = escape_line(value)
    return f"'{text}" if is_active(value) else text


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV (RFC 4180) with a header; numbers stay numbers, texts are neutralised."""
    return _csv([columns]) + _csv(rows)


def to_csv(documents: Iterable[tuple[str, Document]], level: str = "lines", *, header: bool = True) -> str:
    """Named documents as one table.

    Args:
        documents: the name of each input with what was read from it.
        level: ``"items"``, ``"receipts"``, ``"checks"``, ``"lines"`` or ``"words"``: what a row stands for. Polygons of
            more than four points keep their first four.
        header: begin with the names of the columns.
    """
    columns, _ = TABLES[level]
    rows = _csv(TABLES[level].of(documents))
    return _csv([columns]) + rows if header else rows


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([cell(value) for value in row] for row in rows)
    return file.getvalue()
