"""Croatia: the QR code of fiscalised receipts.

Source: Pravilnik o fiskalizaciji u prometu gotovinom, articles 18.a to 18.c; Porezna uprava, "Tehnička specifikacija za
korisnike", chapter on the QR code. ``izn`` is the total in cents without a mark; with a comma before decimals in tills
of earlier versions::

    https://porezna.gov.hr/rn?jir=9d6f5bb6-da48-4fcd-a803-4586a025e0e4&datv=20240917_1842&izn=1660
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from ocr.receipts.fiscal.figures import Figures, moment, number, parameters

#: The kuna was replaced on this day.
_EURO_FROM = date(2023, 1, 1)


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code."""
    fields = parameters(text, "porezna.gov.hr", "/rn") or parameters(text, "porezna-uprava.hr", "/rn")
    if fields is None or not ("jir" in fields or "zki" in fields):
        return None
    when, total = moment(fields.get("datv", ""), "%Y%m%d_%H%M"), _total(fields.get("izn", ""))
    if when is None or total is None:
        return None
    currency = "EUR" if when.date() >= _EURO_FROM else "HRK"
    return Figures("fiskalizacija", currency, total=total, date=when.date(), time=when.time())


def _total(text: str) -> Decimal | None:
    if re.fullmatch(r"-?\d{1,12}", text):
        return Decimal(text) / 100
    return number(text, ",") or number(text)
