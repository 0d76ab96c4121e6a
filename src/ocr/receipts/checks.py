"""Checks: which figures of a receipt agree, said in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from ocr.receipt import Check
from ocr.receipts.arithmetic import Figures, Support, Supporter, settled
from ocr.receipts.items import FoundItem
from ocr.receipts.money import Style
from ocr.receipts.taxes import FoundTax

_CENT = Decimal("0.01")


def checks(
    total: Decimal | None, figures: Figures, items: Sequence[FoundItem], taxes: Sequence[FoundTax], style: Style,
    counted: Decimal | None = None,
) -> tuple[Check, ...]:  # fmt: skip
    """The checks of a receipt; one named ``"total"`` is always there.

    Args:
        total: the total that is printed, ``None`` where there is none.
        figures: amounts by role.
        items: the items.
        taxes: lines about taxes.
        style: how amounts are printed.
        counted: number of items that the receipt prints.
    """
    results = [total_check(total, figures)]
    for one in (_items(items, style), _count(items, counted), _payments(total, figures), _taxes(taxes)):
        if one is not None:
            results.append(one)
    return tuple(results)


def total_check(total: Decimal | None, figures: Figures) -> Check:
    """Whether evidence that is independent of the total speaks for it."""
    if total is None:
        return Check("total", "not_possible", "No total is printed.")
    support = Supporter(figures).support(total)
    sentences = [one for one in (support.items, support.subtotal, support.payment, support.table) if one]
    if passes(support):
        return Check("total", "passed", _sentence(sentences))
    against = []
    if figures.items is not None and not support.items:
        against.append(f"the items come to {figures.items:f}, not {total:f}")
    if figures.values("cash", "paid") and figures.values("change") and not support.payment:
        reached = ", ".join(f"{value:f}" for value in sorted(settled(figures)))
        against.append(f"what was paid less the change is {reached or 'another amount'}, not {total:f}")
    if against:
        return Check("total", "failed", _sentence(against))
    return Check("total", "not_possible", f"Nothing on the receipt can be compared with the total {total:f}.")


def passes(support: Support) -> bool:
    """Whether evidence that is independent of the total speaks for it."""
    strong = (
        bool(support.items) or bool(support.payment) or bool(support.table) or " with " in support.subtotal
    )
    return strong


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + "." if text else ""


def _items(items: Sequence[FoundItem], style: Style) -> Check | None:
    wrong, right = [], 0
    for item in items:
        if item.quantity is None or item.unit_price is None or item.amount is None:
            continue
        product = (item.quantity[0] * item.unit_price[0]).quantize(
            _CENT if style.decimal else Decimal(1), ROUND_HALF_UP
        )
        discount = item.discount[0] if item.discount else Decimal(0)
        if (
            item.amount[0] in (product, -product, product - discount)
            or abs(product - item.amount[0]) <= _CENT * 2
        ):
            right += 1
        else:
            wrong.append(
                f"{item.quantity[0]:f} x {item.unit_price[0]:f} is {product:f}, not {item.amount[0]:f}"
            )
    if wrong:
        return Check("item_amounts", "failed", _sentence(wrong))
    return (
        Check("item_amounts", "passed", f"Quantity times price is the amount of {plural(right, 'item')}.")
        if right
        else None
    )


def _count(items: Sequence[FoundItem], counted: Decimal | None) -> Check | None:
    if counted is None or not items:
        return None
    kept = [item for item in items if not item.void]
    pieces = sum(
        (item.quantity[0] if item.quantity and not item.unit else Decimal(1) for item in kept), Decimal(0)
    )
    if counted in (pieces, Decimal(len(kept))):
        return Check("item_count", "passed", f"The receipt counts {counted:f} items.")
    return Check(
        "item_count",
        "failed",
        f"The receipt counts {counted:f} items; {len(kept)} were found with {pieces:f} pieces.",
    )


def _payments(total: Decimal | None, figures: Figures) -> Check | None:
    if total is None or not figures.values("cash", "paid", "card", "voucher"):
        return None
    if total in settled(figures):
        return Check("payments", "passed", f"What was paid less the change is {total:f}.")
    if not figures.values("change") and not figures.values("cash", "paid"):
        return None
    return Check("payments", "failed", f"What was paid less the change is not {total:f}.")


def _taxes(taxes: Sequence[FoundTax]) -> Check | None:
    wrong, right = [], 0
    for tax in taxes:
        if tax.net is None or tax.tax is None:
            continue
        if tax.gross is not None:
            if tax.net[0] + tax.tax[0] == tax.gross[0]:
                right += 1
            else:
                wrong.append(f"{tax.net[0]:f} and {tax.tax[0]:f} are not {tax.gross[0]:f}")
        elif tax.rate is not None:
            due = (tax.net[0] * tax.rate[0] / 100).quantize(_CENT, ROUND_HALF_UP)
            if abs(due - tax.tax[0]) <= 2 * _CENT:
                right += 1
    if wrong:
        return Check("taxes", "failed", _sentence(wrong))
    return (
        Check("taxes", "passed", f"Net and tax agree in {plural(right, 'line')} of the tax table.")
        if right
        else None
    )


def plural(number: int, word: str) -> str:
    """A number with its word, which has an s where it is not one."""
    return f"{number} {word}{'' if number == 1 else 's'}"
