"""From the lines of a document to its receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ocr.document import Page
from ocr.receipt import Receipt
from ocr.receipts import arithmetic, assemble, countries, items, roles, taxes, totals
from ocr.receipts.reading import Reading
from ocr.receipts.sheet import Sheet, sheets

#: Other readings of a line with the logarithms of their odds against the reading itself.
Alternatives = Sequence[tuple[str, float]]


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
    return tuple(assemble.receipt(analyse(one)) for one in sheets(pages))
