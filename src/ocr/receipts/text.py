"""Folding of texts: what stays of a label when a reader loses accents, spaces and the difference of 0 and O."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

#: Letters that normalization does not take apart.
_LETTERS = str.maketrans(
    {
        "ß": "SS", "ẞ": "SS", "Ø": "O", "Ł": "L", "Đ": "D", "Æ": "AE", "Œ": "OE", "Þ": "TH", "ı": "I", "€": "E",
        "’": " ", "`": " ", "´": " ", "'": " ",
    }
)  # fmt: skip
#: Digits and letters that readers confuse share one form.
_SKELETON = str.maketrans({"0": "O", "1": "I", "L": "I", "5": "S", "8": "B", "2": "Z", "Y": "V", "W": "VV"})
#: What is neither a letter nor a digit.
_BESIDE = re.compile(r"[\W_]+")
#: Digits before a word of three letters and more are a word of their own: ``5.00xITEMS``.
_WORD = re.compile(r"\d+(?=[^\W\d_]{3})|[^\W_]+")


class FoldedWord(NamedTuple):
    """A word of a text: its skeleton, and where it stands in the text."""

    skeleton: str
    start: int
    end: int
    digits: bool


@lru_cache(maxsize=16384)
def upper(text: str) -> str:
    """The text in capitals without accents; its length may differ."""
    if text.isascii():
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=16384)
def skeleton(text: str) -> str:
    """Capitals without accents, spaces and punctuation; letters and digits of the same look are one."""
    return _BESIDE.sub("", upper(text)).translate(_SKELETON)


@lru_cache(maxsize=8192)
def letters_and_digits(text: str) -> str:
    """What two readings of a name are compared by."""
    return _BESIDE.sub("", upper(text))


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[FoldedWord, ...]:
    """The words of a text; single letters that stand apart (``T O T A L``) are one word."""
    folded: list[FoldedWord] = []
    run = 0
    for match in _WORD.finditer(text):
        raw = match.group()
        digits = raw.isdigit()
        single = len(raw) == 1 and not digits
        gap = text[folded[-1].end : match.start()] if single and folded else "-"
        if run and gap.strip(" ") == "" and len(gap) <= 2:
            run += 1
            if run >= 3 or (run == 2 and folded[-1].end - folded[-1].start > 1):
                last = folded.pop()
                if run == 3 and last.end - last.start == 1:
                    first = folded.pop()
                    last = FoldedWord(first.skeleton + last.skeleton, first.start, last.end, False)
                folded.append(FoldedWord(last.skeleton + skeleton(raw), last.start, match.end(), False))
                continue
        else:
            run = 1 if single else 0
        form = skeleton(raw)
        if form:
            folded.append(FoldedWord(form, match.start(), match.end(), digits))
    return tuple(folded)


def edit_distance(a: str, b: str, limit: int) -> int:
    """Levenshtein distance; ``limit + 1`` where it is above the limit."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    first, last = 0, 0
    shorter = min(len(a), len(b))
    while first < shorter and a[first] == b[first]:
        first += 1
    while last < shorter - first and a[-1 - last] == b[-1 - last]:
        last += 1
    a, b = a[first : len(a) - last], b[first : len(b) - last]
    if not a or not b or max(len(a), len(b)) == 1:
        return max(len(a), len(b))
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        best = i
        for j, d in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (c != d))
            best = min(best, row[j])
        if best > limit:
            return limit + 1
    return row[-1]
