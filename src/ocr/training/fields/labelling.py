"""Which rows of a head make up an annotated text, although the reading has faults."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from ocr.receipts.text import letters_and_digits

#: Share of the letters of a row that must stand in the text, in runs of at least two.
_ENOUGH = 0.6


def rows_of(texts: Sequence[str], wanted: str) -> list[bool]:
    """Whether each row is part of an annotated text; rows that follow each other are preferred."""
    target = letters_and_digits(wanted)
    shares = [_share(letters_and_digits(text), target) for text in texts]
    best: tuple[float, int, int] = (0.0, 0, 0)
    for first in range(len(texts)):
        total = 0.0
        for last in range(first, len(texts)):
            if shares[last] < _ENOUGH:
                break
            joined = "".join(letters_and_digits(text) for text in texts[first : last + 1])
            ratio = SequenceMatcher(None, joined, target, autojunk=False).ratio()
            total = ratio
            if total > best[0]:
                best = total, first, last + 1
    ratio, first, last = best
    return [first <= k < last and ratio >= 0.6 for k in range(len(texts))]


def _share(row: str, target: str) -> float:
    if len(row) < 2:
        return 0.0
    blocks = SequenceMatcher(None, row, target, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= min(3, len(row))) / len(row)
