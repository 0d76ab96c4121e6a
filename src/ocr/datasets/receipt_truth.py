"""The annotation of a receipt as typed values: amounts as decimals, days as dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

Value = str | Decimal | date | time

#: Names in annotations, with the fields of `ocr.receipt.Receipt` that they mean.
_NAMES: Mapping[str, str] = {
    "company": "merchant.name",
    "merchant": "merchant.name",
    "address": "merchant.address",
    "phone": "merchant.phone",
    "tax_id": "merchant.tax_id",
    "website": "merchant.website",
    **{
        name: name
        for name in ("number", "date", "time", "currency", "subtotal", "discount", "service_charge")
    },
    **{name: name for name in ("tip", "rounding", "tax", "total", "paid", "change")},
}
_TEXTS = ("number", "currency")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Patterns of numeric dates, tried in this order.
_DATE_ORDERS = (
    r"(?<!\d)(?P<y>\d{4})\s?([./-])\s?(?P<m>\d{1,2})\s?\2\s?(?P<d>\d{1,2})(?!\d)",
    r"(?<!\d)(?P<d>\d{1,2})\s?([./-])\s?(?P<m>\d{1,2})\s?\2\s?(?P<y>\d{4}|\d{2})(?!\d)",
    r"(?<!\d)(?P<m>\d{1,2})\s?([./-])\s?(?P<d>\d{1,2})\s?\2\s?(?P<y>\d{4}|\d{2})(?!\d)",
    r"(?<!\d)(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})(?!\d)",
    r"(?<!\d)(?P<d>\d{2})(?P<m>\d{2})(?P<y>20\d{2})(?!\d)",
)


@dataclass(frozen=True)
class ItemTruth:
    """An annotated item with an amount.

    Attributes:
        description: its name; ``None`` if only amounts are annotated.
        amount: of the row.
    """

    description: str | None
    amount: Decimal


@dataclass(frozen=True)
class ReceiptTruth:
    """The annotation of a receipt.

    Attributes:
        fields: accepted values by path in `ocr.receipt.Receipt` (``"total"``, ``"merchant.name"``); none if the receipt
            does not have the field. Fields that are missing here are not annotated.
        items: those with amounts; ``None`` if items are not annotated.
        item_count: number of items; ``None`` if it is not annotated.
        optional_items: rows that count as items or not, such as the parts of a menu.
        unparsed: names of annotated values whose form is not known; they are not measured.
        partial: names of fields whose annotated value is a part of the printed one, such as the name of a chain.
    """

    fields: Mapping[str, tuple[Value, ...]] = field(default_factory=lambda: MappingProxyType({}))
    items: tuple[ItemTruth, ...] | None = None
    item_count: int | None = None
    optional_items: tuple[ItemTruth, ...] = ()
    unparsed: tuple[str, ...] = ()
    partial: frozenset[str] = frozenset()


def from_mapping(annotation: Mapping[str, Any]) -> ReceiptTruth | None:
    """The truth of an annotation by name.

    Args:
        annotation: such as ``{"company": …, "date": "25/12/2018", "total": "RM 9.00", "items": 3}``. ``company`` is the
            printed name, ``merchant`` a part of it; ``items`` is their number, or a list of ``{"description",
            "amount"}``. Other names and empty values are ignored.

    Returns:
        ``None`` if no name is known.
    """
    fields: dict[str, tuple[Value, ...]] = {}
    unparsed: list[str] = []
    for name, value in annotation.items():
        path = _NAMES.get(name)
        if path is None or value is None or not str(value).strip():
            continue
        parsed = _value(path, str(value))
        if parsed is None:
            unparsed.append(name)
        else:
            fields[path] = (parsed,)
    listed = annotation.get("items")
    count = listed if isinstance(listed, int) and not isinstance(listed, bool) else None
    items = _items(listed) if isinstance(listed, list) else None
    if not fields and not unparsed and count is None and items is None:
        return None
    return ReceiptTruth(
        fields,
        items,
        count if items is None else len(items),
        unparsed=tuple(unparsed),
        partial=frozenset() if "company" in annotation else frozenset({"merchant.name"} & fields.keys()),
    )


def _items(listed: Iterable[Any]) -> tuple[ItemTruth, ...]:
    items: list[ItemTruth] = []
    for one in listed:
        parsed = amount(str(one.get("amount", ""))) if isinstance(one, Mapping) else None
        if parsed is not None:
            name = one.get("description")
            items.append(ItemTruth(None if name is None else str(name), parsed))
    return tuple(items)


def _value(path: str, text: str) -> Value | None:
    if path == "date":
        return day(text)
    if path == "time":
        try:
            return time.fromisoformat(text.strip().zfill(5))
        except ValueError:
            return None
    if path in _TEXTS or path.startswith("merchant."):
        return text.strip()
    return amount(text)


def amount(text: str) -> Decimal | None:
    """Parse an amount: ``"RM 1,007.50"``, ``"99.999,99"``, ``"16,500"``, ``"(300)"``, ``"500-"``.

    A separator before exactly three final digits separates thousands, any other separates decimals.

    Returns:
        ``None`` unless there is exactly one number.
    """
    numbers = re.findall(r"\d+(?:[.,' ]\s?\d+)*", text)
    if len(numbers) != 1 or "%" in text:
        return None
    digits = re.sub(r"[' ]", "", numbers[0])
    decimals = re.fullmatch(r"(.*\d)[.,](\d{1,2}|\d{4,})", digits)
    # All other separators separate thousands: "1.234.567" has no decimals, nor has "1,234".
    whole, fraction = decimals.groups() if decimals else (digits, "")
    value = Decimal(re.sub(r"[.,]", "", whole) + (f".{fraction}" if fraction else ""))
    before, _, after = text.partition(numbers[0])
    negative = before.rstrip().endswith(("-", "(")) or after.lstrip().startswith(("-", ")")) or "-" in before
    return -value if negative and value else value


def day(text: str) -> date | None:
    """Parse a date in one of the forms of receipts, day before month if ambiguous. Two-digit years are 20xx.

    Returns:
        ``None`` if there is no date.
    """
    text = text.strip().lower()
    month_names = rf"({'|'.join(_MONTHS)})[a-z]*"
    named = re.search(rf"(\d{{1,2}})[\s./-]*{month_names}[\s./,-]*(\d{{4}}|\d{{2}})(?!\d)", text)
    if named:
        return _day(int(named[3]), _MONTHS.index(named[2]) + 1, int(named[1]))
    named = re.search(rf"{month_names}[\s./-]*(\d{{1,2}})[\s./,-]+(\d{{4}}|\d{{2}})(?!\d)", text)
    if named:
        return _day(int(named[3]), _MONTHS.index(named[1]) + 1, int(named[2]))
    for pattern in _DATE_ORDERS:
        match = re.search(pattern, text)
        parsed = _day(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
        if parsed is not None:
            return parsed
    return None


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year if year > 99 else 2000 + year, month, number)
    except ValueError:
        return None
