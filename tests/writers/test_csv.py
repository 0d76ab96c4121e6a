"""Tables whose cells no spreadsheet runs."""

from __future__ import annotations

import csv as reading
import io

import numpy as np
import pytest

from ocr.document import Document, Line, Page
from ocr.writers import csv
from ocr.writers.tables import TABLES

QUAD = np.array([[1, 2], [30, 2], [30, 12], [1, 12]], np.float32)


def _document(*texts: str) -> Document:
    return Document((Page(100, 80, tuple(Line(text, 0.5, QUAD) for text in texts)),))


def test_a_line_is_a_row_with_its_corners() -> None:
    rows = list(reading.reader(io.StringIO(csv.to_csv([("a.jpg", _document('TOTAL "x", 3', "ok"))]))))
    assert rows[0] == list(TABLES["lines"].columns)
    assert rows[1] == [
        "a.jpg",
        "1",
        "1",
        "1",
        'TOTAL "x", 3',
        "0.5",
        "1.0",
        "2.0",
        "30.0",
        "2.0",
        "30.0",
        "12.0",
        "1.0",
        "12.0",
    ]
    assert len(rows) == 3


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1", "|x"]
)
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    row = list(reading.reader(io.StringIO(csv.to_csv([(text, _document(text))]))))[1]
    assert row[0].startswith("'") or row[0].startswith("\\")
    assert row[4].startswith("'") or row[4].startswith("\\")


def test_numbers_stay_numbers() -> None:
    assert csv.table(("n",), [(-1.5,)]) == "n\r\n-1.5\r\n"
