"""Russia: the QR code of cash registers (54-FZ).

Source: order of the Federal Tax Service ED-7-20/662@ of 14 September 2020, annex 2: moment, total, number of the fiscal
drive, number and sign of the fiscal document, and kind of payment (1 sale, 2 its refund, 3 purchase, 4 its refund)::

    t=20240917T1842&s=975.88&fn=8710000101125654&i=99456&fp=1250448795&n=1
"""

from __future__ import annotations

from urllib.parse import parse_qs

from ocr.receipts.fiscal.figures import Figures, moment, number

_NEEDED = frozenset({"t", "s", "fn", "i", "fp", "n"})
_REFUNDS = ("2", "4")


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code."""
    if not text.startswith("t="):
        return None
    try:
        fields = {name: values[0] for name, values in parse_qs(text, max_num_fields=20).items()}
    except ValueError:
        return None
    if not fields.keys() >= _NEEDED:
        return None
    when = (
        moment(fields["t"], "%Y%m%dT%H%M%S") if len(fields["t"]) > 13 else moment(fields["t"], "%Y%m%dT%H%M")
    )
    total = number(fields["s"])
    if when is None or total is None:
        return None
    return Figures(
        "fns_russia",
        "RUB",
        total=-total if fields["n"] in _REFUNDS else total,
        date=when.date(),
        time=when.time(),
    )
