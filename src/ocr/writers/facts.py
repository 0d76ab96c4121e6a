"""What pages about a receipt show, as labels and texts: Markdown and HTML are made of these."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr.receipt import to_json_value

if TYPE_CHECKING:
    from ocr.document import Document, Page
    from ocr.receipt import Check, Field, Payment, Receipt, Tax

_FACTS = (
    ("Address", "merchant.address"),
    ("Phone", "merchant.phone"),
    ("Website", "merchant.website"),
    ("Tax id", "merchant.tax_id"),
    ("Date", "date"),
    ("Time", "time"),
    ("Number", "number"),
    ("Currency", "currency"),
)
_ITEM = (
    ("Item", "description"),
    ("Code", "code"),
    ("Quantity", "quantity"),
    ("Unit", "unit"),
    ("Unit price", "unit_price"),
    ("Discount", "discount"),
    ("Tax", "tax_code"),
    ("Amount", "amount"),
)
#: Labels of columns that hold numbers.
NUMBERS = frozenset({"Quantity", "Unit price", "Discount", "Amount"})
#: Name and label of the amounts between items and taxes.
SUMS = (
    ("subtotal", "Subtotal"),
    ("discount", "Discount"),
    ("service_charge", "Service charge"),
    ("tip", "Tip"),
    ("rounding", "Rounding"),
)
_STATUS = {"passed": "passed", "failed": "failed", "not_possible": "not possible"}


class Fact(NamedTuple):
    """A label, its value as text, and the field that it comes from."""

    label: str
    text: str
    field: Field[Any] | None


def title(document: Document) -> str:
    """The name of the input, without its folders."""
    return PurePath(document.source).name or document.source if document.source else "Document"


def heading(receipt: Receipt, number: int, count: int) -> str:
    """The shop, or the number of the receipt where the shop is not known."""
    if receipt.merchant.name is not None:
        return receipt.merchant.name.value
    return f"Receipt {number}" if count > 1 else "Receipt"


def text(field: Field[Any] | None) -> str:
    """A value as text; one that was not printed, or could be another, says so in brackets."""
    return "" if field is None else to_json_value(field.value) + in_brackets(notes(field))


def notes(field: Field[Any]) -> list[str]:
    """Where a value comes from if it was not printed, and which others the print allows."""
    remarks = [] if field.source == "printed" else ["from a code" if field.source == "code" else "computed"]
    if field.alternatives:
        remarks.append("or " + ", ".join(to_json_value(value) for value in field.alternatives))
    return remarks


def in_brackets(remarks: list[str]) -> str:
    """What stands behind a value; nothing where there are no remarks."""
    return f" ({'; '.join(remarks)})" if remarks else ""


def facts(receipt: Receipt) -> list[Fact]:
    """What stands above the items."""
    fields = dict(receipt.all_fields())
    return [_fact(label, fields[name]) for label, name in _FACTS if name in fields]


def items(receipt: Receipt) -> tuple[list[str], list[list[Fact]]]:
    """Columns and rows of the items; a column that no item fills is left out."""
    rows = [[_fact(label, getattr(item, name)) for label, name in _ITEM] for item in receipt.items]
    for row, item in zip(rows, receipt.items, strict=True):
        if item.void:
            row[0] = row[0]._replace(text=f"{row[0].text} (void)".strip())
    kept = [k for k in range(len(_ITEM)) if any(row[k].text for row in rows)]
    return [_ITEM[k][0] for k in kept], [[row[k] for k in kept] for row in rows]


def sums(receipt: Receipt) -> list[Fact]:
    """What stands below the items, the total among it."""
    fields = receipt.fields()
    lines = [_fact(label, fields[name]) for name, label in SUMS if name in fields]
    # The record holds what is subtracted.
    lines = [fact._replace(text=f"-{fact.text}") if _is_discount(fact) else fact for fact in lines]
    for tax in receipt.taxes:
        basis = f", net {text(tax.net)}" if tax.net else ""
        gross = f", gross {text(tax.gross)}" if tax.gross else ""
        lines.append(_fact(tax_label(tax) + basis + gross, tax.tax))
    if receipt.tax is not None:
        lines.append(_fact("Tax", receipt.tax))
    if receipt.total is not None:
        lines.append(_fact("Total", receipt.total))
    for payment in receipt.payments:
        lines.append(_fact(payment_label(payment), payment.amount))
    if receipt.paid is not None and not receipt.payments:
        lines.append(_fact("Paid", receipt.paid))
    if receipt.change is not None:
        lines.append(_fact("Change", receipt.change))
    return lines


def tax_label(tax: Tax) -> str:
    """The name of a line of the tax table, with its rate unless the name says it."""
    label = text(tax.label) or "Tax"
    return label if tax.rate is None or "%" in label else f"{label} {text(tax.rate)} %"


def payment_label(payment: Payment) -> str:
    """The method of a payment with the digits of its card, or "Paid"."""
    label = " ".join(filter(None, (text(payment.method) or "Paid", text(payment.card))))
    return label[:1].upper() + label[1:]


def checks(receipt: Receipt) -> list[tuple[str, str, str, str]]:
    """Name, result in words, figures and status of each check."""
    return [
        (check_name(check), _STATUS[check.status], check.message, check.status) for check in receipt.checks
    ]


def check_name(check: Check) -> str:
    """The name of a check in words."""
    return check.name.replace("_", " ")


def _is_discount(fact: Fact) -> bool:
    return fact.label == "Discount" and fact.field is not None and fact.field.value > 0


def _fact(label: str, field: Field[Any] | None) -> Fact:
    return Fact(label, text(field), field)


def cells(page: Page) -> list[list[list[int | None]]]:
    """The rows of each receipt on a page as cells of a table: the index of a line, or ``None`` for an empty cell.

    A row with fewer lines than the longest one keeps its last line in the last column, where amounts stand.
    """
    tables = []
    for receipt in page.receipts:
        rows = [list(page.rows[k]) for k in receipt]
        columns = max((len(row) for row in rows), default=0)
        table: list[list[int | None]] = []
        for row in rows:
            empty: list[int | None] = [None] * (columns - len(row))
            table.append([*row, *empty] if len(row) < 2 else [*row[:-1], *empty, row[-1]])
        tables.append(table)
    return tables


def printed_rows(page: Page) -> list[list[list[str]]]:
    """The texts of `cells`."""
    return [
        [["" if line is None else page.lines[line].text for line in row] for row in table]
        for table in cells(page)
    ]
