"""Sums that must hold on a receipt, and which of its amounts they support."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ocr.receipts.items import FoundItem
from ocr.receipts.money import Style
from ocr.receipts.roles import PAYMENTS, Amount
from ocr.receipts.taxes import FoundTax

ZERO = Decimal(0)


@dataclass
class Figures:
    """The amounts of a receipt by their roles.

    Attributes:
        by_role: amounts of rows with a role, the last of each row, from top to bottom.
        items: sum of the items, ``None`` where there are none.
        item_count: number of items.
        gross, net, tax: sums of the tax table, ``None`` where it does not say.
        taxes: amounts of tax beside the table.
        tolerance: by how much a sum of rounded figures may miss.
    """

    by_role: dict[str, list[Amount]]
    items: Decimal | None
    item_count: int
    gross: Decimal | None
    net: Decimal | None
    tax: Decimal | None
    tolerance: Decimal = ZERO
    table_rows: frozenset[int] = field(default_factory=frozenset)

    def values(self, *roles: str) -> list[Decimal]:
        """Values of amounts with these roles."""
        return [amount.value for role in roles for amount in self.by_role.get(role, ())]


def figures(
    amounts: Sequence[Amount], items: Sequence[FoundItem], taxes: Sequence[FoundTax], style: Style
) -> Figures:
    """The amounts of a receipt by role."""
    used = {item.amount[1].index for item in items if item.amount} if items else set()
    table = frozenset(tax.row.index for tax in taxes if tax.in_table)
    by_role: dict[str, list[Amount]] = {}
    for amount in amounts:
        if amount.last and amount.role and amount.row.index not in used and amount.row.index not in table:
            # Savings and vouchers with a minus sign are taken off.
            less = amount.role in ("saving", "voucher") and amount.value < 0
            by_role.setdefault("discount" if less else amount.role, []).append(amount)
    total = sum((item.net for item in items), ZERO) if items else None
    whole = [tax for tax in taxes if tax.in_table and not tax.sum_row]
    complete = bool(whole) and all(tax.gross is not None for tax in whole)
    with_net = bool(whole) and all(tax.net is not None and tax.tax is not None for tax in whole)
    return Figures(
        by_role,
        total,
        len(items),
        sum((tax.gross[0] for tax in whole if tax.gross), ZERO) if complete else None,
        sum((tax.net[0] for tax in whole if tax.net), ZERO) if with_net else None,
        sum((tax.tax[0] for tax in whole if tax.tax), ZERO) if whole and all(t.tax for t in whole) else None,
        Decimal("0.01") if style.decimal else Decimal(1),
        table,
    )


def without(figures: Figures, row: int) -> Figures:
    """The figures without payments in a row: what is taken for the total there does not speak for itself."""
    by_role = {
        role: [amount for amount in amounts if role not in PAYMENTS or amount.row.index != row]
        for role, amounts in figures.by_role.items()
    }
    return replace(figures, by_role={role: amounts for role, amounts in by_role.items() if amounts})


def settled(figures: Figures) -> set[Decimal]:
    """What was paid less the change that was given, in every way that the payments allow."""
    paid = figures.values("cash", "paid")
    other = figures.values("card", "voucher")
    change = [abs(value) for value in figures.values("change")]
    totals: set[Decimal] = set()
    for value in {abs(one) for one in (*paid, *other)}:
        totals |= {value - back for back in change if back}
        if not change or ZERO in change:
            totals.add(value)
    for first, second in itertools.combinations([abs(v) for v in (*paid, *other)], 2):
        if first != second:
            totals |= {first + second - back for back in (change or [ZERO])}
    return {value for value in totals if value > 0}


def composed(base: Decimal, figures: Figures, *, tax: bool = True) -> dict[Decimal, str]:
    """Totals that a sum of goods can lead to, with what was added to it and taken from it, as words."""
    parts: list[list[tuple[Decimal, str]]] = [[(ZERO, "")]]
    if tax:
        taxes = figures.values("tax")
        options = [(ZERO, "")]
        if taxes:
            options.append((sum(set(taxes), ZERO) if len(taxes) > 1 else taxes[0], "tax"))
            if len(taxes) > 1:
                options += [(sum(taxes, ZERO), "taxes")]
                options += [(value, "tax") for value in taxes[:3]]
        if figures.tax is not None:
            options.append((figures.tax, "tax"))
        parts.append(options)
    for role, sign, word in (
        ("service", 1, "service charge"),
        ("tip", 1, "tip"),
        ("discount", -1, "discount"),
    ):
        values = figures.values(role)
        if values:
            amount = sum((abs(v) for v in values), ZERO) if role == "discount" else sum(values, ZERO)
            options = [(ZERO, ""), (sign * amount, word)]
            if len(values) > 1:
                options.append((sign * (abs(values[-1]) if role == "discount" else values[-1]), word))
            parts.append(options)
    rounding = [value for value in figures.values("rounding") if abs(value) <= 1000 * figures.tolerance]
    if rounding:
        parts.append([(ZERO, ""), (rounding[-1], "rounding"), (-rounding[-1], "rounding")])
    totals: dict[Decimal, str] = {}
    for combination in itertools.product(*parts):
        value = base + sum((one[0] for one in combination), ZERO)
        words = [f"{one[1]}" for one in combination if one[1] and one[0]]
        totals.setdefault(value, " and ".join(words))
        if value in totals and len(words) < len(totals[value].split(" and ")):
            totals[value] = " and ".join(words)
    return totals


@dataclass(frozen=True)
class Support:
    """What speaks for a value as the total; each entry is a sentence or empty."""

    items: str = ""
    subtotal: str = ""
    payment: str = ""
    table: str = ""

    @property
    def count(self) -> int:
        """How many independent sums hold."""
        return sum(map(bool, (self.items, self.subtotal, self.payment, self.table)))


@dataclass
class Supporter:
    """Answers which sums support a value, for many values of one receipt."""

    figures: Figures

    def __post_init__(self) -> None:
        f = self.figures
        self._settled = settled(f)
        # Cash is rounded below the total in some countries.
        self._rounding = [one for one in f.values("rounding") if 0 < abs(one) <= 10 * f.tolerance]
        self._from_items = composed(f.items, f) if f.items else {}
        self._from_subtotals = [
            (base, composed(base, f)) for base in dict.fromkeys(f.values("subtotal", "net"))
        ]
        self._table = {f.gross} if f.gross is not None else set()
        if f.net is not None and f.tax is not None:
            self._table.add(f.net + f.tax)

    def support(self, value: Decimal) -> Support:
        """What speaks for a value as the total."""
        items = subtotal = payment = table = ""
        if value <= 0:
            return Support()
        words = _near(value, self._from_items, ZERO)
        if words is not None and self.figures.item_count:
            items = f"the items come to {_text(self.figures.items)}" + (
                f", with {words} {_text(value)}" if words else ""
            )
        for base, reached in self._from_subtotals:
            words = _near(value, reached, ZERO)
            if words:
                subtotal = f"the subtotal {_text(base)} with {words} is {_text(value)}"
                break
            if words == "" and not subtotal:
                subtotal = f"the subtotal is {_text(base)}"
        if self._settled & {value, *(value + sign * one for one in self._rounding for sign in (1, -1))}:
            payment = f"what was paid less the change is {_text(value)}"
        if any(abs(one - value) <= self.figures.tolerance for one in self._table):
            table = f"the tax table comes to {_text(value)}"
        return Support(items, subtotal, payment, table)


def _near(value: Decimal, reached: dict[Decimal, str], tolerance: Decimal) -> str | None:
    return reached.get(value)


def _text(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")


def payments(figures: Figures) -> Iterable[Amount]:
    """Amounts of payments from top to bottom."""
    amounts = [amount for role in PAYMENTS for amount in figures.by_role.get(role, ())]
    return sorted(amounts, key=lambda amount: amount.row.index)
