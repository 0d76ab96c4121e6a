"""From the lines of a document to its receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ocr.document import Page
from ocr.receipt import Receipt
from ocr.receipts import (
    arithmetic,
    assemble,
    countries,
    items,
    mending,
    merchant,
    roles,
    taxes,
    totals,
    trust,
    when,
)
from ocr.receipts.mending import Alternatives, Mended
from ocr.receipts.reading import Reading
from ocr.receipts.sheet import Sheet, joined, sheets
from ocr.receipts.text import letters_and_digits


def analyse(sheet: Sheet) -> Reading:
    """Everything that is on a receipt, before anything is chosen."""
    evidence = countries.evidence(sheet)
    style = countries.style_of(sheet, evidence)
    amounts = roles.assign(sheet, evidence.active, style, evidence.primary)
    sums = frozenset(amount.value for amount in amounts if amount.role in ("total", "subtotal", "net"))
    found_items = items.find(sheet, amounts, style, evidence.active, sums)
    end = items.region(sheet, amounts)[1]
    rates = evidence.country.tax_rates if evidence.country is not None else ()
    found_taxes = taxes.find(sheet, amounts, style, end, rates)
    figures = arithmetic.figures(amounts, found_items, found_taxes, style)
    rows = frozenset(item.amount[1].index for item in found_items if item.amount)
    candidates = totals.candidates(sheet, amounts, figures, rows)
    return Reading(
        sheet,
        evidence,
        style,
        tuple(amounts),
        tuple(found_items),
        tuple(found_taxes),
        figures,
        tuple(candidates),
    )


def extract(
    pages: Sequence[Page], alternatives: Mapping[tuple[int, int], Alternatives] | None = None
) -> tuple[Receipt, ...]:
    """The receipts of a document, one for each that its pages part, in order.

    Args:
        pages: of the document.
        alternatives: other readings of lines with figures, by the indices of page and line, the likeliest first.
    """
    readings = _with_orders(joined_pages([analyse(one) for one in sheets(pages)]))
    others = alternatives or {}
    return tuple(_record(_mended(one, others), others) for one in readings)


def _mended(reading: Reading, alternatives: Mapping[tuple[int, int], Alternatives]) -> Mended:
    def again(sheet: Sheet) -> Reading:
        changed = analyse(sheet)
        return replace(changed, evidence=replace(changed.evidence, orders=reading.evidence.orders))

    return mending.dated(mending.mend(reading, alternatives, again), alternatives, again)


def _with_orders(readings: list[Reading]) -> list[Reading]:
    """Receipts with the order of dates that another receipt of the same shop leaves no choice about."""
    if len(readings) < 2:
        return readings
    shops = [_shop(one) for one in readings]
    known: dict[str, set[str]] = {}
    for shop, reading in zip(shops, readings, strict=True):
        if shop:
            known.setdefault(shop, set()).update(when.settled_orders(reading.sheet))
    return [
        replace(
            one, evidence=replace(one.evidence, orders=tuple(dict.fromkeys((*orders, *one.evidence.orders))))
        )
        if len(orders := known.get(shop, set())) == 1
        else one
        for shop, one in zip(shops, readings, strict=True)
    ]


def _shop(reading: Reading) -> str:
    """Letters and digits of the name of a shop, empty where none is read."""
    found = merchant.find(reading.sheet, reading.evidence)
    return letters_and_digits("".join(span.text for span in found.name))


def _record(mended: Mended, alternatives: Mapping[tuple[int, int], Alternatives]) -> Receipt:
    record = mending.doubted(trust.calibrated(assemble.receipt(mended)), mended.reading, alternatives)
    return assemble.with_other_date(record, mended)


def joined_pages(readings: list[Reading]) -> list[Reading]:
    """Receipts that go on on the next page as one: no total so far, and no merchant or date of its own on the next."""
    whole: list[Reading] = []
    for reading in readings:
        last = whole[-1] if whole else None
        follows = last is not None and last.sheet.pages[-1] + 1 == reading.sheet.pages[0]
        alone = sum(one.sheet.pages[0] == reading.sheet.pages[0] for one in readings) == 1
        if last is not None and follows and alone and _goes_on(last, reading):
            whole[-1] = analyse(joined(last.sheet, reading.sheet))
        else:
            whole.append(reading)
    return whole


def _goes_on(first: Reading, second: Reading) -> bool:
    if first.best is not None and first.figures.by_role.get("total"):
        return False
    dated = any(row.dates and row.index < 8 for row in second.sheet.rows)
    return bool(first.items) and not dated and bool(second.figures.by_role.get("total"))
