"""Payloads of fiscal codes to typed figures, a country a file. Nothing is opened, fetched or verified.

What a payload states is taken as it stands: signatures are not checked, so that a forged code can state anything.
"""

from __future__ import annotations

from ocr.receipts.fiscal import austria, croatia, germany, india, portugal, russia, saudi_arabia, spain
from ocr.receipts.fiscal.figures import Figures, RateFigures

__all__ = ["Figures", "RateFigures", "parse"]

#: In the order in which a payload is held against them; each takes only what looks like its own.
_PARSERS = (
    portugal.parse,
    austria.parse,
    germany.parse,
    spain.parse,
    croatia.parse,
    russia.parse,
    india.parse,
    saudi_arabia.parse,
)

#: No fiscal code is longer; the largest QR code holds 4,296 characters.
_LONGEST = 8192


def parse(text: str) -> Figures | None:
    """The figures that a payload states; ``None`` where it is of no known kind, or damaged."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    return next((figures for parser in _PARSERS if (figures := parser(text)) is not None), None)
