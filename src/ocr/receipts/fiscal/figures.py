"""What the payload of a fiscal code states, and how its numbers, days and links are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class RateFigures:
    """Amounts of one tax rate.

    Attributes:
        rate: in per cent; ``None`` where the payload does not say which.
        net: before tax.
        tax: of this rate.
        gross: with tax.
    """

    rate: Decimal | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    gross: Decimal | None = None


@dataclass(frozen=True)
class Figures:
    """What a fiscal code states; ``None`` where it does not say.

    Attributes:
        kind: of the payload, such as ``"rksv"``.
        currency: ISO 4217 code.
        total: with tax; negative for refunds.
        tax: sum of all taxes.
        date: day of sale, in local time.
        time: time of sale, in local time.
        number: of the receipt, as it is printed.
        tax_id: of the seller.
        merchant: name of the seller.
        rates: the tax table; amounts of 0 are left out.
    """

    kind: str
    currency: str
    total: Decimal | None = None
    tax: Decimal | None = None
    date: date | None = None
    time: time | None = None
    number: str | None = None
    tax_id: str | None = None
    merchant: str | None = None
    rates: tuple[RateFigures, ...] = ()


def number(text: str, decimal_mark: str = ".") -> Decimal | None:
    """A number such as ``"-1234.56"``, of at most 15 digits; ``None`` for anything else."""
    if not re.fullmatch(rf"[+-]?\d{{1,13}}({re.escape(decimal_mark)}\d{{1,6}})?", text):
        return None
    return Decimal(text.replace(decimal_mark, "."))


def moment(text: str, form: str) -> datetime | None:
    """A moment in a form of `datetime.strptime`; ``None`` where it is not of this form."""
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def parameters(text: str, host: str, path: str = "") -> Mapping[str, str] | None:
    """The query of a link to a host or one below it, by name; the link is only taken apart.

    Args:
        text: the link.
        host: such as ``"example.org"``; ``www.example.org`` is below it.
        path: what the path of the link begins with, letter case aside.

    Returns:
        ``None`` where it is no such link.
    """
    try:
        link = urlsplit(text)
        hostname = (link.hostname or "").lower()
        query = parse_qs(link.query, max_num_fields=20)
    except ValueError:
        return None
    if link.scheme.lower() not in ("http", "https") or not (
        hostname == host or hostname.endswith("." + host)
    ):
        return None
    if not link.path.lower().startswith(path.lower()):
        return None
    return {name.lower(): values[0].strip() for name, values in query.items()}
