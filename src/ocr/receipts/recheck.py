"""The checks of a receipt made anew from its record, as after a person changed a figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ocr.receipt import Check, Field, Receipt
from ocr.receipts.arithmetic import ZERO, Figures
from ocr.receipts.checks import plural, total_check

#: Fields of a receipt with the roles that `Figures` knows them by.
_ROLES = {
    "subtotal": "subtotal",
    "discount": "discount",
    "service_charge": "service",
    "tip": "tip",
    "rounding": "rounding",
    "tax": "tax",
    "change": "change",
    "paid": "paid",
}


@dataclass(frozen=True)
class _Amount:
    """An amount that stands in a record, not in a row of a page."""

    value: Decimal


def recheck(receipt: Receipt) -> Receipt:
    """The receipt with the check of its total, and without checks that its figures no longer bear out.

    Args:
        receipt: of which fields or items may have been changed since it was read.
    """
    total = None if receipt.total is None else receipt.total.value
    check = total_check(total, figures_of(receipt))
    others = tuple(
        one for one in receipt.checks if one.name not in ("total", "item_count", "payments", "item_amounts")
    )
    amounts = _item_amounts(receipt)
    return replace(receipt, checks=(check, *((amounts,) if amounts else ()), *others))


def figures_of(receipt: Receipt) -> Figures:
    """The amounts of a record by role."""
    by_role: dict[str, list[Any]] = {}
    for name, role in _ROLES.items():
        value: Field[Decimal] | None = getattr(receipt, name)
        if value is not None and value.source == "printed":
            by_role.setdefault(role, []).append(_Amount(value.value))
    for payment in receipt.payments:
        if payment.amount is not None and receipt.paid is None:
            by_role.setdefault("paid", []).append(_Amount(payment.amount.value))
    kept = [item for item in receipt.items if not item.void and item.amount is not None]
    items = sum((item.amount.value for item in kept if item.amount), ZERO) if kept else None
    taxes = [tax for tax in receipt.taxes if tax.gross is not None]
    gross = sum((tax.gross.value for tax in taxes if tax.gross), ZERO) if taxes else None
    whole = all(value == value.to_integral_value() for value in _values(receipt))
    return Figures(by_role, items, len(kept), gross, None, None, Decimal(1) if whole else Decimal("0.01"))


def _values(receipt: Receipt) -> list[Decimal]:
    return [value.value for _, value in receipt.all_fields() if isinstance(value.value, Decimal)]


def _item_amounts(receipt: Receipt) -> Check | None:
    wrong, right = [], 0
    for item in receipt.items:
        if item.quantity is None or item.unit_price is None or item.amount is None:
            continue
        product = item.quantity.value * item.unit_price.value
        discount = item.discount.value if item.discount is not None else ZERO
        if min(abs(product - discount - item.amount.value), abs(product - item.amount.value)) <= Decimal(
            "0.02"
        ):
            right += 1
        else:
            wrong.append(f"{item.quantity.value:f} x {item.unit_price.value:f} is not {item.amount.value:f}")
    if wrong:
        return Check("item_amounts", "failed", "; ".join(wrong) + ".")
    return (
        Check("item_amounts", "passed", f"Quantity times price is the amount of {plural(right, 'item')}.")
        if right
        else None
    )
