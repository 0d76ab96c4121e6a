"""Capitals and small letters, one for one, as languages write them."""

from __future__ import annotations

import re

#: Capitals of Greek words bear no accents; the two dots stay.
_GREEK_CAPITALS = str.maketrans("ΆΈΉΊΌΎΏάέήίόύώΐΰ", "ΑΕΗΙΟΥΩΑΕΗΙΟΥΩΪΫ")
#: Turkish keeps the dot of i in either case.
_TURKISH_CAPITALS, _TURKISH_SMALL = {"i": "İ"}, {"I": "ı", "İ": "i"}


def upper_case(text: str, language: str = "") -> str:
    """The text in capitals; ß, which would become two letters, stays.

    Args:
        text: as it is written otherwise.
        language: as in ``"tr"``, whose i becomes İ.
    """
    special = _TURKISH_CAPITALS if language == "tr" else {}
    # A change that makes two letters of one would change the length that layouts count on.
    return "".join(
        special.get(c) or (c.upper() if len(c.upper()) == 1 else c) for c in text.translate(_GREEK_CAPITALS)
    )


def lower_case(text: str, language: str = "") -> str:
    """The text in small letters; a Greek sigma at the end of a word is ς."""
    special = _TURKISH_SMALL if language == "tr" else {}
    small = "".join(special.get(c) or (c.lower() if len(c.lower()) == 1 else c) for c in text)
    return re.sub(r"(?<=\w)σ(?!\w)", "ς", small)
