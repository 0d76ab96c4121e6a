"""Workbooks as a spreadsheet reads them: typed cells, no formulas."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from typing import Any

import pytest

from ocr.document import Document
from ocr.writers.tables import TABLES
from ocr.writers.xlsx import to_xlsx
from tests.writers.samples import BARE, DOCUMENT, hostile

pytest.importorskip("xlsxwriter")
openpyxl = pytest.importorskip("openpyxl")


def _rows(documents: list[tuple[str, Document]], sheet: str) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(documents)))
    header, *rows = book[sheet].iter_rows()
    return [{str(h.value): cell for h, cell in zip(header, row, strict=True)} for row in rows]


def test_amounts_are_numbers_and_days_are_days() -> None:
    (row,) = _rows([("a.jpg", DOCUMENT)], "Receipts")
    assert row["total"].value == 3.9
    assert row["total"].number_format == "0.00"
    assert row["date"].value == datetime.datetime(2024, 9, 8)
    assert row["date"].number_format == "yyyy-mm-dd"
    assert row["time"].value == datetime.time(18, 42)
    assert row["tip"].value is None
    assert row["total_check"].value == "failed"
    items = _rows([("a.jpg", DOCUMENT), ("b.jpg", DOCUMENT)], "Items")
    assert [item["source"].value for item in items] == ["a.jpg"] * 3 + ["b.jpg"] * 3
    assert items[2]["amount"].value == -2
    assert items[2]["void"].value is True
    assert len(_rows([("", BARE)], "Lines")) == 5


def test_no_text_becomes_a_formula_or_a_link() -> None:
    data = to_xlsx([("=1+1", hostile()), ("https://evil.example", DOCUMENT)])
    packed = zipfile.ZipFile(io.BytesIO(data))
    sheets = [packed.read(name).decode() for name in packed.namelist() if "/sheet" in name]
    assert not any(re.search(r"<f[ >]", sheet) for sheet in sheets)
    assert not any("hyperlink" in sheet for sheet in sheets)
    first = _rows([("=1+1", DOCUMENT)], "Items")[1]
    assert first["source"].data_type == "s"
    assert first["source"].value == "=1+1"
    assert first["source"].quotePrefix
    assert not first["merchant"].quotePrefix


def test_the_same_documents_give_the_same_bytes() -> None:
    assert to_xlsx([("a", DOCUMENT)]) == to_xlsx([("a", DOCUMENT)])


def test_a_text_longer_than_a_cell_ends_with_an_ellipsis() -> None:
    (row,) = _rows([("x" * 40_000, DOCUMENT)], "Receipts")
    assert len(row["source"].value) == 32_767
    assert row["source"].value.endswith("…")


def test_rows_are_as_long_as_their_columns() -> None:
    for table in TABLES.values():
        assert {len(row) for row in table.of([("a", DOCUMENT), ("b", BARE)])} == {len(table.columns)}
