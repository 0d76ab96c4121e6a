"""What stands in an amount and beside it: of two readings that look nearly alike, the one that can be there.

A language model must not decide here, since it knows figures only by how often they come. These rules choose among the
looks that the network itself finds possible.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from ocr.recognition.decoded import Decoded, Doubt, changed

#: An amount with two decimals, perhaps with a sign or a currency before it, and a sign or a tax letter behind it.
_AMOUNT = re.compile(r"[-+*(]*[^\w\s.,]?\d{1,3}(?:\d*|(?:[.,' ]\d{3})*)[.,]\d\d[-)]?[A-Z]?[.,:;]?")
#: The point of an amount, which the last one of a date is not, and the sign that groups its thousands.
_POINT = re.compile(r"(?<=\d)(?<![.,]\d)(?<![.,]\d\d)[.,](?=\d\d(?!\d|[.,]\d))")
_GROUPED = re.compile(r"(?<=\d)[.,](?=\d{3}$)")
#: Behind an amount: a single small letter, a figure that stands alone, a third decimal, a word.
_SMALL_LETTER = re.compile(r"(?<=[.,]\d\d) ?([^\W\d_])(?![^\s*])")
_LONE_FIGURE = re.compile(r"(?<=[.,]\d\d) (\d)(?!\S)")
_THIRD_DECIMAL = re.compile(r"(?<=[.,]\d\d)(\d)(?! ?[^\W\d_]|\S)")
_WORD_BEHIND = re.compile(r"(?<=[.,]\d\d) ?([^\W\d_]\w{1,2})(?!\w)")
#: Before an amount: its sign, and how many there are.
_SIGN_BEFORE = re.compile(r"(?<!\S)([^\w\s.,*+(-])(?= ?\d+[.,]\d\d)")
_COUNT_BEFORE = re.compile(r"(?<!\S)([^\W\d_])(?= ?[xX×*] ?\d+[.,]\d\d)")
#: Points, and units behind a number (0,5l), which stand for no figure.
_NO_FIGURES = ".,lLgGmM"
#: Currencies as receipts write them.
_CURRENCIES = frozenset(
    "zł zl PLN Kč Kc CZK Ft HUF lei LEI RON kr SEK NOK DKK TL TRY EUR CHF GBP USD".split()  # noqa: SIM905
)
#: A figure behind an amount is a letter where the logarithm of the ratio is above this; one that may be a third decimal
#: where it is above that.
_CLOSE, _CLOSER = -1.5, -0.7
#: A page has commas before its decimals where so many are read, and more of them than this share of the points.
_FEW, _SHARE = 3, 0.3


def as_amounts(lines: Sequence[Decoded]) -> list[Decoded]:
    """The lines of a page; what cannot stand in or beside an amount is what else it most looks like.

    A figure for a letter between figures; a capital or a currency for a small letter behind an amount, since tax
    letters are capitals; a tax letter for a lone figure that looks nearly as much like one; a currency for another
    sign before an amount; and a comma for a doubtful point where the page has commas. Nothing changes that has no
    other look of at least a hundredth of its probability. Confidences of lines do not change.
    """
    revised = [_revised(line) if line.doubts and _has_figure(line.text) else line for line in lines]
    commas = _has_commas(revised)
    return [_pointed(line, commas) if line.doubts else line for line in revised]


def _revised(line: Decoded) -> Decoded:
    changes = {doubt.position: doubt for doubt in (*_within_amounts(line), *_beside_amounts(line))}
    return changed(line, list(changes.values())) if changes else line


def _within_amounts(line: Decoded) -> Iterator[Doubt]:
    """What is no figure in a word that is an amount where it is one."""
    text, doubts = line.text, line.doubts
    for token in re.finditer(r"\S+", text):
        inside = [
            doubt
            for doubt in doubts
            if token.start() <= doubt.position < token.end()
            and doubt.character.isdigit()
            and not text[doubt.position].isdigit()
            and text[doubt.position] not in _NO_FIGURES
        ]
        if not inside or _AMOUNT.fullmatch(token[0]) or not any(map(str.isdigit, token[0])):
            continue
        mended = changed(line, inside).text[token.start() : token.end()]
        if _AMOUNT.fullmatch(mended):
            yield from inside


def _beside_amounts(line: Decoded) -> Iterator[Doubt]:
    """Letters, signs, currencies and counts before and behind amounts that are another one."""
    text = line.text
    for doubt in line.doubts:
        k, other = doubt.position, doubt.character
        if _at(_SMALL_LETTER, text, k):
            if text[k].islower() and other == text[k].upper():
                yield doubt
        elif _at(_LONE_FIGURE, text, k) or _at(_THIRD_DECIMAL, text, k):
            close = _CLOSE if text[k - 1] == " " else _CLOSER
            if doubt.log_ratio > close and (_is_capital(other) or _is_currency(other)):
                yield doubt
        elif _at(_SIGN_BEFORE, text, k):
            if _is_currency(other) and not _is_currency(text[k]):
                yield doubt
        elif _at(_COUNT_BEFORE, text, k):
            if other.isdigit():
                yield doubt
        else:
            for word in _WORD_BEHIND.finditer(text):
                begin, end = word.span(1)
                if (
                    begin <= k < end
                    and word[1] not in _CURRENCIES
                    and text[begin:k] + other + text[k + 1 : end] in _CURRENCIES
                ):
                    yield doubt


def _at(pattern: re.Pattern[str], text: str, position: int) -> bool:
    """Whether the first group of a pattern matches a text there."""
    return any(match.start(1) == position for match in pattern.finditer(text))


def _has_commas(lines: Sequence[Decoded]) -> bool:
    """Whether commas stand before the decimals of a page's amounts. Blurred ones look like points, these like none."""
    seen = Counter(match[0] for line in lines for match in _POINT.finditer(line.text))
    return seen[","] >= _FEW and seen[","] > _SHARE * seen["."]


def _pointed(line: Decoded, commas: bool) -> Decoded:
    """The line with the points that amounts can have, as far as its looks allow."""
    wanted = {}
    for match in _POINT.finditer(line.text):
        point = "," if commas else match[0]
        wanted[match.start()] = point
        for group in _GROUPED.finditer(line.text, 0, match.start()):
            wanted[group.start()] = "." if point == "," else ","
    changes = [doubt for doubt in line.doubts if doubt.character == wanted.get(doubt.position)]
    return changed(line, changes) if changes else line


def _has_figure(text: str) -> bool:
    return any(map(str.isdigit, text))


def _is_capital(character: str) -> bool:
    return character.isascii() and character.isupper()


def _is_currency(character: str) -> bool:
    return unicodedata.category(character) == "Sc"
