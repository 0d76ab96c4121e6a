"""The lines of a document as people left them, with names that do not change: edits and fields point at them.

A line that was read is called ``PAGE-LINE``, such as ``0-12``; clients choose the names of lines that are drawn,
``PAGE-NAME``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ocr.document import Line, Page
from ocr.errors import DocumentInvalid
from ocr.polygons import to_quad

Values = Mapping[str, Any]
_PREFIX = "lines."
#: A drawn line stands in a row where its middle is off that of a line there by less than this many heights.
_SAME_ROW = 0.5
#: A line with its name; the rows of a receipt, and the receipts of a page.
_Named = tuple[str, Line]
_Rows = list[list[_Named]]


def touched(values: Values) -> frozenset[str]:
    """The names of the lines that people changed, drew or deleted."""
    return frozenset(path.split(".")[1] for path in values if path.startswith(_PREFIX))


def corrected_page(page: Page, number: int, values: Values) -> tuple[Page, tuple[str, ...]]:
    """A page as people left it.

    Args:
        page: as it was read.
        number: of the page.
        values: by path; those of other things are passed over, and so are places that are none.

    Returns:
        The page and the names of its lines.
    """
    receipts: list[_Rows] = [
        [
            [
                (name, _line(page.lines[k], name, values))
                for name, k in ((f"{number}-{k}", k) for k in page.rows[row])
                if not values.get(f"lines.{name}.deleted")
            ]
            for row in rows
        ]
        for rows in page.receipts
    ]
    read = {f"{number}-{k}" for k in range(len(page.lines))}
    for name in sorted(one for one in touched(values) - read if one.startswith(f"{number}-")):
        polygon = values.get(f"lines.{name}.polygon")
        if polygon is None or values.get(f"lines.{name}.deleted"):
            continue
        try:
            line = Line(str(values.get(f"lines.{name}.text") or ""), 1.0, polygon)
        except DocumentInvalid:
            continue
        _insert(receipts, (name, line))
    return _page(page, receipts)


def _line(line: Line, name: str, values: Values) -> Line:
    given, polygon = f"lines.{name}.text" in values, values.get(f"lines.{name}.polygon")
    if not given and polygon is None:
        return line
    # The text of a line that somebody emptied is null.
    text = str(values[f"lines.{name}.text"] or "") if given else line.text
    try:
        return Line(text, 1.0, line.polygon if polygon is None else polygon)
    except DocumentInvalid:
        return Line(text, 1.0, line.polygon)


def _page(page: Page, named: Iterable[_Rows]) -> tuple[Page, tuple[str, ...]]:
    names: list[str] = []
    lines: list[Line] = []
    rows: list[tuple[int, ...]] = []
    receipts: list[tuple[int, ...]] = []
    for receipt in named:
        first_row = len(rows)
        for row in filter(None, receipt):
            rows.append(tuple(range(len(lines), len(lines) + len(row))))
            names += [name for name, _ in row]
            lines += [line for _, line in row]
        if len(rows) > first_row:
            receipts.append(tuple(range(first_row, len(rows))))
    return Page(page.width, page.height, tuple(lines), tuple(rows), tuple(receipts)), tuple(names)


def _insert(receipts: list[_Rows], drawn: _Named) -> None:
    """Put a line where it stands on the page: into the row beside it, or between the rows above and below."""
    quads = [to_quad(line.polygon) for rows in receipts for row in rows for _, line in row]
    if not quads:
        receipts.append([[drawn]])
        return
    # Most lines run alike, whichever way the receipt lies.
    along = np.sum([quad[1] - quad[0] for quad in quads], axis=0)
    along = along / max(float(np.hypot(*along)), 1e-6)
    across = np.array([-along[1], along[0]])

    def place(line: Line) -> tuple[float, float, float]:
        """Middle along and across the lines, and height."""
        quad = to_quad(line.polygon)
        x, y = quad @ along, quad @ across
        return float(x.mean()), float(y.mean()), max(float(np.ptp(y)), 1e-6)

    x, y, height = place(drawn[1])
    offsets = [
        (abs(y - other[1]), abs(x - other[0]), receipt, number, other)
        for receipt, rows in enumerate(receipts)
        for number, row in enumerate(rows)
        for other in (place(line) for _, line in row)
    ]
    _, _, receipt, number, nearest = min(offsets)
    row = receipts[receipt][number]
    if abs(y - nearest[1]) < _SAME_ROW * min(height, nearest[2]):
        row.insert(sum(place(line)[0] < x for _, line in row), drawn)
    else:
        receipts[receipt].insert(number + (y > nearest[1]), [drawn])


def corrected_pages(
    pages: Sequence[Page], values: Values
) -> tuple[tuple[Page, ...], tuple[tuple[str, ...], ...]]:
    """Pages as people left them, and the names of their lines; see `corrected_page`."""
    found = [corrected_page(page, number, values) for number, page in enumerate(pages)]
    return tuple(page for page, _ in found), tuple(names for _, names in found)
