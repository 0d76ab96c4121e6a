"""Litres behind a number in the name of an item, ``Gurke 0,5l``, which are read as one more figure.

In most fonts the letter and the figure look alike. The amount of the item stands further on in its row, so that what is
behind its name is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.layout.merging import Fragment

#: Contents of bottles, cans and cartons that are printed with decimals, in litres.
_CONTENTS = re.compile(
    r"0[.,](?:[1-9]|[2379]5|33|355|473|568)|1[.,](?:[0258]|[237]5|89)|2[.,](?:[05]|25)|3[.,][05]|4[.,][05]|5[.,]0"
)
#: A number behind a word, at the end of the text or before an amount, that may have a letter at its end.
_CONTENT = re.compile(r"(?<=[^\W\d_]{2} )(\d[.,]\d{1,3})[1I|](?=$| \d+[.,]\d\d\b)")
_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)")
#: Logarithm of the ratio of the probabilities of letter and figure from which the letter is taken.
_CLOSE = -2.3
_LETTERS = "lL"
#: The letter is decided by its place, not by its look.
_CONFIDENCE = 0.8


def with_litres(rows: Sequence[Sequence[Fragment]]) -> list[list[Fragment]]:
    """The rows of a receipt; the last figure of what is a usual content, and may be a letter by its look, is one.

    Args:
        rows: lines from left to right.
    """
    return [
        [
            _revised(line, any(_AMOUNT.search(other.text) for other in row[k + 1 :]))
            for k, line in enumerate(row)
        ]
        for row in rows
    ]


def _revised(line: Fragment, priced: bool) -> Fragment:
    """A line, behind which an amount stands or not, with its litres."""
    if not line.alternatives:
        return line
    for match in _CONTENT.finditer(line.text):
        within = match.end() < len(line.text)
        if not (priced or within) or not _CONTENTS.fullmatch(match[1]):
            continue
        at = match.end() - 1
        for letter in _LETTERS:
            text = line.text[:at] + letter + line.text[at + 1 :]
            ratio = dict(line.alternatives).get(text)
            if ratio is not None and ratio > _CLOSE:
                return _with(line, text, ratio)
    return line


def _with(line: Fragment, text: str, ratio: float) -> Fragment:
    """A line with another of its readings, which has as many words."""
    others = ((line.text, -ratio), *(one for one in line.alternatives if one[0] != text))
    # The words of a line may not be known.
    words = tuple(
        word if word.text == new else word._replace(text=new, confidence=min(word.confidence, _CONFIDENCE))
        for word, new in zip(line.words, text.split(" "), strict=False)
    )
    confidence = min(line.confidence, _CONFIDENCE)
    return line._replace(text=text, confidence=confidence, words=words, alternatives=others)
