"""What a synthetic receipt says, as typed values: its fields and items, those of them that its print shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ocr.datasets.receipt_truth import ItemTruth, ReceiptTruth, Value
from ocr.datasets.synthetic.content import Purchase
from ocr.receipt import to_json_value
from ocr.receipts.text import letters_and_digits


def truth_of(purchase: Purchase, shown: str) -> ReceiptTruth:
    """The annotation of a purchase.

    Args:
        purchase: what was bought.
        shown: all texts of the print, with spaces between them. Fields that it lacks are not annotated; names of items
            are annotated where it has all of them.
    """
    letters = letters_and_digits(shown)
    fields: dict[str, tuple[Value, ...]] = {}
    for name, text in (("name", purchase.company), ("address", " ".join(purchase.address))):
        if letters_and_digits(text) in letters:
            fields[f"merchant.{name}"] = (text,)
    if purchase.date in shown:
        fields["date"] = (purchase.day,)
    for name in ("subtotal", "tax", "total", "change"):
        value: Decimal | None = getattr(purchase, name)
        # The print of a subtotal cannot be told from that of a total of the same amount.
        told = value is not None and not (name == "subtotal" and value == purchase.total)
        if value is not None and told and purchase.amount(value) in shown:
            fields[name] = (value,)
    fields["currency"] = (purchase.locale.currency,)
    whole = all(letters_and_digits(item.name) in letters for item in purchase.items)
    items = tuple(ItemTruth(item.name if whole else None, item.amount) for item in purchase.items)
    return ReceiptTruth(fields, items, len(items))


def to_mapping(truth: ReceiptTruth) -> dict[str, Any]:
    """The annotation as `ocr.datasets.receipts_json` holds it."""
    names = {"merchant.name": "company", "merchant.address": "address"}
    mapping: dict[str, Any] = {
        names.get(path, path): to_json_value(values[0]) for path, values in truth.fields.items() if values
    }
    if truth.items is not None:
        mapping["items"] = [
            {"description": item.description, "amount": to_json_value(item.amount)} for item in truth.items
        ]
    return mapping
