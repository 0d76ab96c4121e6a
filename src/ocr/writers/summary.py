"""Receipts as short summaries for a terminal: shop, day, items in columns, taxes, total and what the checks say."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ocr.writers import facts
from ocr.writers.text import escape

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.receipt import Check, Field, Item, Receipt

#: Columns of a summary, its indent included.
_WIDTH = 56
_INDENT = "  "
#: Columns of a line of a message.
_MESSAGE_WIDTH = 74
_GREEN, _RED, _DIM, _BOLD, _OFF = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
_WORDS = {"passed": "ok", "failed": "does not add up", "not_possible": "not checked"}
_SYMBOLS = {"passed": "✓", "failed": "✗", "not_possible": "–"}
_COLOURS = {"passed": _GREEN, "failed": _RED, "not_possible": _DIM}


def to_summary(document: Document, *, colour: bool = False, ascii_only: bool = False) -> str:
    """Every receipt of a document as a summary, an empty line between them, ended by a line feed.

    What is not on the receipt is left out. A value that was not printed says how it came about, one that could be
    another names the others.

    Args:
        document: what was read.
        colour: use the colours of a terminal.
        ascii_only: words in place of signs, for outputs that cannot show these.
    """
    if not document.receipts:
        count = len(document.lines)
        return f"no receipt was made out on {count} line{'' if count == 1 else 's'} of text\n"
    style = _Style(colour, ascii_only)
    return "\n".join("".join(f"{row}\n" for row in _rows(one, style)) for one in document.receipts)


class _Style:
    def __init__(self, colour: bool, ascii_only: bool) -> None:
        self._colour = colour
        self._ascii = ascii_only

    def paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_OFF}" if self._colour and text else text

    def mark(self, check: Check) -> str:
        sign = f"[{_WORDS[check.status]}]" if self._ascii else _SYMBOLS[check.status]
        return self.paint(sign, _COLOURS[check.status])

    def verdict(self, check: Check) -> str:
        """What stands behind the total: a tick, or in plain words why there is none."""
        if check.status == "passed":
            return self.mark(check)
        return self.paint(_WORDS[check.status], _COLOURS[check.status])

    @property
    def rule(self) -> str:
        return ("-" if self._ascii else "─") * (_WIDTH - len(_INDENT))

    @property
    def times(self) -> str:
        return "x" if self._ascii else "×"


def _rows(receipt: Receipt, style: _Style) -> Iterator[str]:
    yield from _head(receipt, style)
    items = [_item(item, style) for item in receipt.items]
    yield from items
    sums = list(_sums(receipt, style))
    if items and sums:
        yield _INDENT + style.rule
    yield from sums
    yield from _checks(receipt, style)


def _head(receipt: Receipt, style: _Style) -> Iterator[str]:
    merchant = receipt.merchant
    yield style.paint(_text(merchant.name) or "(shop not read)", _BOLD)
    for value in (
        _text(merchant.address),
        ", ".join(filter(None, map(_text, (merchant.phone, merchant.website)))),
    ):
        if value:
            yield value
    day = " ".join(filter(None, (_text(receipt.date), _text(receipt.time))))
    number = _text(receipt.number)
    facts = [day or "(day not read)"]
    facts += [f"No. {number}"] if number else []
    facts += [f"tax id {tax_id}"] if (tax_id := _text(merchant.tax_id)) else []
    yield "   ".join(facts)
    yield ""


def _item(item: Item, style: _Style) -> str:
    name = _text(item.description) or _text(item.code) or "(name not read)"
    amount = _text(item.amount) or "?"
    tax_code = _text(item.tax_code)
    details = []
    if item.quantity is not None and (item.quantity.value != 1 or item.unit_price is not None):
        unit = _text(item.unit)
        details.append(
            f"{_text(item.quantity)}{' ' + unit if unit else ''}"
            + (f" {style.times} {_text(item.unit_price)}" if item.unit_price is not None else "")
        )
    if item.discount is not None:
        details.append(f"less {_text(item.discount)}")
    if item.void:
        details.append("void")
    row = f"{_columns(name, '  '.join(details), amount)} {tax_code}".rstrip()
    return style.paint(row, _DIM) if item.void else row


def _sums(receipt: Receipt, style: _Style) -> Iterator[str]:
    for name, label in facts.SUMS:
        field = getattr(receipt, name)
        if field is not None:
            amount = -field.value if name == "discount" and field.value > 0 else field.value
            yield _columns(label, "", _amount(amount)) + _doubt(field)
    shown = False
    for tax in receipt.taxes:
        label = _one_line(facts.tax_label(tax))
        basis = f"on {_text(tax.net)}" if tax.net else f"in {_text(tax.gross)}" if tax.gross else ""
        if tax.tax is not None or basis:
            shown = True
            yield _columns(label, basis, _text(tax.tax) or "?")
    if receipt.tax is not None and (not shown or len(receipt.taxes) > 1):
        yield _columns("Tax", "", _text(receipt.tax)) + _doubt(receipt.tax)
    yield _total(receipt, style)
    for payment in receipt.payments:
        method = _text(payment.method) or "Paid"
        yield _columns(method[:1].upper() + method[1:], _text(payment.card), _text(payment.amount) or "?")
    if receipt.paid is not None and not receipt.payments:
        yield _columns("Paid", "", _text(receipt.paid)) + _doubt(receipt.paid)
    if receipt.change is not None:
        yield _columns("Change", "", _text(receipt.change)) + _doubt(receipt.change)


def _total(receipt: Receipt, style: _Style) -> str:
    verdict = style.verdict(receipt.check("total"))
    if receipt.total is None:
        return style.paint(_columns("Total", "", "not printed or not read"), _BOLD)
    row = _columns("Total", _text(receipt.currency), _text(receipt.total))
    return f"{style.paint(row, _BOLD)} {verdict}{_doubt(receipt.total)}"


def _checks(receipt: Receipt, style: _Style) -> Iterator[str]:
    with_message = [check for check in receipt.checks if check.message]
    if with_message:
        yield ""
    for check in with_message:
        first, *others = wrap(
            f"{_one_line(facts.check_name(check))}: {_one_line(check.message)}", _MESSAGE_WIDTH
        )
        yield f"{_INDENT}{style.mark(check)} {first}"
        for row in others:
            yield f"{2 * _INDENT}{row}"


def _columns(left: str, middle: str, right: str) -> str:
    """Three texts in a row of `_WIDTH` columns, the last one to the right; a long name takes a row of its own."""
    space = _WIDTH - len(_INDENT) - _width(right) - 2
    middle = f"  {middle}" if middle else ""
    room = space - _width(middle)
    if _width(left) <= room:
        return f"{_INDENT}{left}{' ' * (room - _width(left))}{middle}  {right}"
    return f"{_INDENT}{left}\n{_INDENT}{' ' * max(room, 0)}{middle}  {right}"


def _doubt(field: Field[Any]) -> str:
    """Why a value may be another, in brackets."""
    reasons = (
        []
        if field.source == "printed"
        else [f"from the {field.source}" if field.source == "code" else "computed"]
    )
    if field.alternatives:
        reasons.append("or " + ", ".join(_plain(value) for value in field.alternatives))
    return f" ({'; '.join(reasons)})" if reasons else ""


def _text(field: Field[Any] | None) -> str:
    if field is None:
        return ""
    doubt = "" if isinstance(field.value, (str, Decimal)) else _doubt(field)
    return _plain(field.value) + doubt


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return _amount(value)
    if isinstance(value, str):
        return _one_line(value)
    if hasattr(value, "hour"):
        return str(value.isoformat("seconds" if value.second else "minutes"))
    return str(value.isoformat())


def _amount(value: Decimal) -> str:
    return format(value, "f")


def _one_line(text: str) -> str:
    return " ".join(escape(text).split())


def _width(text: str) -> int:
    """Columns of a terminal: wide letters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
