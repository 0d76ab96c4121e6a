"""Saudi Arabia: the QR code of simplified tax invoices (ZATCA), tags, lengths and values in base64.

Source: ZATCA, "Electronic Invoice Security Features Implementation Standards", 4. Each value has one byte of its tag
(1 seller, 2 VAT number, 3 moment, 4 total with VAT, 5 VAT, from 6 on hash and signature), one of its length, and UTF-8.
"""

from __future__ import annotations

import base64
import binascii
import re

from ocr.receipts.fiscal.figures import Figures, moment, number

_SELLER, _VAT_NUMBER, _MOMENT, _TOTAL, _VAT = 1, 2, 3, 4, 5
_FORMS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%fZ")
#: UTC is three hours behind: from this hour on the local day is another one, if the moment really is in UTC.
_DOUBTFUL_HOUR = 21


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code."""
    values = _values(text)
    if values is None or not {_SELLER, _VAT_NUMBER, _MOMENT, _TOTAL, _VAT} <= values.keys():
        return None
    try:
        seller, vat_number, when, total_text, vat_text = (
            values[tag].decode("utf-8").strip() for tag in (_SELLER, _VAT_NUMBER, _MOMENT, _TOTAL, _VAT)
        )
    except UnicodeDecodeError:
        return None
    total, tax = number(total_text), number(vat_text)
    if total is None or not re.fullmatch(r"\d{15}", vat_number):
        return None
    read = next((parsed for form in _FORMS if (parsed := moment(when, form)) is not None), None)
    # Many tills write local time and call it UTC, so that the time of the day is not known.
    doubtful = read is not None and when.endswith("Z") and read.hour >= _DOUBTFUL_HOUR
    return Figures(
        "zatca",
        "SAR",
        total=total,
        tax=tax,
        date=None if read is None or doubtful else read.date(),
        tax_id=vat_number,
        merchant=seller or None,
    )


def _values(text: str) -> dict[int, bytes] | None:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    values: dict[int, bytes] = {}
    place = 0
    while place + 2 <= len(content):
        tag, length = content[place], content[place + 1]
        if tag != len(values) + 1 or place + 2 + length > len(content):
            # Signatures of later tags may be longer than a byte can say; the figures stand before them.
            break
        values[tag] = content[place + 2 : place + 2 + length]
        place += 2 + length
    return values or None
