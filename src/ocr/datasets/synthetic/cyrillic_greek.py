"""What receipts in Cyrillic and Greek letters say: the phrases of Latin receipts with the words of their countries.

Letters beside figures that look as Latin ones do, tax letters mostly, are Latin in transcripts; words are written in
the letters of their language.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from random import Random

from ocr.datasets.synthetic import names, phrases
from ocr.datasets.synthetic.casing import lower_case, upper_case
from ocr.datasets.synthetic.locales import Locale, fill, format_amount
from ocr.datasets.synthetic.names import price_value

__all__ = ["address_lines", "company_name", "item_name", "phrase", "price_value", "registration_number"]

Maker = Callable[[Random, Locale], str]

_RUSSIAN = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
_GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"
#: Capitals of languages; those of Belarus and North Macedonia are learnt beside those of the countries.
ALPHABETS = {
    "ru": _RUSSIAN,
    "uk": "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ",
    "be": "АБВГДЕЁЖЗІЙКЛМНОПРСТУЎФХЦЧШЫЬЭЮЯ",
    "bg": "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЬЮЯ",
    "sr": "АБВГДЂЕЖЗИЈКЛЉМНЊОПРСТЋУФХЦЧЏШ",
    "mk": "АБВГДЃЕЖЗЅИЈКЛЉМНЊОПРСТЌУФХЦЧЏШ",
    "el": _GREEK,
}
#: Small letters of Greek that have an accent, by the one without.
_ACCENTED = dict(zip("αεηιουω", "άέήίόύώ", strict=True))
_NEIGHBOURS = {"ru": ("ru", "ru", "ru", "be"), "sr": ("sr", "sr", "mk"), "bg": ("bg", "bg", "bg", "mk")}
#: Letters of tax groups without a Latin look-alike, and pieces.
_TAX_LETTERS = {"ru": "БГД", "uk": "БГД", "bg": "БГД", "sr": "ЂГЖ", "el": "ΓΔ"}
_PIECES = {
    "ru": ("шт", "шт.", "кг", "л", "уп", "ед."),
    "uk": ("шт", "шт.", "кг", "л", "од."),
    "bg": ("бр", "бр.", "кг", "л"),
    "sr": ("ком", "КОМ", "кг", "л"),
    "el": ("τεμ", "ΤΕΜ", "ΤΕΜ.", "κιλ", "λτ"),
}
#: Names of the lists of the package ``wordfreq``; "sh" is written in Latin letters there.
_LISTS = {"ru": "ru", "uk": "uk", "bg": "bg", "sr": "sh", "mk": "mk", "el": "el"}
_SERBIAN = str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш")
_BRANDS = (
    "Coca-Cola", "Nescafe", "Lay's", "Pepsi", "Heineken", "Fanta", "Snickers", "Milka", "Kinder", "Nivea", "Colgate",
    "Marlboro", "Lipton", "Pringles", "Danone", "Tuborg", "Red Bull", "Orbit", "Duracell", "Dove", "Lavazza", "Jacobs",
)  # fmt: skip


def registration_number(rng: Random, locale: Locale) -> str:
    """The tax number of a company, with its check digits: ИНН, ЄДРПОУ, ЕИК, ПИБ or ΑΦΜ."""
    return _NUMBERS[locale.name[:2]](rng)


def _digits(rng: Random, count: int) -> list[int]:
    return [rng.randrange(1, 10), *(rng.randrange(10) for _ in range(count - 1))]


def _weighted(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(d * w for d, w in zip(digits, weights, strict=True))


def _text(digits: list[int]) -> str:
    return "".join(map(str, digits))


def _inn(rng: Random) -> str:
    """Of a company 10 digits, of a trader 12, the last two of which are check digits."""
    if rng.random() < 0.7:
        digits = _digits(rng, 9)
        return _text([*digits, _weighted(digits, (2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10])
    digits = _digits(rng, 10)
    digits.append(_weighted(digits, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10)
    return _text([*digits, _weighted(digits, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10])


def _edrpou(rng: Random) -> str:
    digits = _digits(rng, 7)
    middle = 30_000_000 <= int(_text(digits)) * 10 < 60_000_000
    weights = (7, 1, 2, 3, 4, 5, 6) if middle else (1, 2, 3, 4, 5, 6, 7)
    rest = _weighted(digits, weights) % 11
    if rest == 10:
        rest = _weighted(digits, tuple(w + 2 for w in weights)) % 11 % 10
    return _text([*digits, rest])


def _eik(rng: Random) -> str:
    digits = _digits(rng, 8)
    rest = _weighted(digits, (1, 2, 3, 4, 5, 6, 7, 8)) % 11
    if rest == 10:
        rest = _weighted(digits, (3, 4, 5, 6, 7, 8, 9, 10)) % 11 % 10
    return _text([*digits, rest])


def _pib(rng: Random) -> str:
    digits = _digits(rng, 8)
    product = 10
    for digit in digits:
        product = ((product + digit) % 10 or 10) * 2 % 11
    return _text([*digits, (11 - product) % 10])


def _afm(rng: Random) -> str:
    digits = [rng.choice((0, 0, 1, 9, 8)), *_digits(rng, 7)]
    return _text([*digits, _weighted(digits, (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10])


_NUMBERS = {"ru": _inn, "uk": _edrpou, "bg": _eik, "sr": _pib, "el": _afm}


def company_name(rng: Random, locale: Locale) -> str:
    """The name of a shop, with what it sells or its legal form."""
    w = locale.words
    draw = rng.random()
    if draw < 0.45:
        core = rng.choice(w.given)
    elif draw < 0.7:
        core = rng.choice(w.family)
    else:
        core = names.invented_word(rng, locale).capitalize()
    if locale.name != "el_GR" and rng.random() < 0.5:
        core = rng.choice(('"{}"', '"{}"', "«{}»")).format(core)
    draw = rng.random()
    if draw < 0.35:
        return f"{rng.choice(w.trades)} {core}"
    if locale.name in ("ru_RU", "uk_UA"):
        form = rng.choice(w.suffixes)
        return f"{form} {core}" if draw < 0.85 else f"{core} {rng.choice(w.trades)}"
    return f"{core} {rng.choice(w.suffixes)}" if draw < 0.8 else core


def _street(rng: Random, locale: Locale) -> str:
    w = locale.words
    name = rng.choice(
        (rng.choice(w.family), rng.choice(w.given), names.invented_word(rng, locale).capitalize())
    )
    number = str(rng.randrange(1, 220))
    if rng.random() < 0.2:
        number += rng.choice(("", "/", "-")) + rng.choice((str(rng.randrange(1, 20)), "б", "в", "г"))
    if locale.name == "el_GR":
        number = number.rstrip("бвг")
        return f"{rng.choice(w.streets)} {name} {number}"
    if locale.name in ("ru_RU", "uk_UA"):
        house = rng.choice(("д. ", "д.", "", "") if locale.name == "ru_RU" else ("буд. ", "буд.", "", ""))
        return f"{rng.choice(w.streets)} {name}, {house}{number}"
    return f"{rng.choice(w.streets)} {name} {rng.choice(('', '', '№ ', 'бр. '))}{number}"


def _city(rng: Random, locale: Locale) -> str:
    town, code = rng.choice(locale.words.cities), fill(rng.choice(locale.postcodes), rng)
    if rng.random() < 0.35:
        return town
    return f"{code}, {town}" if locale.name in ("ru_RU", "uk_UA") else f"{code} {town}"


def address_lines(rng: Random, locale: Locale) -> tuple[str, ...]:
    """Town and street, on one line or two, with the part of a building now and then."""
    first, second = _city(rng, locale), _street(rng, locale)
    if rng.random() < 0.25:
        second += f", {rng.choice(locale.words.areas)} {rng.randrange(1, 60)}"
    if locale.name in ("sr_RS", "el_GR") and rng.random() < 0.6:
        first, second = second, first
    return (f"{first}, {second}",) if rng.random() < 0.35 and len(first + second) < 40 else (first, second)


def item_name(rng: Random, locale: Locale) -> str:
    """The name of an article, abbreviated now and then as tills do, or with a brand in Latin letters."""
    name = names.item_name(rng, locale)
    return f"{name} {rng.choice(_BRANDS)}" if rng.random() < 0.06 else name


def invented(rng: Random, locale: Locale) -> str:
    """Random letters of a language of the country's script, so that none stays unseen."""
    language = rng.choice(_NEIGHBOURS.get(locale.name[:2], (locale.name[:2],)))
    word = "".join(rng.choices(ALPHABETS[language], k=rng.randrange(2, 9)))
    draw = rng.random()
    if draw < 0.4:
        return word
    word = lower_case(word) if draw < 0.7 else word[0] + lower_case(word[1:])
    if language == "el":
        places = [k for k, c in enumerate(word) if c in _ACCENTED]
        if places:
            k = rng.choice(places)
            accent = {"ι": "ίϊΐ", "υ": "ύϋΰ"}.get(word[k], "") if rng.random() < 0.2 else ""
            word = word[:k] + (rng.choice(accent) if accent else _ACCENTED[word[k]]) + word[k + 1 :]
    return word


