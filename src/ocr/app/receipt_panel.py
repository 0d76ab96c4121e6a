"""The fields of a receipt as the viewer shows them beside the picture: texts with the lines that they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ocr.document import Document
from ocr.receipt import Check, Field, Item, Receipt, Status
from ocr.writers import facts
from ocr.writers.facts import Fact

#: A field whose confidence is below it is marked as doubtful.
_SURE = 0.8
_NOT_READ = "not printed or not read"


@dataclass(frozen=True)
class Entry:
    """A field, or a row of the items.

    Attributes:
        label: what it is.
        cells: its value, or a text for each column of the items.
        lines: indices of its lines on the page that is shown.
        notes: sentences: computed, not printed; other values; how sure; on another page.
        doubtful: its confidence is low, or the print allows another value.
        missing: it is not on the receipt; the cells say so.
        status: of the check that covers it, ``None`` without one.
        message: the sentence of that check.
    """

    label: str
    cells: tuple[str, ...]
    lines: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    doubtful: bool = False
    missing: bool = False
    status: Status | None = None
    message: str = ""


@dataclass(frozen=True)
class Panel:
    """One receipt.

    Attributes:
        title: number of the receipt where there are several, else empty.
        facts: shop, date and what else stands above the items.
        columns: headings of the items.
        numbers: which columns hold numbers.
        items: a row each, a cell a column.
        sums: what stands below the items, the total among it.
        checks: name and sentence of each check, with its status.
    """

    title: str
    facts: tuple[Entry, ...]
    columns: tuple[str, ...]
    numbers: tuple[bool, ...]
    items: tuple[Entry, ...]
    sums: tuple[Entry, ...]
    checks: tuple[Entry, ...]


def panels(document: Document, page: int) -> tuple[Panel, ...]:
    """The receipts that stand on a page, in order.

    Args:
        document: what was read.
        page: index of the page that is shown; lines of other pages are told in notes.
    """
    count = len(document.receipts)
    return tuple(
        _panel(receipt, page, f"Receipt {number} of {count}" if count > 1 else "")
        for number, receipt in enumerate(document.receipts, start=1)
        if page in receipt.pages
    )


def _panel(receipt: Receipt, page: int, title: str) -> Panel:
    columns, rows = facts.items(receipt)
    return Panel(
        title,
        tuple(_facts(receipt, page)),
        tuple(columns),
        tuple(column in facts.NUMBERS for column in columns),
        tuple(_item(item, row, page) for item, row in zip(receipt.items, rows, strict=True)),
        tuple(_sums(receipt, page)),
        tuple(
            Entry(facts.check_name(check), (words,), status=check.status, message=check.message)
            for check, (_, words, *_) in zip(receipt.checks, facts.checks(receipt), strict=True)
            if check.message
        ),
    )


def _facts(receipt: Receipt, page: int) -> Iterable[Entry]:
    name = receipt.merchant.name
    yield _entry(Fact("Shop", facts.text(name), name), page)
    others = facts.facts(receipt)
    if receipt.date is None:
        yield _entry(Fact("Date", "", None), page)
    yield from (_entry(fact, page) for fact in others)


def _sums(receipt: Receipt, page: int) -> Iterable[Entry]:
    taxes = [tax.tax for tax in receipt.taxes]
    payments = [*(payment.amount for payment in receipt.payments), receipt.paid, receipt.change]
    for fact in facts.sums(receipt):
        check: Check | None = None
        if fact.field is receipt.total:
            check = receipt.check("total")
            if receipt.currency is not None:
                fact = fact._replace(text=f"{receipt.currency.value} {fact.text}")
        elif _is_one_of(fact.field, payments):
            check = receipt.check("payments")
        elif _is_one_of(fact.field, taxes):
            check = receipt.check("taxes")
        yield _entry(fact, page, check)
    if receipt.total is None:
        yield _entry(Fact("Total", "", None), page, receipt.check("total"))


def _is_one_of(field: Field[Any] | None, fields: Sequence[Field[Any] | None]) -> bool:
    return field is not None and any(field is one for one in fields)


def _entry(fact: Fact, page: int, check: Check | None = None) -> Entry:
    status, message = (None, "") if check is None or not check.message else (check.status, check.message)
    if fact.field is None:
        # A line of the tax table without an amount is told by its label.
        text = "" if fact.label not in ("Shop", "Date", "Total") else _NOT_READ
        return Entry(fact.label, (text,), missing=True, status=status, message=message)
    text = fact.text.removesuffix(facts.in_brackets(facts.notes(fact.field)))
    return Entry(
        fact.label,
        (text,),
        _lines([fact.field], page),
        tuple(_notes(fact.field, page)),
        _is_doubtful(fact.field),
        status=status,
        message=message,
    )


def _item(item: Item, row: Sequence[Fact], page: int) -> Entry:
    fields = list(item.fields().values())
    doubtful = [fact for fact in row if fact.field is not None and _is_doubtful(fact.field)]
    notes = [f"{fact.label}: {note}" for fact in doubtful for note in _notes(fact.field, page)]
    return Entry(
        "Item", tuple(fact.text for fact in row), _lines(fields, page), tuple(notes), doubtful=bool(doubtful)
    )


def _lines(fields: Sequence[Field[Any]], page: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(line for field in fields for on, line in field.lines if on == page))


def _is_doubtful(field: Field[Any]) -> bool:
    return field.confidence < _SURE or bool(field.alternatives)


def _notes(field: Field[Any] | None, page: int) -> Iterable[str]:
    if field is None:
        return
    if field.source != "printed":
        yield "from a code, not printed" if field.source == "code" else "computed, not printed"
    yield from (note for note in facts.notes(field) if note.startswith("or "))
    if field.confidence < _SURE:
        yield f"unsure: confidence {field.confidence:.2f}"
    others = sorted({on + 1 for on, _ in field.lines if on != page})
    if others:
        yield f"on page {', '.join(map(str, others))}"
