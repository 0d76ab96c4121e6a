"""India: the signed QR code of GST e-invoices, a JSON web token.

Source: GSTN and NIC, "e-Invoice: signed QR code": a token of header, payload and signature, whose payload has ``data``
with SellerGstin, BuyerGstin, DocNo, DocTyp, DocDt, TotInvVal, ItemCnt, MainHsnCode, Irn and IrnDt.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from ocr.receipts.fiscal.figures import Figures, moment, number


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code. Credit notes have a negative total."""
    parts = text.split(".")
    if len(parts) != 3 or not text.startswith("eyJ"):
        return None
    content = _json(parts[1])
    data = content.get("data") if isinstance(content, dict) else None
    if isinstance(data, str):
        data = _loads(data)
    if not isinstance(data, dict) or "Irn" not in data:
        return None
    total, day = number(str(data.get("TotInvVal", ""))), moment(str(data.get("DocDt", "")), "%d/%m/%Y")
    if total is None or day is None:
        return None
    return Figures(
        "gst_india",
        "INR",
        total=-total if data.get("DocTyp") == "CRN" else total,
        date=day.date(),
        number=str(data["DocNo"]) if data.get("DocNo") else None,
        tax_id=str(data["SellerGstin"]) if data.get("SellerGstin") else None,
    )


def _json(part: str) -> Any:
    try:
        return _loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8"))
    except (binascii.Error, ValueError):
        return None


def _loads(text: str) -> Any:
    # Numbers stay as they are written, so that amounts are exact.
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        return None
