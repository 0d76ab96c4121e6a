"""Names and addresses as they were meant: letters that no reader can tell apart, by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from ocr.receipts import labels
from ocr.receipts import text as texts
from ocr.receipts.sheet import Sheet

_WORD = re.compile(r"[^\W\d_]{3,}")
#: Letters with digits among them, which can be the letters that they look like.
_MIXED = re.compile(r"(?<![^\W_])(?=[^\W_]*[^\W\d_])(?=[^\W_]*[01358])[^\W_]{3,}(?![^\W_])")
#: Kinds of words that stand in names of shops, and in addresses.
_IN_NAMES, _IN_ADDRESSES = ("company", "street"), ("company", "street", "places")
#: A word of this confidence is left as it was read.
_SURE = 0.985
#: Below this confidence a word is put right by words of the trade as well.
_DOUBTFUL = 0.75
#: Letters of a word that may have lost one, and of one of which a letter was read as a digit or a symbol.
_LONG, _HELD = 8, 6
#: Letters with one digit or symbol among them.
_BROKEN = re.compile(r"(?<![^\W_])[^\W\d_]+[\d@#$%°€£©®*][^\W\d_]*(?![^\W_])")
#: A postcode in which a nought or a one was read as a letter.
_POSTCODE = re.compile(r"(?<![^\W_])(?=[^\W_]*[OoIl])(?:\d|[OoIl](?=\d)|(?<=\d)[OoIl]){5}(?![^\W_])")
_DIGITS = str.maketrans("OoIl", "0011")


def cased(text: str) -> str:
    """``BIk`` is Blk and ``GuardIan`` Guardian: a capital I inside a word of small letters, and the other way round."""
    text = re.sub(r"(?<=[bcdfghjkmnpqrstvwxz])I(?=[aeou])", "i", text)
    # A word has a vowel: SIx is Six.
    text = re.sub(r"(?<![^\W\d_])[BDFHMNPRSTW]I[b-df-hj-np-tv-z]{1,2}(?![^\W\d_])", _with_vowel, text)
    text = re.sub(r"(?<=[^\W\d_])I(?=[a-zà-ÿ])", "l", text)
    text = re.sub(r"(?<=[a-zà-ÿ])I(?![A-Z])", "l", text)
    return re.sub(r"(?<=[A-Z])l(?=[A-Z])|(?<![^\W\d_])l(?=[A-Z]{2})|(?<=[A-Z]{2})l(?![^\W\d_])", "I", text)


def _with_vowel(match: re.Match[str]) -> str:
    word = match.group().replace("I", "l")
    known = texts.upper(word) in {
        texts.upper(one) for one in _phrases(frozenset(labels.languages()), _IN_NAMES)
    }
    return word if known else word.replace("l", "i")


@cache
def _phrases(languages: frozenset[str], kinds: tuple[str, ...]) -> frozenset[str]:
    """Words of names and addresses in some languages as they are spelt, in small letters."""
    return frozenset(
        word
        for language, phrases in labels.languages().items()
        if language in languages
        for kind in kinds
        for phrase in phrases.get(kind, ())
        for word in _WORD.findall(phrase)
    )


@cache
def _known(languages: frozenset[str], kinds: tuple[str, ...]) -> dict[str, str]:
    """Words of names and addresses in some languages by skeleton; those that look like another one are left out."""
    by_form: dict[str, set[str]] = {}
    for word in map(texts.upper, _phrases(languages, kinds)):
        by_form.setdefault(texts.skeleton(word), set()).add(word)
    return {form: next(iter(words)) for form, words in by_form.items() if len(words) == 1}


def by_words(text: str, confidence: float, languages: frozenset[str], sheet: Sheet | None = None) -> str:
    """A text whose doubtful words are put right by words of the trade, and by words elsewhere on the receipt.

    Args:
        text: a name or an address.
        confidence: least of its lines.
        languages: whose words count.
        sheet: the receipt whose other words count; none for addresses, where any word may stand.
    """
    if confidence >= _SURE:
        return text
    elsewhere = _elsewhere(sheet, confidence) if sheet is not None else {}
    kinds = _IN_ADDRESSES if sheet is None else _IN_NAMES
    known, spelt_so = _known(languages, kinds), _phrases(languages, kinds)
    # Short words are written freely in names.
    shortest = 3 if sheet is None else 4

    def mended(match: re.Match[str]) -> str:
        word = match.group()
        form = texts.skeleton(word)
        if form in known and len(word) >= shortest:
            bare = texts.upper(word)
            # An accent is a fault in an address whose languages spell the word without: Straße is no such word.
            accented = sheet is None and word.lower() not in spelt_so and bare.lower() in spelt_so
            return word if bare == known[form] and not accented else _like(known[form], word)
        if len(word) >= 5 and form not in elsewhere:
            near = _near(form, elsewhere.items(), 1)
            if near:
                return near
        if len(word) >= 6 and confidence < _DOUBTFUL:
            near = _one_letter_off(form, _neighbours(languages, kinds))
            if near:
                return _like(near, word)
        return word

    def spelt(match: re.Match[str]) -> str:
        word = match.group()
        letters = sum(map(str.isalpha, word))
        form = texts.skeleton(word)
        return _like(known[form], word) if form in known and 2 * letters >= len(word) else word

    def whole(match: re.Match[str]) -> str:
        word = match.group()
        if sum(map(str.isalpha, word)) + 1 < max(_HELD, len(word)):
            return word
        pattern = re.compile("".join(c if c.isalpha() else "." for c in texts.upper(word)))
        others = known.values() if sheet is None else [*known.values(), *_words(sheet)]
        matches = {one for one in others if pattern.fullmatch(one)}
        return _like(next(iter(matches)), word) if len(matches) == 1 else word

    text = _BROKEN.sub(whole, _MIXED.sub(spelt, text))
    if sheet is None:
        text = _POSTCODE.sub(lambda match: match.group().translate(_DIGITS), text)
    return _legal_form(_WORD.sub(mended, text))


def _words(sheet: Sheet) -> set[str]:
    """The words of a receipt in capitals without accents."""
    return {word for row in sheet.rows for word in _WORD.findall(texts.upper(row.text))}


def _legal_form(text: str) -> str:
    """Company forms of two words, of which one was read."""
    text = re.sub(r"\bS/8$", "S/B", text)
    text = re.sub(r"\bN0(?=[. ]{0,2}\d)", "NO", text)
    return re.sub(r"\b[S5][A-Z0-9]?[NH]\.? (?=BHD\b)|\b[S5]IN (?=BHD\b)", "SDN ", text)


@cache
def _neighbours(languages: frozenset[str], kinds: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Known words by their skeletons with any one letter unknown and, of long ones, with any one lost."""
    found: dict[str, set[str]] = {}
    for form, word in _known(languages, kinds).items():
        for k in range(len(form)):
            found.setdefault(f"{form[:k]}\0{form[k + 1 :]}", set()).add(word)
            if len(form) >= _LONG:
                found.setdefault(form[:k] + form[k + 1 :], set()).add(word)
    return {form: frozenset(words) for form, words in found.items()}


