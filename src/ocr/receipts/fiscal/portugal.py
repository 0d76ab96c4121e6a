"""Portugal: the QR code of invoices with the ATCUD.

Source: Autoridade Tributária e Aduaneira, "Especificações Técnicas - Código QR", version 1.1 (Portaria 195/2020)::

    A:123456789*B:999999990*C:PT*D:FS*E:N*F:20240917*G:FS A/1*H:CSDF7T5H-1*I1:PT*I7:100.00*I8:23.00*N:23.00*O:123.00*…
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from ocr.receipts.fiscal.figures import Figures, RateFigures, moment, number

#: Rates (reduced, intermediate, normal) in per cent of mainland, Azores and Madeira, and the days they are in force.
_RATES: dict[str, tuple[str, str, str]] = {
    "PT": ("6", "13", "23"),
    "PT-AC": ("4", "9", "16"),
    "PT-MA": ("5", "12", "22"),
}
#: Madeira's reduced rate became 4 % on this day, the Azores' normal rate 16 % on the other.
_MADEIRA_FOUR, _AZORES_SIXTEEN = date(2024, 10, 1), date(2021, 7, 1)


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code. Credit notes have a negative total."""
    if not re.match(r"A:\d{9}\*B:", text):
        return None
    fields = dict(part.split(":", 1) for part in text.split("*") if ":" in part)
    total, day = number(fields.get("O", "")), moment(fields.get("F", ""), "%Y%m%d")
    if total is None or day is None:
        return None
    credit = fields.get("D") == "NC"
    tax = number(fields.get("N", ""))
    rates = tuple(rate for letter in "IJK" for rate in _rates(fields, letter, day.date()))
    return Figures(
        "atcud",
        "EUR",
        total=-total if credit else total,
        tax=-tax if credit and tax is not None else tax,
        date=day.date(),
        number=fields.get("G") or None,
        tax_id=fields["A"],
        rates=() if credit else rates,
    )


def _rates(fields: dict[str, str], letter: str, day: date) -> list[RateFigures]:
    region = fields.get(letter + "1", "")
    if region not in _RATES:
        return []
    reduced, middle, normal = _RATES[region]
    if region == "PT-MA" and day >= _MADEIRA_FOUR:
        reduced = "4"
    if region == "PT-AC" and day < _AZORES_SIXTEEN:
        normal = "18"
    rates: list[RateFigures] = []
    exempt = number(fields.get(letter + "2", ""))
    if exempt:
        rates.append(RateFigures(Decimal(0), exempt, Decimal(0), exempt))
    for rate, place in ((reduced, 3), (middle, 5), (normal, 7)):
        net, tax = number(fields.get(f"{letter}{place}", "")), number(fields.get(f"{letter}{place + 1}", ""))
        if net and tax is not None:
            rates.append(RateFigures(Decimal(rate), net, tax, net + tax))
    return rates
