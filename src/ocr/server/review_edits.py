"""A document with the edits of people applied: what is exported, and what the checks are made of.

Paths are those of the record: ``total``, ``merchant.name``, ``items.ID.amount``, ``taxes.ID.rate``, ``lines.ID.text``,
``lines.ID.polygon``. The identifiers of what was read are ``0``, ``1``, …; a line's is ``PAGE-LINE``. Clients choose
those of new rows and lines. A value is a string as in JSON documents, or ``None`` for a field that is not on the
receipt; ``items.ID.deleted`` and ``lines.ID.deleted`` are true or false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from ocr.document import Document, Line, Page
from ocr.errors import BadConfiguration, DocumentInvalid
from ocr.receipt import Field, Item, Merchant, Payment, Receipt, Tax

Values = Mapping[str, Any]
#: Members of a receipt that are lists of rows.
GROUPS: dict[str, type] = {"items": Item, "taxes": Tax, "payments": Payment}
#: Digits of an amount at most: 1e999999999 is a number, too, and as long when it is written out.
_DIGITS = 18


def corrected(document: Document, values: Values) -> Document:
    """The document as people left it.

    Args:
        document: what was read.
        values: by path; values that cannot be parsed are passed over.
    """
    pages = tuple(_page(page, number, values) for number, page in enumerate(document.pages))
    # Fields of the reading point at lines by their number, which may be others now.
    first = document.receipts[0] if document.receipts else Receipt(pages=(0,) if pages else ())
    receipts = (receipt_with(_without_lines(first), values), *map(_without_lines, document.receipts[1:]))
    return replace(document, pages=pages, receipts=receipts)


def receipt_with(receipt: Receipt, values: Values) -> Receipt:
    """A receipt with the values of people, and its checks made anew."""
    from ocr.receipts.recheck import recheck

    merchant: Merchant = _changed(receipt.merchant, values, "merchant.")
    rows: dict[str, Any] = {group: tuple(rows_with(receipt, values, group).values()) for group in GROUPS}
    changed: Receipt = _changed(replace(receipt, merchant=merchant, **rows), values)
    return recheck(changed)


def rows_with(receipt: Receipt, values: Values, group: str) -> dict[str, Any]:
    """The rows of a group of `GROUPS` by their identifiers, which stay where another row is deleted."""
    rows = {str(number): row for number, row in enumerate(getattr(receipt, group))}
    edits: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        parts = path.split(".")
        if len(parts) == 3 and parts[0] == group:
            edits.setdefault(parts[1], {})[parts[2]] = value
    edited: dict[str, Any] = {}
    for identifier in [*rows, *sorted(set(edits) - set(rows))]:
        changes = edits.get(identifier, {})
        if changes.get("deleted"):
            continue
        row = _changed(rows.get(identifier, GROUPS[group]()), changes)
        if isinstance(row, Item):
            row = replace(row, void=bool(changes.get("void", row.void)))
        edited[identifier] = row
    return edited


def _changed(record: Any, values: Values, prefix: str = "") -> Any:
    """A record with the fields that people gave."""
    edited = {
        name: _field(values[prefix + name], kind, getattr(record, name))
        for name, kind in kinds(type(record)).items()
        if prefix + name in values
    }
    return replace(record, **edited)


def _page(page: Page, number: int, values: Values) -> Page:
    prefix = f"lines.{number}-"
    touched = {path.split(".")[1] for path in values if path.startswith(prefix)}
    if not touched:
        return page
    lines: list[Line] = []
    rows: list[tuple[int, ...]] = []
    receipts: list[tuple[int, ...]] = []
    for group in page.receipts:
        first_row = len(rows)
        for row in (page.rows[k] for k in group):
            first = len(lines)
            for k in row:
                key = f"lines.{number}-{k}"
                if values.get(f"{key}.deleted"):
                    continue
                lines.append(_line(page.lines[k], values.get(f"{key}.text"), values.get(f"{key}.polygon")))
            if len(lines) > first:
                rows.append(tuple(range(first, len(lines))))
        if len(rows) > first_row:
            receipts.append(tuple(range(first_row, len(rows))))
    known = {f"{number}-{k}" for k in range(len(page.lines))}
    for identifier in sorted(touched - known):
        key = f"lines.{identifier}"
        polygon = values.get(f"{key}.polygon")
        if polygon is None or values.get(f"{key}.deleted"):
            continue
        try:
            lines.append(Line(str(values.get(f"{key}.text") or ""), 1.0, polygon))
        except DocumentInvalid:
            continue
        rows.append((len(lines) - 1,))
        receipts = [(*receipts[0], len(rows) - 1), *receipts[1:]] if receipts else [(0,)]
    return Page(page.width, page.height, tuple(lines), tuple(rows), tuple(receipts))


def _line(line: Line, text: Any, polygon: Any) -> Line:
    if text is None and polygon is None:
        return line
    text = line.text if text is None else str(text)
    try:
        return Line(text, 1.0, line.polygon if polygon is None else polygon)
    except DocumentInvalid:
        return Line(text, 1.0, line.polygon)


def kinds(record: type) -> dict[str, type]:
    """The names of a record's fields with the type of their values."""
    return {one.name: one.metadata["value"] for one in fields(record) if "value" in one.metadata}


def parsed(value: Any, kind: type) -> Any:
    """The value of a text that a person typed.

    Raises:
        BadConfiguration: it is no amount, date or time.
    """
    if not isinstance(value, str):
        raise BadConfiguration(f"the value is {value!r:.40}; expected a string")
    try:
        if kind is Decimal:
            amount = Decimal(value.replace(",", ".").strip())
            if (
                not amount.is_finite()
                or abs(amount.adjusted()) > _DIGITS
                or len(amount.as_tuple().digits) > _DIGITS
            ):
                raise InvalidOperation
            return amount
        if kind is date:
            return date.fromisoformat(value.strip())
        if kind is time:
            return time.fromisoformat(value.strip())
    except (ValueError, InvalidOperation) as error:
        raise BadConfiguration(f"{value!r:.40} is no {kind.__name__}") from error
    return value


def _field(value: Any, kind: type, before: Field[Any] | None) -> Field[Any] | None:
    if value is None or value == "":
        return None
    try:
        return Field(parsed(value, kind), str(value), 1.0, before.lines if before is not None else ())
    except (BadConfiguration, DocumentInvalid):
        return before


def _without_lines(receipt: Receipt) -> Receipt:
    def bare(record: Any) -> Any:
        present = {name: getattr(record, name) for name in kinds(type(record))}
        return replace(record, **{n: replace(v, lines=()) for n, v in present.items() if v is not None})

    stripped: Receipt = bare(receipt)
    return replace(
        stripped,
        merchant=bare(receipt.merchant),
        items=tuple(map(bare, receipt.items)),
        taxes=tuple(map(bare, receipt.taxes)),
        payments=tuple(map(bare, receipt.payments)),
    )
