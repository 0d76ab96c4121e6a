"""Taxes of a receipt: the lines of its tax table, and taxes that are printed among the sums."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ocr.receipts.money import Number, Style
from ocr.receipts.roles import Amount
from ocr.receipts.sheet import Row, Sheet
from ocr.receipts.text import upper

_RATE = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?) ?%|%\s?(\d{1,2}(?:[.,]\d{1,2})?)(?!\d)")
_TWO = Decimal("0.01")
#: Share of a total that its taxes have at most.
_MOST_TAX = Decimal("0.3")
Money = tuple[Decimal, Number]


@dataclass
class FoundTax:
    """A line about a tax.

    Attributes:
        row: where it stands.
        label: what is printed before the figures.
        rate: per cent and its text.
        net, tax, gross: amounts with their print.
        in_table: whether it is a line of a table with net or gross amounts.
        sum_row: whether it sums the lines of the table.
    """

    row: Row
    label: str
    rate: tuple[Decimal, str] | None
    net: Money | None
    tax: Money | None
    gross: Money | None
    in_table: bool
    sum_row: bool = False


def find(
    sheet: Sheet, amounts: Sequence[Amount], style: Style, after: int, rates: Sequence[str] = ()
) -> list[FoundTax]:
    """The lines about taxes below the items.

    Args:
        sheet: the receipt, with roles.
        amounts: its amounts.
        style: how amounts are printed.
        after: first row below the items.
        rates: rates that are usual in the country, in per cent.
    """
    by_row: dict[int, list[Amount]] = {}
    for amount in amounts:
        if amount.row.index >= after:
            by_row.setdefault(amount.row.index, []).append(amount)
    usual = [Decimal(rate) for rate in rates]
    lines: list[FoundTax] = []
    table = False
    for row in sheet.rows[after:]:
        here = by_row.get(row.index, [])
        if row.role in ("tax_table",) or (row.role == "header" and row.index > after):
            table = True
        figures = [(amount.value, amount.number) for amount in here]
        rate = rate_of(row, style)
        in_table = False
        if len(figures) >= 2 and (table or rate or row.role == "tax"):
            match = _columns(figures, rate[0] if rate else None, usual)
            if match:
                net, tax, gross = match
                in_table = True
                summed = any(kind == "total" for label in row.labels for _, kind in label.kinds)
                sums = bool(lines) and rate is None and (summed or row.role in ("total", "subtotal"))
                sums = sums or (rate is None and _sums(lines, net, tax))
                lines.append(FoundTax(row, _label(row), rate, net, tax, gross, True, sums))
        if not in_table and row.role == "tax" and figures:
            lines.append(FoundTax(row, _label(row), rate, None, figures[-1], None, False))
        if row.role in ("thanks",) and table and not in_table:
            table = False
    return lines


def rate_of(row: Row, style: Style) -> tuple[Decimal, str] | None:
    """The rate in per cent that a row prints."""
    match = _RATE.search(row.text)
    if not match:
        return None
    text = match.group(1) or match.group(2)
    value = Decimal(text.replace(",", "."))
    return (value, match.group().strip()) if value <= 40 else None


def _columns(
    figures: list[Money], rate: Decimal | None, usual: Sequence[Decimal]
) -> tuple[Money | None, Money, Money | None] | None:
    """Net, tax and gross among the amounts of a row, by net + tax = gross or by the rate."""
    for a, b, c in ((0, 1, 2), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 1, 0), (2, 0, 1)):
        if len(figures) >= 3:
            last = figures[-3:]
            net, tax, gross = last[a], last[b], last[c]
            if net[0] + tax[0] == gross[0] and abs(tax[0]) <= abs(net[0]) and (net[0] or gross[0]):
                return net, tax, gross
    for rates in ([rate] if rate is not None else [], usual):
        for one in rates:
            pair = _by_rate(figures, one)
            if pair:
                return pair
        if rate is not None:
            break
    if len(figures) >= 2 and all(value == 0 for value, _ in figures[-2:]):
        return figures[-2], figures[-1], None
    return None


def _by_rate(figures: list[Money], rate: Decimal) -> tuple[Money | None, Money, Money | None] | None:
    for k, (value, _) in enumerate(figures):
        for j, (other, number) in enumerate(figures):
            if j == k or not value or not other or not rate:
                continue
            whole = value == value.to_integral() and other == other.to_integral() and number.decimals != 2
            step = Decimal(1) if whole else _TWO
            if abs((value * rate / 100).quantize(step, ROUND_HALF_UP) - other) <= (
                step if whole else 2 * step
            ):
                return figures[k], figures[j], None
            if abs((value * rate / (100 + rate)).quantize(step, ROUND_HALF_UP) - other) <= step:
                return None, figures[j], figures[k]
    return None


def _sums(lines: list[FoundTax], net: Money | None, tax: Money) -> bool:
    rows = [one for one in lines if one.in_table and not one.sum_row]
    return len(rows) >= 1 and sum((one.tax[0] for one in rows if one.tax), Decimal(0)) == tax[0]


def _label(row: Row) -> str:
    first = min((number.start for number in row.numbers if not number.percent), default=len(row.text))
    return row.text[:first].replace("\t", " ").strip(" :.=@-")


def parts(
    lines: Sequence[FoundTax],
    single: Sequence[Amount],
    totals: Sequence[Decimal],
    subtotals: Sequence[Decimal],
    style: Style,
) -> list[Amount]:
    """Taxes of several kinds or rates that are printed one by one without a sum; empty where they are not.

    Args:
        lines: about taxes.
        single: amounts of tax beside a table.
        totals: amounts that are labelled a total.
        subtotals: amounts before taxes.
        style: how amounts are printed.
    """
    if len(single) < 2 or any(one.sum_row for one in lines):
        return []
    rates = [rate_of(amount.row, style) for amount in single]
    names = {(rate and rate[0], _name(amount)) for rate, amount in zip(rates, single, strict=True)}
    if len(names) < len(single):
        return []
    value = sum((amount.value for amount in single), Decimal(0))
    if any(value == total - base for total in totals for base in subtotals):
        return list(single)
    largest = max(totals, default=Decimal(0))
    return list(single) if all(rates) and value < largest * _MOST_TAX else []


def _name(amount: Amount) -> str:
    """The letters before an amount of tax."""
    return "".join(c for c in upper(amount.row.text[: amount.number.start]) if c.isalpha())