def _one_letter_off(form: str, neighbours: Mapping[str, frozenset[str]]) -> str | None:
    """The only known word that differs in one letter; a long one may have lost one, which leaves more doubt."""
    forms = [form, *(f"{form[:k]}\0{form[k + 1 :]}" for k in range(len(form)))]
    matches = {word for one in forms for word in neighbours.get(one, ())}
    return next(iter(matches)) if len(matches) == 1 else None


def _near(form: str, words: Iterable[tuple[str, str]], limit: int) -> str | None:
    matches = {
        word
        for other, word in words
        if abs(len(other) - len(form)) <= limit
        and other != form
        and texts.edit_distance(form, other, limit) <= limit
    }
    return next(iter(matches)) if len(matches) == 1 else None


def _like(word: str, printed: str) -> str:
    """A word in the letters of the print."""
    if printed.isupper() or sum(c.isupper() for c in printed) * 2 > len(printed):
        return word.upper()
    return word.capitalize() if printed[:1].isupper() else word.lower()


def _elsewhere(sheet: Sheet, confidence: float) -> dict[str, str]:
    """Words of lines that were read more surely, by skeleton."""
    by_form: dict[str, str] = {}
    for row in sheet.rows:
        if any(number.decimals == 2 for number in row.numbers):
            continue  # items are named freely
        for cell in row.cells:
            if cell.confidence > confidence + 0.05:
                for word in _WORD.findall(cell.text):
                    if len(word) >= 5:
                        by_form[texts.skeleton(word)] = word
    return by_form
