"""Receipts as transactions of beancount, the plain-text accounting language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ocr.writers.text import escape

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.receipt import Receipt

_PAID_WITH = {"cash": "Assets:Cash"}
_PAID = "Assets:Receipts"
_BOUGHT = "Expenses:Receipts"
_CURRENCY = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]")


def to_beancount(document: Document) -> str:
    """A transaction for each receipt whose day, total and currency are known, a comment for each other one.

    Transactions are flagged ``*`` where the check of the total passed, else ``!``. Items are postings to
    ``Expenses:Receipts`` where they add up to the total; otherwise the total is one posting.
    """
    parts = ["\n".join(_entry(document, receipt)) + "\n" for receipt in document.receipts]
    return "\n".join(parts) or f"; {_comment(document.source or 'document')}: no receipt was made out\n"


def _entry(document: Document, receipt: Receipt) -> Iterator[str]:
    source = document.source or ""
    lacking = [name for name in ("date", "total", "currency") if getattr(receipt, name) is None]
    if receipt.date is None or receipt.total is None or receipt.currency is None:
        yield f"; {_comment(source or 'document')}: no transaction, {', '.join(lacking)} not known"
        return
    currency = receipt.currency.value
    if not _CURRENCY.fullmatch(currency):
        yield f"; {_comment(source or 'document')}: no transaction, {_comment(currency)} is no currency of beancount"
        return
    total = receipt.total.value
    flag = "*" if receipt.check("total").status == "passed" else "!"
    name = _string(receipt.merchant.name.value if receipt.merchant.name else "")
    number = _string(f"No. {receipt.number.value}" if receipt.number else "")
    yield f"{receipt.date.value.isoformat()} {flag} {name} {number}"
    if source:
        yield f"  source: {_string(source)}"
    if receipt.time is not None:
        yield f"  time: {_string(receipt.time.value.isoformat())}"
    amounts = [item.amount for item in receipt.items if not item.void]
    complete = bool(amounts) and all(amount is not None for amount in amounts)
    if complete and sum((amount.value for amount in amounts if amount is not None), Decimal(0)) == total:
        for item in receipt.items:
            if item.void or item.amount is None:
                continue
            yield f"  {_BOUGHT}  {item.amount.value:f} {currency}"
            if item.description is not None:
                yield f"    item: {_string(item.description.value)}"
    else:
        yield f"  {_BOUGHT}  {total:f} {currency}"
    method = receipt.payments[0].method if len(receipt.payments) == 1 else None
    account = _PAID if method is None else _PAID_WITH.get(method.value, _PAID)
    yield f"  {account}  {-total:f} {currency}"


def _string(text: str) -> str:
    plain = " ".join(escape(text).split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _comment(text: str) -> str:
    return " ".join(escape(text).split())
