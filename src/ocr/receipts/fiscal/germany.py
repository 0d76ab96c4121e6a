"""Germany: the QR code of the technical security device (TSE).

Source: DSFinV-K 2.3, annex I "Vorgangstypen" and appendix "QR-Code"; Kassensicherungsverordnung, section 6::

    V0;955002-00;Kassenbeleg-V1;Beleg^11.40_5.20_0.00_0.00_0.00^16.60:Bar;18;112;2024-09-17T16:42:00.000Z;…

The five amounts are gross, of the rates 19, 7, 10.7, 5.5 and 0 per cent; moments are in UTC.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from ocr.receipts.fiscal.figures import Figures, RateFigures, moment, number

_RATES = ("19", "7", "10.7", "5.5", "0")
#: Rates from the first day up to before the second: the second half of 2020.
_LOWER_RATES, _LOWER_FROM, _LOWER_UNTIL = ("16", "5", "10.7", "5.5", "0"), date(2020, 7, 1), date(2021, 1, 1)
_TRANSACTION_KINDS = ("beleg", "avbelegstorno", "avbelegabbruch", "avsachbezug")


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code, or none of a receipt."""
    parts = text.split(";")
    if len(parts) < 8 or parts[0] != "V0" or parts[2].lower() != "kassenbeleg-v1":
        return None
    process = parts[3].split("^")
    if len(process) < 2 or process[0].lower() not in _TRANSACTION_KINDS:
        return None
    # Some devices write the comma of thousands.
    amounts = [number(amount.replace(",", "")) for amount in process[1].split("_")]
    if len(amounts) != len(_RATES) or any(amount is None for amount in amounts):
        return None
    gross = [amount for amount in amounts if amount is not None]
    end = _moment(parts[7]) or _moment(parts[6])
    when = None if end is None else local(end)
    lower = when is not None and _LOWER_FROM <= when.date() < _LOWER_UNTIL
    rates = _LOWER_RATES if lower else _RATES
    return Figures(
        "tse",
        "EUR",
        total=sum(gross, Decimal()),
        date=None if when is None else when.date(),
        time=None if when is None else when.time().replace(microsecond=0),
        rates=tuple(
            RateFigures(Decimal(rate), gross=amount)
            for rate, amount in zip(rates, gross, strict=True)
            if amount
        ),
    )


def _moment(text: str) -> datetime | None:
    return moment(text, "%Y-%m-%dT%H:%M:%S.%fZ") or moment(text, "%Y-%m-%dT%H:%M:%SZ")


def local(utc: datetime) -> datetime:
    """Central European time, summer time from the last Sunday of March to that of October, both at 1:00 UTC."""
    start, end = (_last_sunday(utc.year, month) for month in (3, 10))
    return utc + timedelta(hours=2 if start <= utc < end else 1)


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1)
    return last - timedelta(days=(last.weekday() + 1) % 7)
