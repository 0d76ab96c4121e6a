"""Names and addresses as they were meant: letters that no reader can tell apart, by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ocr.receipts import heads, lexicon
from ocr.receipts import text as texts
from ocr.receipts.parts import Span
from ocr.receipts.sheet import Sheet

_TWO_WORDS = re.compile(r"(?<![^\W_])[^\W\d_]{4,} [^\W\d_]{4,}(?![^\W_])")
#: Letters with digits among them, which can be the letters that they look like.
_MIXED = re.compile(r"(?<![^\W_])(?=[^\W_]*[^\W\d_])(?=[^\W_]*[01358])[^\W_]{3,}(?![^\W_])")
#: A word of this confidence is left as it was read.
_SURE = 0.985
#: Below this confidence a word is put right by words of the trade as well.
_DOUBTFUL = 0.75
#: Letters of a word of which one was read as a digit or a symbol.
_HELD = 6
#: Letters with one digit or symbol among them.
_BROKEN = re.compile(r"(?<![^\W_])[^\W\d_]+[\d@#$%°€£©®*][^\W\d_]*(?![^\W_])")
#: Figures of two house numbers that an 8 stands between, and how far they are from each other at most.
_HOUSES = 2
#: A word with a digit behind its letters, letters of a copy of one and those that it begins with, letters of two words
#: with a space, and how much surer a copy of them was read.
_HALF_READ = re.compile(r"(?<![^\W_])[^\W\d_]{4,}\d(?![^\W_])")
_LEAST_COPY, _BEGUN, _LEAST_PAIR, _SURER = 4, 3, 8, 0.2
#: The size of a bottle with a one behind it; with a point only where no amount has as many decimals.
_BOTTLE = re.compile(r"(?<=[^\W\d_] )(0,(?:2|5|7)|[12],[05]|0[.,](?:25|33|75))1$")
#: Letters of ``BHD`` that may be wrong behind what is ``SDN`` but for one.
_FORM_WRONG = 2
#: Letters of a word in which an O was read as a nought, and such words.
_LETTERS = 3
_NOUGHTS = re.compile(r"(?<![^\W_])(?:0'(?=[A-Z])|(?=[^\W_]*0)[^\W_]{4,}(?![^\W_]))")
#: Forms of companies with an O at the end of a name: z o.o., s.r.o., d.o.o., v.o.s.
_WITH_O = re.compile(
    r"(?<![^\W_])(?:z ?[0o]\.? ?[0o]|s\.? ?r\.? ?[0o]|d\. ?[0o]\. ?[0o]|v\. ?[0o]\. ?s)(?=\.?$)",
    re.IGNORECASE,
)
#: A postcode in which a nought or a one was read as a letter.
_POSTCODE = re.compile(r"(?<![^\W_])(?=[^\W_]*[OoIl])(?:\d|[OoIl](?=\d)|(?<=\d)[OoIl]){5}(?![^\W_])")
_DIGITS = str.maketrans("OoIl", "0011")
#: In addresses: a nought of a British postcode (``KV1 OCM``); a one of a code (``Ui3``), of a first floor and of a
#: street's number (``PJU TA/46``); ``NO`` and ``LOT`` before a number; the sections of Malaysian towns (``SS21/60``).
_CODES = (
    (re.compile(r"^(\W*)[DI1]OT(?= ?\d)", re.IGNORECASE), r"\g<1>LOT"),
    (re.compile(r"(?<![^\W_])([A-Z]{1,2})[il|](?=\d)"), r"\g<1>1"),
    (re.compile(r"(?<![^\W_])[iIlL|](?=(?:st|ST)\b[ .]*[FL])"), "1"),
    (re.compile(r"((?<![^\W_])(?:PJU|PJS|USJ|SS) ?)[TIil|](?=[A-Z]?/\d)"), r"\g<1>1"),
    (re.compile(r"(?<![^\W_])([A-Z]{1,2}\d[A-Z\d]? )O(?=[A-Z]{2}(?![^\W_]))"), r"\g<1>0"),
    (re.compile(r"^(\W*)N[0DQCU](?=[. ]{0,2}\d{1,4}(?!\d))"), r"\g<1>NO"),
    (re.compile(r"^(\W*)L[0DQU]T(?= ?\d)"), r"\g<1>LOT"),
    (re.compile(r"((?<![^\W_])(?:JALAN|JLN) )[S58$]{2}(?=\d{1,2}[A-Z]?/\d)", re.IGNORECASE), r"\g<1>SS"),
)


#: Two numbers of houses with an ampersand between them that was read as an 8 or as two characters: ``14816``,
#: ``19-1819-2``, ``018&02``.
_AMPERSAND = re.compile(
    r"(?<![^\W_])(?P<first>(?P<base>\d{1,3}-)?\d{1,3}) ?(?P<sign>8&|&8|8) ?"
    r"(?P<second>(?(base)(?P=base))\d{1,3})(?![^\W_]|[/-])"
)


def _with_ampersand(match: re.Match[str]) -> str:
    """The two numbers, where one follows the other."""
    first, second = match.group("first"), match.group("second")
    base, sign = match.group("base"), match.group("sign")
    if base is None and (len(first) != len(second) or (len(sign) == 1 and len(first) < _HOUSES)):
        return match.group()
    before, behind = (int(one.removeprefix(base or "")) for one in (first, second))
    return f"{first}&{second}" if 0 < behind - before <= _HOUSES else match.group()


def cased(text: str) -> str:
    """``BIk`` is Blk and ``GuardIan`` Guardian: a capital I inside a word of small letters, and the other way round."""
    text = re.sub(r"(?<=[bcdfghjkmnpqrstvwxz])I(?=[aeou])", "i", text)
    # No word begins with three consonants of which the second is an l: SIx is Six, HIjau is Hijau.
    text = re.sub(
        r"(?<![^\W\d_])[BCDFGHJKLMNPRSTVWZ]I[b-df-hj-np-tv-z][a-zà-ÿ]*(?![^\W\d_])", _with_vowel, text
    )
    text = re.sub(r"(?<=[^\W\d_])I(?=[a-zà-ÿ])", "l", text)
    text = re.sub(r"(?<=[a-zà-ÿ])I(?![A-Z])", "l", text)
    return re.sub(r"(?<=[A-Z])l(?=[A-Z])|(?<![^\W\d_])l(?=[A-Z]{2})|(?<=[A-Z]{2})l(?![^\W\d_])", "I", text)


def _with_vowel(match: re.Match[str]) -> str:
    word = match.group().replace("I", "l")
    known = texts.upper(word) in lexicon.words()
    return word if known else match.group().replace("I", "i", 1)


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
    kinds = lexicon.IN_ADDRESSES if sheet is None else lexicon.IN_NAMES
    known, spelt_so = lexicon.known(languages, kinds), lexicon.phrases(languages, kinds)
    long_words = lexicon.long_words(languages)
    # Short words are written freely in names.
    shortest = 3 if sheet is None else 4

    def mended(match: re.Match[str]) -> str:
        word = match.group()
        form = texts.skeleton(word)
        if form in known and len(word) >= shortest:
            bare = texts.upper(word)
            # An accent is a fault in an address whose languages spell the word without: Straße is no such word.
            accented = sheet is None and word.lower() not in spelt_so and bare.lower() in spelt_so
            return word if bare == known[form] and not accented else lexicon.spelt_like(known[form], word)
        if len(word) >= 5 and form not in elsewhere and texts.upper(word) not in long_words:
            near = _near(form, elsewhere.items(), 1)
            if near:
                return near
        if len(word) >= 6 and confidence < _DOUBTFUL:
            near = lexicon.one_letter_off(form, lexicon.neighbours(languages, kinds))
            if near:
                return lexicon.spelt_like(near, word)
        return word

    def spelt(match: re.Match[str]) -> str:
        word = match.group()
        letters = sum(map(str.isalpha, word))
        form = texts.skeleton(word)
        return lexicon.spelt_like(known[form], word) if form in known and 2 * letters >= len(word) else word

    def whole(match: re.Match[str]) -> str:
        word = match.group()
        if sum(map(str.isalpha, word)) + 1 < max(_HELD, len(word)):
            return word
        pattern = re.compile("".join(c if c.isalpha() else "." for c in texts.upper(word)))
        others = known.values() if sheet is None else [*known.values(), *long_words, *_words(sheet)]
        matches = {one for one in others if pattern.fullmatch(one)}
        return lexicon.spelt_like(next(iter(matches)), word) if len(matches) == 1 else word

    text = _BROKEN.sub(whole, _MIXED.sub(spelt, _NOUGHTS.sub(_without_noughts, text)))
    if sheet is None:
        text = _POSTCODE.sub(lambda match: match.group().translate(_DIGITS), text)
        for pattern, meant in _CODES:
            text = pattern.sub(meant, text)
        text = _AMPERSAND.sub(_with_ampersand, text)
        text = _TWO_WORDS.sub(lambda match: lexicon.place_like(match.group(), languages, confidence), text)
        if confidence < lexicon.HARDLY_READ:
            text = lexicon.WORD.sub(lambda match: lexicon.chain_like(match.group(), languages), text)
    elif confidence < lexicon.HARDLY_READ:
        text = lexicon.WORD.sub(lambda match: lexicon.long_word_like(match.group(), long_words), text)
        text = lexicon.WORD.sub(lambda match: lexicon.lengthened(match.group(), languages), text)
        text = lexicon.as_in_domain(lexicon.phrase_like(text, languages), languages, heads.domains(sheet))
        text = _hardly_read_form(text)
    text = _legal_form(lexicon.WORD.sub(mended, text), languages)
    return (
        text
        if sheet is None or confidence >= _DOUBTFUL
        else lexicon.company_like(text, languages, confidence)
    )


def _words(sheet: Sheet) -> set[str]:
    """The words of a receipt in capitals without accents."""
    return {word for row in sheet.rows for word in lexicon.WORD.findall(texts.upper(row.text))}


def _without_noughts(match: re.Match[str]) -> str:
    """Letters among which an O was read as a nought: ``MALM0``, ``D'ANGEL0``, ``0'Brien``."""
    word = match.group()
    letters = [c for c in word if c.isalpha()]
    if word.startswith("0'"):
        return f"O{word[1:]}"
    if len(letters) < _LETTERS or len(word) - len(letters) > 2 or set(word) & set("123456789"):
        return word
    return word.replace("0", "O" if sum(map(str.isupper, letters)) * 2 > len(letters) else "o")


def _legal_form(text: str, languages: frozenset[str]) -> str:
    """Company forms, of whose letters some were read wrong."""
    text = _WITH_O.sub(_with_o, text)
    if "tr" in languages:
        text = re.sub(r"\b(LTD\.? ?)[SŞ]T[Iİ1](?=\.?$)", r"\g<1>ŞTİ", re.sub(r"\bA\.S(?=\.?$)", "A.Ş", text))
    text = re.sub(r"\bS/8$", "S/B", text)
    text = re.sub(r"\bN0(?=[. ]{0,2}\d)", "NO", text)
    text = re.sub(r"\b[S5](?:[A-Z0-9]|[I1L|]{2})?[NHM]\.? (?=BHD\b)", "SDN ", text)
    return re.sub(
        r"(\bSDN\.? )(?:B[A-Z]?D|(?:[B8E63]|[1I][38])[A-Z]?H[A-Z0-9]?|B[NMR][DO0])\.?$", r"\g<1>BHD", text
    )


def litres(name: str) -> str:
    """The name of an item with the size of a bottle at its end, of whose litre a one was made: ``Apfelsaft 1,51``."""
    return _BOTTLE.sub(r"\g<1>l", name)


def by_copies(text: str, spans: Sequence[Span], sheet: Sheet) -> str:
    """An address whose doubtful words are put right by copies of them elsewhere on the receipt.

    Args:
        text: the address.
        spans: the parts of rows that it was read from.
        sheet: the receipt.
    """
    for span in spans:
        confidence = span.row.confidence(span.start, span.end)
        half_read = list(_HALF_READ.finditer(span.text)) if confidence < _DOUBTFUL else []
        if not half_read and confidence >= lexicon.HARDLY_READ:
            continue
        others = [row for row in sheet.rows if row is not span.row and not heads.is_priced(row)]
        for match in half_read:
            words = {word for row in others for word in lexicon.WORD.findall(row.text)}
            copies = {
                texts.upper(word)
                for word in words
                if len(word) > _LEAST_COPY
                and texts.upper(word[:_BEGUN]) == texts.upper(match.group()[:_BEGUN])
                and texts.edit_distance(texts.upper(word), texts.upper(match.group()), 2) <= 2
            }
            if len(copies) == 1:
                text = text.replace(match.group(), lexicon.spelt_like(next(iter(copies)), match.group()))
        if confidence >= lexicon.HARDLY_READ:
            continue
        surer = [row for row in others if row.confidence() > confidence + _SURER]
        known = {texts.skeleton(two): two for row in surer for two in _pairs(row.text)}
        for two in _pairs(span.text):
            form = texts.skeleton(two)
            if form not in known and (meant := _near(form, known.items(), 1)) is not None:
                text = text.replace(two, meant)
    return text


def _pairs(text: str) -> list[str]:
    """Words of a text with the words behind them."""
    words = text.split()
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return [pair for pair in pairs if sum(map(str.isalpha, pair)) + 1 == len(pair) > _LEAST_PAIR]


def _hardly_read_form(text: str) -> str:
    """``SDN`` is followed by ``BHD`` alone, and what looks like both behind a bracket is them."""
    text = re.sub(r"(\bSDN)\b\W+(?!BHD\b)\S{1,4}(?:\W+\S{1,2})?$", r"\g<1> BHD", text, flags=re.IGNORECASE)
    match = re.search(r"(?<=\)) (\w{2,4}) (\w{2,4})$", text)
    if match is None or texts.edit_distance(texts.upper(match.group(1)), "SDN", 1) > 1:
        return text
    near = texts.edit_distance(texts.upper(match.group(2)), "BHD", _FORM_WRONG) <= _FORM_WRONG
    return f"{text[: match.start()]} SDN BHD" if near else text


def _with_o(match: re.Match[str]) -> str:
    return match.group().replace("0", "O" if match.group()[0].isupper() else "o")


def _near(form: str, words: Iterable[tuple[str, str]], limit: int) -> str | None:
    matches = {
        word
        for other, word in words
        if abs(len(other) - len(form)) <= limit
        and other != form
        and texts.edit_distance(form, other, limit) <= limit
    }
    return next(iter(matches)) if len(matches) == 1 else None


def _elsewhere(sheet: Sheet, confidence: float) -> dict[str, str]:
    """Words of lines that were read more surely, by skeleton."""
    by_form: dict[str, str] = {}
    for row in sheet.rows:
        if any(number.decimals == 2 for number in row.numbers):
            continue  # items are named freely
        for cell in row.cells:
            if cell.confidence > confidence + 0.05:
                for word in lexicon.WORD.findall(cell.text):
                    if len(word) >= 5:
                        by_form[texts.skeleton(word)] = word
    return by_form
