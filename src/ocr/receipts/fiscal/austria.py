"""Austria: the machine-readable code of the Registrierkassensicherheitsverordnung (RKSV).

Source: RKSV, annex, detail specifications, no. 10 and 12 (BGBl. II Nr. 410/2015)::

    _R1-AT1_KASSE-1_83469_2024-09-17T18:42:00_11,40_5,20_0,00_0,00_0,00_turnover_certificate_previous_signature

The five amounts are gross, of the normal rate, the first and second reduced rate, zero, and the special rate.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from ocr.receipts.fiscal.figures import Figures, RateFigures, moment, number

_SEGMENTS = 13
_RATES = ("20", "10", "13", "0", "19")
#: From the first to the second day the special rate was the 5 % of the pandemic.
_FIVE_FROM, _FIVE_UNTIL = date(2020, 7, 1), date(2022, 1, 1)


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code."""
    if not re.match(r"_R\d+-[A-Z]{2}\d+_", text):
        return None
    segments = text[1:].split("_")
    if len(segments) != _SEGMENTS:
        return None
    when = moment(segments[3], "%Y-%m-%dT%H:%M:%S")
    amounts = [number(segment, ",") for segment in segments[4:9]]
    if when is None or any(amount is None for amount in amounts):
        return None
    gross = [amount for amount in amounts if amount is not None]
    special = _FIVE_FROM <= when.date() < _FIVE_UNTIL
    rates = [*_RATES[:4], "5" if special else _RATES[4]]
    return Figures(
        "rksv",
        "EUR",
        total=sum(gross, Decimal()),
        date=when.date(),
        time=when.time(),
        number=segments[2],
        rates=tuple(
            RateFigures(Decimal(rate), gross=amount)
            for rate, amount in zip(rates, gross, strict=True)
            if amount
        ),
    )
