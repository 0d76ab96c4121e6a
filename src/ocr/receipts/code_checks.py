"""Fiscal codes against the print: figures that agree pass a check, others fail it, and both are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np

from ocr.document import Page
from ocr.receipt import Check, Code, Field, Receipt, Status, Tax, to_json_value
from ocr.receipts import fiscal
from ocr.receipts.fiscal import Figures

V = TypeVar("V")

#: Probability that a figure of a fiscal code is right, and that of a printed one that it confirms.
_CODE_CONFIDENCE, _CONFIRMED = 0.99, 0.999
#: A printed figure that a fiscal code contradicts is at most this likely.
_CONTRADICTED = 0.5


def with_codes(
    receipts: Sequence[Receipt], pages: Sequence[Page], codes: Sequence[Code]
) -> tuple[Receipt, ...]:
    """The receipts of a document with its codes, and with what their figures confirm, add or contradict.

    Args:
        receipts: of the document.
        pages: of the document.
        codes: of all pages. Codes of a page without a receipt make one.
    """
    owned: dict[int, list[Code]] = {}
    all_receipts = list(receipts)
    for code in codes:
        owner = _owner(code, all_receipts, pages)
        if owner is None:
            all_receipts.append(Receipt(pages=(code.page,)))
            owner = len(all_receipts) - 1
        owned.setdefault(owner, []).append(code)
    for owner, mine in owned.items():
        all_receipts[owner] = _with(
            replace(all_receipts[owner], codes=(*all_receipts[owner].codes, *mine)), mine
        )
    return tuple(all_receipts)


def _owner(code: Code, receipts: Sequence[Receipt], pages: Sequence[Page]) -> int | None:
    """The receipt on which a code stands: of several on one page the nearest."""
    there = [k for k, receipt in enumerate(receipts) if code.page in receipt.pages]
    parts = pages[code.page].receipts if code.page < len(pages) else ()
    if len(there) < 2 or len(there) != len(parts):
        return there[0] if there else None
    page, centre = pages[code.page], code.polygon.mean(axis=0)

    def distance(part: int) -> float:
        lines = [page.lines[k].polygon for row in parts[part] for k in page.rows[row]]
        points = np.concatenate(lines)
        low, high = points.min(axis=0), points.max(axis=0)
        return float(np.hypot(*np.maximum(0, np.maximum(low - centre, centre - high))))

    return there[min(range(len(parts)), key=distance)]


def _with(receipt: Receipt, codes: Sequence[Code]) -> Receipt:
    figures = next((parsed for code in codes if (parsed := fiscal.parse(code.text)) is not None), None)
    if figures is None:
        return receipt
    checks = list(receipt.checks)
    changes: dict[str, Any] = {
        "total": _agreed("total", receipt.total, figures.total, checks),
        "tax": _agreed("tax", receipt.tax, figures.tax, checks),
        "date": _agreed("date", receipt.date, figures.date, checks),
        "time": receipt.time or _of_code(figures.time),
        "number": receipt.number or _of_code(figures.number),
        "currency": receipt.currency or _of_code(figures.currency),
        "taxes": receipt.taxes or _taxes(figures),
        "merchant": replace(
            receipt.merchant,
            tax_id=_agreed("tax_id", receipt.merchant.tax_id, figures.tax_id, checks),
            name=receipt.merchant.name or _of_code(figures.merchant),
        ),
    }
    return replace(receipt, **changes, checks=_with_total(checks, receipt, figures))


def _agreed(name: str, printed: Field[Any] | None, stated: Any, checks: list[Check]) -> Field[Any] | None:
    """A field after a code stated its value; the check ``code_NAME`` says whether both agree."""
    if stated is None:
        return printed
    if printed is None:
        return _of_code(stated)
    if printed.source == "computed":
        # A sum of items is no print: the code says what it should be.
        agree = _same(printed.value, stated)
        checks.append(_check(name, agree, stated, printed.value, "the sum"))
        others = () if agree else (printed.value,)
        return Field(stated, "", _CONFIRMED if agree else _CODE_CONFIDENCE, printed.lines, "code", others)
    match = next((v for v in (printed.value, *printed.alternatives) if _same(v, stated)), None)
    if match is not None:
        checks.append(_check(name, True, stated, match, "the print"))
        others = () if match == printed.value else (printed.value,)
        return replace(
            printed, value=match, confidence=max(printed.confidence, _CONFIRMED), alternatives=others
        )
    checks.append(_check(name, False, stated, printed.value, "the print"))
    return replace(
        printed,
        confidence=min(printed.confidence, _CONTRADICTED),
        alternatives=(stated, *printed.alternatives),
    )


def _same(printed: Any, stated: Any) -> bool:
    if isinstance(stated, Decimal):
        # Refunds stand on some receipts without a sign.
        return bool(abs(printed) == abs(stated))
    if isinstance(stated, str):
        # Of a tax number one of the two may have its country in front.
        short, long = sorted((_plain(printed), _plain(stated)), key=len)
        return bool(short) and long.endswith(short)
    return bool(printed == stated)


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _of_code(value: V | None) -> Field[Any] | None:
    return None if value is None else Field(value, "", _CODE_CONFIDENCE, source="code")


def _check(name: str, agree: bool, stated: Any, other: Any, what: str) -> Check:
    status: Status = "passed" if agree else "failed"
    return Check(
        f"code_{name}", status, f"the fiscal code says {to_json_value(stated)}, {what} {to_json_value(other)}"
    )


def _with_total(checks: Sequence[Check], receipt: Receipt, figures: Figures) -> tuple[Check, ...]:
    """The checks; that of the total counts the code, which is evidence of its own, where there is another total."""
    code_check = next((check for check in checks if check.name == "code_total"), None)
    if code_check is None or receipt.total is None or figures.total is None:
        return tuple(checks)
    return tuple(
        replace(check, status=code_check.status, message=_joined(check, code_check))
        if check.name == "total" and check.status != code_check.status
        else check
        for check in checks
    )


def _joined(check: Check, code_check: Check) -> str:
    return f"{code_check.message}; {check.message}" if check.message else code_check.message


def _taxes(figures: Figures) -> tuple[Tax, ...]:
    return tuple(
        Tax(rate=_of_code(one.rate), net=_of_code(one.net), tax=_of_code(one.tax), gross=_of_code(one.gross))
        for one in figures.rates
    )
