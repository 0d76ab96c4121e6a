"""A document with the edits of people applied: what is exported, and what the checks are made of.

Paths are those of the record: ``total``, ``merchant.name``, ``items.ID.amount``, ``taxes.ID.rate``, ``lines.ID.text``,
``lines.ID.polygon``. The identifiers of what was read are ``0``, ``1``, …; a line's is ``PAGE-LINE``. Clients choose
those of new rows and lines. A value is a string as in JSON documents, or ``None`` for a field that is not on the
receipt; ``items.ID.deleted`` and ``lines.ID.deleted`` are true or false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from ocr.document import Document
from ocr.errors import BadConfiguration, DocumentInvalid
from ocr.receipt import Field, Item, Merchant, Receipt
from ocr.server.review_derived import GROUPS, Derived, all_derived, kinds
from ocr.server.review_lines import corrected_pages

Values = Mapping[str, Any]
#: Digits of an amount at most: 1e999999999 is a number, too, and as long when it is written out.
_DIGITS = 18


def corrected(document: Document, values: Values) -> Document:
    """The document as people left it.

    Args:
        document: what was read.
        values: by path; values that cannot be parsed are passed over.
    """
    pages, _ = corrected_pages(document.pages, values)
    first, *others = all_derived(document, values)
    return replace(
        document, pages=pages, receipts=(receipt_with(first, values), *(one.receipt for one in others))
    )


def receipt_with(found: Derived, values: Values) -> Receipt:
    """A receipt with the values of people, and its checks made anew."""
    from ocr.receipts.recheck import recheck

    receipt = found.receipt
    merchant: Merchant = _changed(receipt.merchant, values, "merchant.")
    rows: dict[str, Any] = {group: tuple(rows_with(found, values, group).values()) for group in GROUPS}
    changed: Receipt = _changed(replace(receipt, merchant=merchant, **rows), values)
    return recheck(changed)


def rows_with(found: Derived, values: Values, group: str) -> dict[str, Any]:
    """The rows of a group of `GROUPS` by their identifiers, which stay where another row is deleted."""
    rows = {name: row.record(GROUPS[group]) for name, row in found.groups[group].items()}
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
        return Field(parsed(value, kind), str(value), 1.0)
    except (BadConfiguration, DocumentInvalid):
        return before
