"""What each row of a receipt is about: total, tax, payment, the head of the table of items, and so on."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from ocr.receipts import labels, money
from ocr.receipts.money import Number, Style
from ocr.receipts.sheet import Row, Sheet

#: Kinds of labels that stand before amounts; the first that a row holds decides, with the exceptions of `_resolve`.
_ORDER = (
    "change",
    "rounding",
    "tip",
    "saving",
    "points",
    "average",
    "discount",
    "service",
    "subtotal",
    "total",
    "tax",
    "net",
    "gross",
    "count",
    "balance",
    "deposit",
    "cash",
    "card",
    "voucher",
    "paid",
)
_STRONG = frozenset(_ORDER)
PAYMENTS = frozenset({"cash", "card", "voucher", "paid"})
#: Roles of rows below the items.
SUMMARY = frozenset(
    {
        "subtotal",
        "total",
        "tax",
        "net",
        "gross",
        "rounding",
        "service",
        "tip",
        "change",
        "count",
        "saving",
        *PAYMENTS,
    }
)
_HEADERS = frozenset(
    {"header_name", "header_quantity", "header_price", "header_amount", "header_discount", "header_tax"}
)
#: Labels of what is neither an amount nor an item.
INFORMATION = (
    "date",
    "time",
    "number",
    "other_number",
    "phone",
    "fax",
    "tax_id",
    "company_id",
    "title",
    "thanks",
    "points",
    "due_date",
)
#: Share of a row that labels of another language must cover, and that those of its own must.
_ALONE, _ENOUGH = 0.9, 0.55
#: Share that labels of a payment must cover where other words stand before them.
_PAYMENT = 0.75
#: Amounts that can have one or two digits where amounts have no decimals.
_CAN_BE_SMALL = frozenset({"tax", "rounding", "change", "discount", "tip", "service", "deposit"})
#: Labels that stand beside no value.
_UNLABELLED = frozenset({"street", "company", "unit", "arrival"})
#: Share of a sum that the tax in it has at most.
_TAX_AT_MOST = Decimal("0.3")
#: Share of the largest amount that a rounding can be, where it is more than 1.
_ROUNDING_AT_MOST = Decimal("0.02")
#: Confidence of lines that hold noise beside print.
_NOISE = 0.45
#: Heads of columns of a tax table.
_OF_TAXES = frozenset({"tax", "net", "gross", "excluding", "including"})
#: The tax of a group in Hungary: ``C00 27%: 1 995``.
_TAX_GROUP = re.compile(r"[A-E]00 ?\d{1,2} ?% ?:?(?=\s)")
_SIGN = re.compile("|".join(re.escape(sign) for sign in money.SIGNS))


@dataclass(frozen=True)
class Amount:
    """An amount of money on a receipt.

    Attributes:
        row: where it stands.
        number: the print.
        value: what it means.
        left, right: pixels.
        last: whether no other amount stands right of it.
        label_row: the row that has its label; its own, or the one above or below where that has no amount.
    """

    row: Row
    number: Number
    value: Decimal
    left: float
    right: float
    last: bool
    label_row: Row

    @property
    def role(self) -> str:
        """The role of the row with its label."""
        return self.label_row.role


def kinds(row: Row, languages: frozenset[str], before: int | None = None) -> Set[str]:
    """Kinds of the labels of a row, those that start before a place in its text."""
    if before is None:
        return row.kinds_of(languages)
    own = row.labels_of(languages)
    return {kind for label in own if label.start < before for _, kind in label.kinds}


def assign(
    sheet: Sheet, languages: frozenset[str], style: Style, primary: frozenset[str] | None = None
) -> list[Amount]:
    """Give every row its role, and return the amounts from top to bottom, left to right.

    Args:
        sheet: the receipt.
        languages: whose labels count.
        style: how amounts are printed.
        primary: the languages that the receipt is written in; labels of others count where they fill a row.
    """
    primary = languages if primary is None else primary
    everything = frozenset(labels.languages())
    for row in sheet.rows:
        role, covered = _role(row, primary, style)
        if not role and primary != everything and row.labels:
            other, by_all = _role(row, languages, style)
            if not (other and by_all >= _ALONE) and _one_meaning(row):
                other, by_all = _role(row, everything, style)
            if by_all >= _ALONE:
                role, covered = other, by_all
        row.role, row.covered = role, covered
    _discounts_of_two_rows(sheet, style)
    _reductions(sheet, style)
    _balances(sheet)
    _roundings(sheet, style)
    _totals_with_tax(sheet, languages, style)
    amounts: list[Amount] = []
    for row in sheet.rows:
        numbers = row.money(style) or small(row, style)
        label_row = _label_row(sheet, row, languages, style) if numbers else row
        for number in numbers:
            left, right = row.span(number.start, number.end)
            amounts.append(
                Amount(row, number, number.value(style), left, right, number is numbers[-1], label_row)
            )
    return amounts


def small(row: Row, style: Style) -> list[Number]:
    """An amount of one or two digits where amounts have no decimals: only a label beside it tells it from a count."""
    last = row.numbers[-1:] if not style.decimal and row.role in _CAN_BE_SMALL else ()
    return [
        n
        for n in last
        if n.whole and len(n.text) <= 2 and not (n.percent or n.code or n.unit or n.times)
        and not any(c.isalnum() for c in row.text[n.end :])
    ]  # fmt: skip


def _role(row: Row, languages: frozenset[str], style: Style) -> tuple[str, float]:
    if _TAX_GROUP.match(row.text) and row.money(style):
        return "tax", 1.0
    if not row.labels_of(languages):
        return "date" if row.dates and not row.money(style) else "", 0.0
    label_kinds = row.kinds_of(languages)
    covered = coverage(row, languages)
    amounts = row.money(style)
    if not row.numbers and _is_header(row, label_kinds, covered, languages):
        return "header", covered
    if (
        not row.numbers
        and covered >= 0.6
        and _columns(row, languages, _OF_TAXES) >= 2
        and "tax" in label_kinds
    ):
        return "tax_table", covered
    if "tax_table" in label_kinds and (covered >= 0.4 or not amounts):
        return "tax_table", covered
    role = _resolve(row, label_kinds, languages, amounts)
    leading = _leading(row, languages)
    fits = covered >= _ENOUGH or bool(leading & set(_ORDER))
    if role in PAYMENTS and amounts and covered < _PAYMENT and not _opens(row, languages):
        fits = False  # "SAVON LIQUIDE" is no cash
    if role and fits and _begins(row, languages):
        return role, covered
    role = _of_cell(row, languages, amounts) or _before_amount(row, languages, amounts)
    if role:
        return role, covered
    if "void" in label_kinds and covered >= 0.4:
        return "void", covered
    if "refund" in label_kinds and covered >= 0.6:
        return "refund", covered
    if amounts and not any(label.exact for label in row.labels_of(languages)):
        return "", covered
    if amounts and all(label.end - label.start < 2 for label in row.labels_of(languages)):
        return "", covered  # the letter of a tax behind an amount is no label
    for kind in INFORMATION:
        enough = 0.8 if amounts else 0.45
        if kind in label_kinds and (covered >= enough or kind in leading):
            return kind, covered
    if row.dates:
        return "date", covered
    return "", covered


def _is_header(row: Row, label_kinds: Set[str], covered: float, languages: frozenset[str]) -> bool:
    """Whether a row without numbers is the head of the table of items."""
    if len(label_kinds & _HEADERS) >= 2 and covered >= 0.6 and _columns(row, languages) >= 2:
        return True
    # "TOTAL" and "QTY" side by side are two heads, whatever they mean together.
    heads = [_only_heads(cell.text, languages) for cell in row.cells]
    return sum(heads) >= 2 and sum(heads) >= len(heads) - 1


@lru_cache(maxsize=4096)
def _only_heads(text: str, languages: frozenset[str]) -> bool:
    """Whether a text is made of words that stand above columns."""
    letters = sum(map(str.isalpha, text))
    heads = [
        label
        for label in labels.find(text, languages)
        if label.exact and any(kind in _HEADERS for _, kind in label.kinds)
    ]
    inside = sum(sum(map(str.isalpha, text[label.start : label.end])) for label in heads)
    return bool(letters) and inside >= 0.8 * letters


def _of_cell(row: Row, languages: frozenset[str], amounts: list[Number]) -> str:
    """The role that a cell of the row has by itself, where other cells hold something else."""
    if len(row.cells) < 2 or not amounts:
        return ""
    for cell in row.cells:
        end = cell.start + len(cell.text)
        if cell.start > amounts[-1].start:
            break
        letters = sum(c.isalpha() for c in cell.text)
        inside = [
            lb for lb in row.labels_of(languages) if lb.start >= cell.start and lb.end <= end and lb.exact
        ]
        covered = sum(lb.end - lb.start for lb in inside if lb.end - lb.start >= 4)
        label_kinds = {kind for lb in inside for _, kind in lb.kinds}
        if letters >= 4 and covered >= 0.9 * letters and label_kinds & SUMMARY:
            return _resolve(row, label_kinds, languages, amounts)
    return ""


def _before_amount(row: Row, languages: frozenset[str], amounts: list[Number]) -> str:
    """The role of a label right before the amount, behind text that is hardly read, such as the back of the paper."""
    if not amounts:
        return ""
    for label in row.labels_of(languages):
        own = {kind for _, kind in label.kinds}
        between = _SIGN.sub("", row.text[label.end : amounts[-1].start])
        noise = row.confidence(label.start, label.end) < _NOISE
        if (
            noise
            and label.exact
            and label.end - label.start >= 5
            and own & {"total"}
            and not any(map(str.isalpha, between))
        ):
            return "total"
    return ""


def _one_meaning(row: Row) -> bool:
    """Whether every label of the row is exact and of one kind in all languages."""
    return bool(row.labels) and all(
        label.exact
        and label.end - label.start >= 3
        and len({kind for _, kind in label.kinds} - _HEADERS) == 1
        for label in row.labels
    )


def _discounts_of_two_rows(sheet: Sheet, style: Style) -> None:
    """``DISC ITEM -30%`` above ``AMOUNT -7,800``: a negative amount below a discount is its amount."""
    for above, row in pairwise(sheet.rows):
        numbers = row.money(style)
        alone = above.role == "discount" and not above.money(style)
        if alone and numbers and numbers[-1].negative and row.role in ("total", ""):
            row.role = "discount"


def _reductions(sheet: Sheet, style: Style) -> None:
    """What is taken off between a subtotal and a total is a discount, whatever it is called: ``3 for 2   -38,66``."""
    between: list[Row] | None = None
    for row in sheet.rows:
        numbers = row.money(style)
        if row.role == "subtotal" and numbers:
            between = []
        elif row.role == "total":
            for one in between or ():
                one.role = "discount"
            between = None
        elif not row.role and between is not None and numbers and numbers[-1].negative:
            between.append(row)


def _totals_with_tax(sheet: Sheet, languages: frozenset[str], style: Style) -> None:
    """A total with tax that is a small part of the largest sum is the tax in it."""
    last: dict[int, Decimal] = {}
    for row in sheet.rows:
        numbers = row.money(style)
        if numbers and row.role in SUMMARY:
            last[row.index] = numbers[-1].value(style)
    largest = max(last.values(), default=Decimal(0))
    for index, value in last.items():
        row = sheet.rows[index]
        taxed = row.kinds_of(languages) & {"tax", "gross"} and _says(row, "including", languages)
        if row.role == "total" and taxed and value < largest * _TAX_AT_MOST:
            row.role = "tax"


def _balances(sheet: Sheet) -> None:
    """A balance or a refund below a payment is the change, another balance is what is to be paid."""
    paid = False
    for row in sheet.rows:
        if row.role == "balance":
            row.role = "change" if paid else "total"
        elif row.role == "refund" and paid and row.numbers:
            row.role = "change"
        paid = paid or (row.role in ("cash", "paid") and bool(row.numbers))


def _roundings(sheet: Sheet, style: Style) -> None:
    """What is called a rounding and is no small part of the largest amount is something else."""
    values = [abs(number.value(style)) for row in sheet.rows for number in row.money(style)]
    most = max(values, default=Decimal(0)) * _ROUNDING_AT_MOST
    for row in sheet.rows:
        numbers = row.money(style) if row.role == "rounding" else []
        if numbers and abs(numbers[-1].value(style)) > max(most, Decimal(1)):
            row.role = ""


def _columns(row: Row, languages: frozenset[str], of: frozenset[str] = _HEADERS) -> int:
    """Labels of a head that stand apart from each other."""
    return sum(1 for label in row.labels_of(languages) if any(kind in of for _, kind in label.kinds))


def _resolve(row: Row, label_kinds: Set[str], languages: frozenset[str], amounts: list[Number]) -> str:
    strong = label_kinds & _STRONG
    if not strong:
        return ""
    if "change" in strong:
        return "change"
    including, excluding = _says(row, "including", languages), _says(row, "excluding", languages)
    if including and strong & {"tax", "gross"} and _says(row, "total", languages):
        # "TOTAL (GST INCL)": `_totals_with_tax` tells it from "total tax included".
        return "total"
    if "total" in strong and "net" in strong and excluding:
        return "net"
    if "net" in strong and excluding:
        return "net"
    if "count" in strong:
        # "Total Qty 3" counts; "Total (3 items) 12.50" is a total with a count.
        money_like = [n for n in amounts if not n.whole or len(n.text) > 3]
        counts = [
            n
            for n in row.numbers
            if (n.whole and len(n.text) <= 3) or (n.decimals and n.text.strip("0").endswith("."))
        ]
        if not money_like:
            return "count" if counts or not row.numbers else ""
        if counts and strong == {"count"}:
            return "subtotal"
        if "subtotal" in strong:
            return "subtotal"
        if "total" in strong or any(
            "TOTAL" in row.text[lb.start : lb.end].upper() for lb in row.labels_of(languages)
        ):
            return "total"
    if "rounding" in strong and "total" not in strong:
        return "rounding"
    if "total" in strong and "tax" in strong and not including:
        exact = {kind for label in row.labels_of(languages) for _, kind in label.kinds}
        return "tax" if "gross" not in exact else "total"
    if "total" in strong and strong & {"discount", "saving"}:
        return "discount" if "discount" in strong else "saving"
    if "total" in strong and excluding and "tax" in label_kinds:
        return "net"
    if "total" in strong and strong & {"service", "tip"} and "subtotal" not in strong:
        return "service" if "service" in strong else "tip"
    if "net" in strong and "total" in strong:
        return "total"
    for kind in _ORDER:
        if kind in strong:
            return kind
    return ""


def _begins(row: Row, languages: frozenset[str]) -> bool:
    """Whether a label with a wrong letter stands before all numbers; an exact one may stand anywhere."""
    own = row.labels_of(languages)
    first = min((number.start for number in row.numbers), default=len(row.text))
    return any(label.exact or label.start < first for label in own)


def _opens(row: Row, languages: frozenset[str]) -> bool:
    """Whether the row begins with a label."""
    return any(
        not any(c.isalpha() for c in row.text[: label.start]) for label in row.labels_of(languages)[:1]
    )


def _says(row: Row, kind: str, languages: frozenset[str]) -> bool:
    """Whether a word of the row has a meaning by itself."""
    return kind in row.word_kinds_of(languages)


def coverage(row: Row, languages: frozenset[str]) -> float:
    """Share of the letters of a row, outside of its amounts, that belong to labels of these languages."""
    share = row.coverage.get(languages)
    if share is None:
        share = row.coverage[languages] = _coverage(row, languages)
    return share


def _coverage(row: Row, languages: frozenset[str]) -> float:
    text = row.text
    letters = list(map(str.isalpha, text))
    for number in row.numbers:
        letters[number.start : number.end] = [False] * (number.end - number.start)
    own = row.labels_of(languages)
    for match in _SIGN.finditer(text):
        labelled = any(label.start <= match.start() and match.end() <= label.end for label in own)
        if not labelled and _alone(text, *match.span()):
            letters[match.start() : match.end()] = [False] * (match.end() - match.start())
    total = sum(letters)
    inside = sum(
        sum(letters[label.start : label.end])
        for label in own
        if any(kind not in _UNLABELLED for _, kind in label.kinds)
    )
    return inside / total if total else 0.0


def _alone(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalpha() or text[end : end + 1].isalpha())


def _leading(row: Row, languages: frozenset[str]) -> set[str]:
    """Kinds of an exact label at the beginning of the row that a colon or a column follows."""
    for label in row.labels_of(languages)[:1]:
        begins = not any(c.isalnum() for c in row.text[: label.start])
        behind = row.text[label.end :].lstrip(" .#)")
        if begins and label.exact and label.end - label.start >= 2 and behind[:1] in (":", "\t", "="):
            return {kind for _, kind in label.kinds}
    return set()


def _label_row(sheet: Sheet, row: Row, languages: frozenset[str], style: Style) -> Row:
    """The row with the label of the amounts of a row."""
    if row.role or named(row) or any(number.times for number in row.numbers):
        return row
    for other in (row.index - 1, row.index + 1):
        if 0 <= other < len(sheet.rows):
            near = sheet.rows[other]
            close = min(abs(near.top - row.bottom), abs(row.top - near.bottom)) < 1.2 * sheet.height
            if (
                close
                and near.covered >= _ALONE
                and near.role in SUMMARY | {"discount"}
                and not near.money(style)
            ):
                return near
    return row


def named(row: Row) -> bool:
    """Whether a row has words beside its numbers, units of quantities and prices left out."""
    text = row.text
    for number in reversed(row.numbers):
        text = text[: number.start] + " " + text[money.end_of(number, text) :]
    text = _SIGN.sub(" ", text)
    return sum(map(str.isalpha, text)) >= 3