@cache
def _frequent(language: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Everyday words with cumulative weights where the package ``wordfreq`` is installed, else none."""
    try:
        from wordfreq import top_n_list
    except ImportError:
        return (), ()
    found = top_n_list(_LISTS[language], 20000)
    if language == "sr":
        digraphs = (("dž", "џ"), ("lj", "љ"), ("nj", "њ"))
        for latin, letter in digraphs:
            found = [word.replace(latin, letter) for word in found]
        found = [word.translate(_SERBIAN) for word in found]
    small = frozenset(lower_case(ALPHABETS[language])) | frozenset("άέήίόύώϊϋΐΰς'")
    words = [lower_case(word) for word in found if small.issuperset(word)]
    # The square root of Zipf's law: rare words come often enough to be learnt.
    return tuple(words), tuple(accumulate((rank + 20) ** -0.5 for rank in range(len(words))))


def _words(rng: Random, locale: Locale) -> str:
    language = locale.name[:2]
    if language == "sr" and rng.random() < 0.3:
        language = "mk"
    words, bounds = _frequent(language)
    if not words:
        return invented(rng, locale)
    drawn = [
        words[bisect(bounds, rng.random() * bounds[-1] * 0.999999)] for _ in range(rng.choice((1, 2, 2, 3)))
    ]
    text = " ".join(drawn)
    return text if rng.random() < 0.5 else text[0].upper() + text[1:]


def _invented(rng: Random, locale: Locale) -> str:
    text = " ".join(invented(rng, locale) for _ in range(rng.choice((1, 1, 2, 2, 3))))
    return f"{rng.choice(locale.words.items)} {text}" if rng.random() < 0.15 else text


def _address(rng: Random, locale: Locale) -> str:
    return rng.choice(address_lines(rng, locale))


def _money(rng: Random, locale: Locale) -> str:
    sign = rng.choice(locale.signs)
    text = format_amount(price_value(rng, locale), locale, sign, rng.choice(locale.separators))
    if locale.name == "ru_RU" and rng.random() < 0.3:
        return f"={text}"
    return f"{text} {rng.choice(_TAX_LETTERS[locale.name[:2]])}" if rng.random() < 0.15 else text


def _amounts(rng: Random, locale: Locale) -> str:
    draw = rng.random()
    if draw < 0.35:
        return _money(rng, locale)
    w = locale.words
    if draw < 0.7:
        group = rng.choice(
            (w.total, w.total, w.subtotal, w.tax, w.cash, w.change, w.payment, w.discount, w.rounding)
        )
        return rng.choice(group) + rng.choice((" ", ": ", ":", "  ", " = ", " :")) + _money(rng, locale)
    count = rng.choice(
        (str(rng.randrange(1, 12)), f"{rng.uniform(0.05, 3):.3f}".replace(".", locale.separators[0][0]))
    )
    piece = rng.choice(_PIECES[locale.name[:2]])
    text = f"{count}{rng.choice((' ', '', ' '))}{piece}"
    return text if draw < 0.8 else f"{text} {rng.choice('xX*х')} {_money(rng, locale)}".replace("х", "x")


def _number(rng: Random, locale: Locale) -> str:
    w = locale.words
    colon = rng.choice((": ", ":", " ", " : "))
    if rng.random() < 0.5:
        return rng.choice(w.registration) + colon + registration_number(rng, locale)
    pattern = rng.choice(
        ("####", "##########", "################", "######", "##", "#######/####", "@@######")
    )
    return rng.choice(w.document) + colon + fill(pattern, rng)


def _staff(rng: Random, locale: Locale) -> str:
    w = locale.words
    person = rng.choice(
        (f"{rng.choice(w.family)} {rng.choice(w.given)[0]}.", rng.choice(w.given), rng.choice(w.family))
    )
    return rng.choice(w.staff) + rng.choice((": ", ":", " ")) + person


def _row(rng: Random, locale: Locale) -> str:
    return f"{item_name(rng, locale)}{rng.choice((' ', '  ', ' ... '))}{_money(rng, locale)}"


_OWN: tuple[tuple[Maker, float], ...] = (
    (item_name, 16.0), (company_name, 6.0), (_address, 8.0), (_words, 10.0), (_invented, 9.0), (_amounts, 9.0),
    (_number, 5.0), (_staff, 2.0), (_row, 3.0),
)  # fmt: skip
_BOUNDS = tuple(accumulate(weight for _, weight in _OWN))
#: Share of the phrases of Latin receipts, with the words of the country.
_SHARED = 0.42


def phrase(rng: Random, locale: Locale) -> str:
    """The text of one line of a receipt."""
    if rng.random() < _SHARED:
        return phrases.phrase(rng, locale)
    text = _OWN[min(bisect(_BOUNDS, rng.random() * _BOUNDS[-1]), len(_OWN) - 1)][0](rng, locale)
    draw = rng.random()
    return upper_case(text) if draw < 0.35 else lower_case(text) if draw < 0.38 else text
