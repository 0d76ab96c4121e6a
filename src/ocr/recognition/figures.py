"""What a language model must leave as it looks: figures with their signs, and the letters that belong to them.

A language model knows which words are likely. Of amounts it knows only that most end in a nought, and it would turn a
tax letter into one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ocr.recognition.charset import BLANK, Charset
from ocr.recognition.decoded import Decoded

#: Letters between figures, or beside them, that may be the name of a unit or a tax letter; longer ones are words.
_UNIT = 2
#: What makes figures of a token; currencies among them, by their blocks and those in Latin-1.
_FIGURES = re.compile(r"[\d+*$¢-¥₠-⃏฿-]")
_DECIMAL = re.compile(r"\d[.,]\d\d$")
_TOKEN = re.compile(r"[^ ]+")
#: Letters, and what stands between them, in a token with figures.
_PARTS = re.compile(r"[^\W\d_]+|[\W\d_]+")
#: A token of these alone is the sign of the amount beside it.
_SIGN = re.compile(r"[-+*]+")
#: Behind a figure these end a clause; between figures they are part of a number.
_CLAUSE = ".,;:"
_AMOUNT = re.compile(r"\d*[.,]\d|\d{2}")
#: Amounts in which letters stand for figures or for a sign: 24.U0, 43.0O, S0.00, E91.50, 1U.0D, 2.2B, RMO.08.
_BROKEN_AMOUNT = re.compile(
    r"[OUDQSBZIl]?\d*[.,](?:[OUDQouÚÜÖ]{2}|[OUDQou]\d|\d[OUDQou])|(?:[OUDQSBZIl]|[^\W\d_]\d+|\d+[OUDQ]+)[.,]\d\d"
    r"|(?:R[Mmps])?(?=[\d.,]*[^\W\d_])[\dOUDQ]{1,4}[.,][\dOUDQBSZou]{2}"
)
#: Amounts, dates, times, numbers and codes. In other tokens with figures a sign may stand for a figure: 1/:45.
_WELL_FORMED = re.compile(r"[\W_]*\w+(?:[-/:.,*@#&()+=%]\w+)*[^\w/\\]*")
#: Tokens that only look like one of these: 1.6.00, 1012-3001-009%.
_ILL_FORMED = re.compile(r"\d+\.\d\.\d\d|\d+-[\d-]+%")
#: Words in which figures stand for letters: T0TAL, or1g1nal, 1n, 3OODS.
_WORD = re.compile(r"[01]?[^\W\d_]+(?:[01][^\W\d_]+)*[01]?|[^\W\d_]+[58][^\W\d_]+|\d[O0]?[^\W\d_]{3,}")
#: What may stand around or between such words.
_AROUND = re.compile(r"[^\w]+")
_FIXED: frozenset[int] = frozenset()


class Rule(NamedTuple):
    """What the steps from ``begin`` to ``end`` may be beside their best class.

    Attributes:
        begin: first step.
        end: step after the last.
        classes: that may be; none where the look alone decides.
        certainty: probability of the character, where the look alone decides it.
    """

    begin: int
    end: int
    classes: frozenset[int]
    certainty: float = 1.0


class Kinds(NamedTuple):
    """Classes of a charset by what a language model may do with them.

    Attributes:
        spaces: the blank and the space.
        clause: those, and what ends a clause.
        words: all but figures and signs of currencies.
        all: all classes.
    """

    spaces: frozenset[int]
    clause: frozenset[int]
    words: frozenset[int]
    all: frozenset[int]


@lru_cache(maxsize=16)
def kinds(characters: str) -> Kinds:
    """The kinds of the classes of a charset."""
    classes = dict(enumerate(characters, BLANK + 1))
    spaces = frozenset({BLANK, *(k for k, c in classes.items() if c == " ")})
    money = {k for k, c in classes.items() if c.isdigit() or unicodedata.category(c) == "Sc"}
    return Kinds(
        spaces,
        spaces | {k for k, c in classes.items() if c in _CLAUSE},
        frozenset({BLANK, *classes}) - money,
        frozenset({BLANK, *classes}),
    )


def rules(line: Decoded, length: int, charset: Charset) -> list[Rule]:
    """What a language model may make of the steps of a line; a rule for each stretch of them, in order.

    Args:
        line: as it looks.
        length: of the line in steps.
        charset: the characters.
    """
    of, text = kinds(charset.characters), line.text
    if _FIGURES.search(text) is None:
        return [Rule(0, length, of.words)]
    allowed = _by_character(text, of, charset)
    stretches: list[Rule] = []
    at = 0
    for k, classes in enumerate(allowed):
        before = allowed[k - 1] if k else classes
        if line.begins[k] > at:
            stretches.append(Rule(at, line.begins[k], _between(text, k, bool(before), bool(classes), of)))
        stretches.append(Rule(line.begins[k], line.ends[k], classes, 1.0 if classes else line.certainties[k]))
        at = line.ends[k]
    if length > at:
        stretches.append(Rule(at, length, of.words if allowed and allowed[-1] else _FIXED))
    return stretches


def _between(text: str, k: int, open_before: bool, open_after: bool, of: Kinds) -> frozenset[int]:
    """What may come in before a character of a text, or before the first one."""
    if open_before and open_after:
        return of.words
    if k == 0 or " " in text[k - 1 : k + 1]:
        return _FIXED
    if not open_before and not open_after and _joined(text, k - 1, k):
        return _FIXED
    return of.spaces


def _by_character(text: str, of: Kinds, charset: Charset) -> list[frozenset[int]]:
    """What each character of a text may be beside what it looks like."""
    allowed = [of.words] * len(text)
    behind_amount = False
    for token in _TOKEN.finditer(text):
        begin, end = token.span()
        if behind_amount and end - begin <= _UNIT and token[0].isalpha():
            # A tax letter or a currency, apart from its amount.
            allowed[begin:end] = [_FIXED] * (end - begin)
        else:
            allowed[begin:end] = _of_token(token[0], of, charset)
        behind_amount = token[0][-1].isdigit() and _DECIMAL.search(token[0]) is not None
    for k, character in enumerate(text):
        if character == " ":
            beside = allowed[k - 1] and allowed[k + 1]
            allowed[k] = _FIXED if _joined(text, k - 1, k + 1) else of.words if beside else of.spaces
    return allowed


def _of_token(token: str, of: Kinds, charset: Charset) -> list[frozenset[int]]:
    """What each character of a token may be, without regard to its neighbours."""
    if not any(map(str.isdigit, token)):
        if _SIGN.fullmatch(token) or (_has_currency(token) and not any(map(str.isalpha, token))):
            return [_FIXED] * len(token)
        return [of.all if _BROKEN_AMOUNT.fullmatch(token) else of.words] * len(token)
    if _BROKEN_AMOUNT.fullmatch(token):
        between = [token[k - 1 : k].isdigit() and token[k + 1 : k + 2].isdigit() for k in range(len(token))]
        return [
            _FIXED if c.isdigit() or (c in _CLAUSE and inside) else of.all
            for c, inside in zip(token, between, strict=True)
        ]
    if all(part.isalpha() or _WORD.fullmatch(part) for part in _AROUND.split(token) if part):
        # A figure may be a letter, but no other figure.
        return [of.words.union(charset.encode(c)) if c.isdigit() else of.words for c in token]
    allowed = [of.words] * len(token)
    well_formed = _WELL_FORMED.fullmatch(token) and not _ILL_FORMED.fullmatch(token)
    for part in _PARTS.finditer(token):
        a, b = part.span()
        if not token[a].isalpha():
            # What ends a clause is no point of a number.
            while b > a and token[b - 1] in _CLAUSE and not token[b : b + 1].isdigit():
                b -= 1
                allowed[b] = of.clause
            allowed[a:b] = [_FIXED if well_formed or c.isdigit() else of.all for c in token[a:b]]
        elif b - a <= _UNIT:
            allowed[a:b] = [_FIXED] * (b - a)
    return allowed


def _joined(text: str, k: int, following: int) -> bool:
    """Whether a space between two characters of a text, or none, would make another figure of them."""
    left, right = text[k], text[following]
    after_figure = text[max(0, k - 1) : k].isdigit()
    if left in _CLAUSE and not after_figure:
        return False
    if left in "-+" and not after_figure and following == k + 1:
        # A sign belongs to an amount, not to a number that counts something.
        return _AMOUNT.match(text, following) is not None
    if left.isdigit() or left in ".,-+*":
        return right.isdigit() or right in ".,-+*/:" or _has_currency(right)
    return right.isdigit() and (_has_currency(left) or (left in "/:'" and after_figure))


def _has_currency(text: str) -> bool:
    return any(unicodedata.category(c) == "Sc" for c in text)
