"""Countries as receipts show them: the country files, and the evidence that a receipt is from one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from ocr.receipts import labels, money
from ocr.receipts import text as texts
from ocr.receipts.sheet import Sheet


@dataclass(frozen=True)
class TaxIdPattern:
    """How a tax id is printed, and the name of the rule of its check digits in `ocr.receipts.tax_ids`."""

    name: str
    pattern: str
    check: str


@dataclass(frozen=True)
class Country:
    """One country file.

    Attributes:
        code: ISO 3166 code.
        name: English name.
        languages: names of language files, the most usual first.
        currency: ISO 4217 code.
        signs: how the currency is printed.
        date_order: ``"dmy"``, ``"mdy"`` or ``"ymd"``.
        decimal: decimal separator of amounts, empty where they have no decimals.
        phone: prefix with a plus sign.
        domains: endings of web addresses.
        postcode: pattern of postcodes, empty where there are none.
        tax_rates: in per cent.
        tax_words: names of taxes that tell the country.
        tax_ids: patterns of tax ids.
        places: cities and names of the country.
        chains: names of shops that stand on many of its receipts.
        companies: whole names of companies with many shops, as they print them.
        numbered: names of shops with many branches by their tax id, letters and digits alone.
        local_phone: pattern of telephone numbers without the prefix, empty where they tell nothing.
    """

    code: str
    name: str
    languages: tuple[str, ...]
    currency: str
    signs: tuple[str, ...]
    date_order: str
    decimal: str
    phone: str
    domains: tuple[str, ...]
    postcode: str
    tax_rates: tuple[str, ...]
    tax_words: tuple[str, ...]
    tax_ids: tuple[TaxIdPattern, ...]
    places: tuple[str, ...]
    chains: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    numbered: Mapping[str, str] = field(default_factory=dict, hash=False)
    local_phone: str = ""


@cache
def countries() -> dict[str, Country]:
    """The country files by code."""
    by_code = {}
    for entry in sorted(files("ocr.receipts").joinpath("countries").iterdir(), key=lambda one: one.name):
        if not entry.name.endswith(".json"):
            continue
        raw = json.loads(entry.read_text("utf-8"))
        ids = tuple(TaxIdPattern(**one) for one in raw.pop("tax_ids"))
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
        country = Country(**values, tax_ids=ids)
        by_code[country.code] = country
    return by_code


@dataclass(frozen=True)
class Evidence:
    """Where a receipt is from.

    Attributes:
        country: the likeliest, ``None`` where nothing tells.
        currency: ISO 4217 code, ``None`` where nothing tells; ``printed`` says whether a sign or code does.
        currency_text: the sign or code, empty where it is not printed.
        languages: languages of the receipt, the likeliest first.
        orders: date orders, the likeliest first.
        sure: whether the country has more evidence than its language.
    """

    country: Country | None
    currency: str | None
    currency_text: str
    languages: tuple[str, ...]
    orders: tuple[str, ...]
    sure: bool

    @property
    def active(self) -> frozenset[str]:
        """Languages whose labels count."""
        return frozenset(self.languages)

    @property
    def primary(self) -> frozenset[str]:
        """Languages that the receipt is written in; labels of the others count only where they stand alone."""
        own = self.country.languages if self.country is not None and self.sure else ()
        return frozenset((*own, *self.languages[:1]))


#: Labels of these kinds tell no language: they are in every one.
_WEAK_KINDS = frozenset({"street", "company", "unit", "months"})
#: Signs that stand for one currency wherever they are printed.
_CERTAIN = {
    "€": "EUR", "£": "GBP", "₩": "KRW", "￦": "KRW", "원": "KRW", "₹": "INR", "₺": "TRY", "₱": "PHP", "฿": "THB",
    "₫": "VND", "Đ": "VND", "VNĐ": "VND", "KN": "HRK",
    "₽": "RUB", "РУБ": "RUB", "РУБ.": "RUB", "₴": "UAH", "ГРН": "UAH", "ГРН.": "UAH", "ЛВ": "BGN", "ЛВ.": "BGN",
    "ДИН": "RSD", "ДИН.": "RSD", "РСД": "RSD", "ΕΥΡΩ": "EUR", "ΕΥΡΏ": "EUR",
    "円": "JPY", "RM": "MYR", "RP": "IDR", "RP.": "IDR", "R$": "BRL", "ZŁ": "PLN", "ZL": "PLN", "KČ": "CZK",
    "KC": "CZK",
    "A$": "AUD", "S$": "SGD", "C$": "CAD",
    "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "US$": "USD", "FR.": "CHF",
    "SFR.": "CHF", "FT": "HUF", "TL": "TRY", "EUR": "EUR", "PHP": "PHP", "DHS": "AED",
}  # fmt: skip
_CODES = frozenset(
    [
        "AUD",
        "USD",
        "CAD",
        "EUR",
        "GBP",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "TRY",
        "MYR",
        "SGD",
        "IDR",
        "KRW",
        "JPY",
        "INR",
        "THB",
        "PHP",
        "VND",
        "AED",
        "MXN",
        "BRL",
        "HUF",
        "ZAR",
        "NZD",
        "HKD",
        "RUB",
        "UAH",
        "BGN",
        "RSD",
        "RON",
        "HRK",
        "BAM",
    ]
)
#: Codes that are names and words too, and count beside amounts alone.
_NAMES = frozenset({"RON"})
#: Letters before a tax id that may be left out, and codes of countries that are words before numbers or whose ids are
#: short.
_OPTIONAL_LETTERS = re.compile(r"^\(\?:([A-Z]{2}) \?\)\?")
_WORDS_BEFORE_NUMBERS = frozenset({"NO", "RO"})
#: Phrases, and how many characters they have before their first letters, by these.
_Phrases = dict[str, tuple[tuple[str, int], ...]]
_LETTERS = re.compile(r"[^\W\d_]+")
#: Letters of scripts whose letters are syllables come behind this one.
_WIDE = 0x2E80
#: Rows at the top in which a postcode of the shop stands.
_TOP = 14
#: ``CAD. YEŞIL`` is a street.
_CODE = re.compile(
    r"(?<![A-Za-z])(" + "|".join(sorted(_CODES - _NAMES)) + r")(?![A-Za-z])(?!\. ?[^\W\d_]{2})"
)
_NAME = re.compile(r"(?<![A-Za-z])(?:" + "|".join(sorted(_NAMES)) + r")(?=:?\s{1,3}\d[\d.,]*[.,]\d{2}(?!\d))")
_RM = re.compile(r"(?<![A-Za-z])\(?RM\)?(?![A-Za-z.])")
#: ``RP0 4CL`` is a postcode, ``RP237`` a code.
_RP = re.compile(r"(?<![A-Za-z])R[pP](?:\.(?=\s?\d)|(?=\s\d|\d{1,3}[.,]\d{3}(?!\d)|\d{4,}(?!\w)|\s*$))")
_DOMAIN = re.compile(r"[\w-]\.(?:(?:com|co|org|net)\.)?([a-z]{2})(?![\w.]|@)", re.IGNORECASE)
_PHONE = re.compile(r"\+\s?\(?(\d{1,3})\)?(?=[\s\d(.-])")
#: Letters of a word of streets from which it tells a language, and how much each of them and all together speak for a
#: country that speaks it.
_STREET, _OF_STREET, _STREETS_AT_MOST = 4, 0.4, 0.8
#: What a number that can be a local telephone number speaks for its country, and a tax of several countries that stands
#: beside a rate of one of them.
_LOCAL_PHONE, _RATE = 0.4, 0.4


def languages_of(sheet: Sheet) -> dict[str, float]:
    """How much the labels of a receipt speak for each language."""
    weights: dict[str, float] = {}
    for row in sheet.rows:
        letters, latin = max(1, row.letters), row.text.isascii()
        for label in row.labels:
            length = label.end - label.start
            if not latin and any(ord(c) > _WIDE for c in row.text[label.start : label.end]):
                length *= 3  # a syllable a letter
            if length < 3:
                continue
            speaking = {language for language, kind in label.kinds if kind not in _WEAK_KINDS or length >= 4}
            weight = (1.0 if label.exact else 0.4) * min(1.0, length / letters + 0.2) * min(length, 10) / 5
            for language in speaking:
                weights[language] = weights.get(language, 0.0) + weight / len(speaking) ** 2
    return weights


@cache
def _speaking() -> dict[str, tuple[str, ...]]:
    """Countries by their two most usual languages."""
    found: dict[str, list[str]] = {}
    for code, country in countries().items():
        for language in country.languages[:2]:
            found.setdefault(language, []).append(code)
    return {language: tuple(codes) for language, codes in found.items()}


def evidence(sheet: Sheet) -> Evidence:
    """Where a receipt is from, by its language, taxes, places, telephone numbers, web addresses and currency signs."""
    spoken = languages_of(sheet)
    known = countries()
    text = "\n".join(row.text for row in sheet.rows)
    votes = dict.fromkeys(known, 0.0)
    most = max(spoken.values(), default=0.0) or 1.0
    likely: dict[str, float] = {}
    telling: dict[str, float] = {}
    for language, weight in spoken.items():
        for code in _speaking().get(language, ()):
            likely[code] = max(likely.get(code, 0.0), 1.2 * weight / most)
            # English stands on receipts of every country, so any other language says more.
            if language != "en":
                telling[code] = max(telling.get(code, 0.0), min(1.2, weight / 2.5))
    for code, vote in likely.items():
        votes[code] += vote + telling.get(code, 0.0)
    hard = dict.fromkeys(known, 0.0)
    _count_words(text, hard)
    _count_streets(sheet, hard)
    _count_rates(sheet, hard)
    printed, shown = _printed_currency(sheet, text)
    for code, country in known.items():
        if printed and (country.currency == printed or printed in country.signs):
            hard[code] += 1.5
        elif printed:
            hard[code] -= 1.0
        elif shown and shown in country.signs:
            hard[code] += 0.6
    for code in known:
        votes[code] += hard[code]
    best = max(votes, key=lambda code: votes[code])
    # A sign of several currencies is one of the country's own where its language is that of the receipt.
    native = next((one for one in known[best].languages[:1] if one != "en"), "")
    spoken_there = bool(native) and spoken.get(native, 0.0) >= max(1.5, 0.8 * most)
    sure = hard[best] >= 1.0 or (bool(shown) and shown in known[best].signs and spoken_there)
    likeliest = known[best] if votes[best] >= 1.0 else None
    ranked = sorted(spoken, key=lambda one: -spoken[one])
    own = [one for one in (likeliest.languages if likeliest else ()) if sure]
    active = [*own, *[one for one in ranked if spoken[one] >= 0.3 * most], "en"]
    currency = printed
    if currency is None and likeliest is not None and sure:
        currency = likeliest.currency
    elif currency is None and likeliest is not None:
        # The language alone tells no currency unless all its countries share one.
        shared = {one.currency for one in known.values() if set(one.languages[:1]) & set(ranked[:1])}
        currency = next(iter(shared)) if len(shared) == 1 and spoken.get(ranked[0], 0) >= 2 else None
    order = likeliest.date_order if likeliest is not None else "dmy"
    orders = tuple(dict.fromkeys((order, "dmy", "mdy", *(("ymd",) if order == "ymd" else ()))))
    return Evidence(likeliest, currency, shown, tuple(dict.fromkeys(active)), orders, sure)


@cache
def _words() -> tuple[_Phrases, dict[str, tuple[tuple[str, float], ...]]]:
    """All tax words and places, and what each of them speaks for."""
    by_word: dict[str, list[tuple[str, float]]] = {}
    for code, country in countries().items():
        for words, weight in ((country.tax_words, 0.9), (country.places, 1.0)):
            for word in words:
                by_word.setdefault(texts.upper(word), []).append((code, weight))
    return _by_first_word(by_word), {k: tuple(v) for k, v in by_word.items()}


def _by_first_word(phrases: Iterable[str]) -> _Phrases:
    """Phrases by their first letters, the longer first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        letters = _LETTERS.search(phrase)
        if letters:
            found.setdefault(letters.group(), []).append((phrase, letters.start()))
    return {first: tuple(those) for first, those in found.items()}


def _found(text: str, phrases: _Phrases) -> list[tuple[int, int]]:
    """Where phrases stand in a text in capitals, of those that overlap the first and longest."""
    places: list[tuple[int, int]] = []
    for letters in _LETTERS.finditer(text):
        for phrase, before in phrases.get(letters.group(), ()):
            start = letters.start() - before
            end = start + len(phrase)
            if start < (places[-1][1] if places else 0) or not text.startswith(phrase, start):
                continue
            if not (_LETTERS.match(text, end) or (before and _LETTERS.match(text, max(0, start - 1)))):
                places.append((start, end))
                break
    return places


@cache
def _postcodes() -> dict[str, re.Pattern[str]]:
    """Postcodes with letters, which tell their country."""
    return {
        code: re.compile(rf"(?<![A-Z\d]){country.postcode}(?![A-Z\d])")
        for code, country in countries().items()
        if (
            country.postcode
            and re.search(r"[A-Z]{2}|\[A-Z", country.postcode)
            and country.postcode[:3] != "(?:"
        )
        or code in ("US", "AU", "NZ", "SG")
    }


@cache
def _tax_ids() -> dict[str, re.Pattern[str]]:
    """Tax ids that begin with letters, which are of one country, by its code."""
    patterns = {
        code: [
            # Where the letters may be left out, the id tells its country with them alone.
            _OPTIONAL_LETTERS.sub(r"\g<1> ?", one.pattern)
            for one in country.tax_ids
            if re.match(r"[A-Z]{2,3}(?![\]{])", one.pattern)
            or (code not in _WORDS_BEFORE_NUMBERS and _OPTIONAL_LETTERS.match(one.pattern))
        ]
        for code, country in countries().items()
    }
    return {code: re.compile("|".join(rf"\b(?:{p})\b" for p in own)) for code, own in patterns.items() if own}


@cache
def _labelled_tax_ids() -> dict[str, re.Pattern[str]]:
    """Tax ids that begin with certain digits, which tell their country behind the name of its tax, by its code."""
    found = {}
    for code, country in countries().items():
        own = [one.pattern for one in country.tax_ids if re.match(r"\d{2}(?![}\]])", one.pattern)]
        if own:
            taxes = "|".join(re.escape(texts.upper(word)) for word in country.tax_words)
            found[code] = re.compile(rf"\b(?:{taxes})\b[^\n\d]{{0,20}}(?:{'|'.join(own)})(?!\d)")
    return found


@cache
def _any_tax_id() -> re.Pattern[str]:
    """The tax ids of `_tax_ids` together, which most receipts have none of."""
    return re.compile("|".join(pattern.pattern for pattern in _tax_ids().values()))


@cache
def _local_phones() -> dict[str, re.Pattern[str]]:
    """Telephone numbers without a prefix that tell their country, by its code."""
    return {
        code: re.compile(rf"(?<![\w.,/+-])(?:{country.local_phone})(?![\w.,/-])")
        for code, country in countries().items()
        if country.local_phone
    }


@cache
def _street_languages() -> dict[str, tuple[str, ...]]:
    """Languages other than English by the skeleton of a word of their streets that no label of English is."""
    found: dict[str, set[str]] = {}
    for language, own in labels.languages().items():
        for word in own.get("street", ()):
            form = texts.skeleton(word)
            if len(form) >= _STREET and not any(spoken == "en" for spoken, _ in labels.meanings(form)):
                found.setdefault(form, set()).add(language)
    return {form: tuple(sorted(spoken)) for form, spoken in found.items() if "en" not in spoken}


def _count_streets(sheet: Sheet, hard: dict[str, float]) -> None:
    """``JALAN``, ``TAMAN`` and ``SEKSYEN`` speak for the countries of their language."""
    known = _street_languages()
    words = {
        texts.skeleton(row.text[label.start : label.end])
        for row in sheet.rows[:_TOP]
        for label in row.labels
        if label.exact and any(kind == "street" for _, kind in label.kinds)
    }
    weights: dict[str, float] = {}
    for spoken in (known[word] for word in words if word in known):
        for language in spoken:
            weights[language] = weights.get(language, 0.0) + _OF_STREET / len(spoken)
    for language, weight in weights.items():
        codes = _speaking().get(language, ())
        for code in codes:
            hard[code] += min(_STREETS_AT_MOST, weight) / len(codes)


@cache
def _shared_taxes() -> dict[str, tuple[str, ...]]:
    """Countries by the name of a tax that several of them have."""
    by_word: dict[str, list[str]] = {}
    for code, country in countries().items():
        for word in country.tax_words:
            by_word.setdefault(texts.upper(word), []).append(code)
    return {word: tuple(codes) for word, codes in by_word.items() if len(codes) > 1}


def _count_rates(sheet: Sheet, hard: dict[str, float]) -> None:
    """``GST 6%`` speaks for the countries among those of the tax that have the rate."""
    shared = _shared_taxes()
    found: set[tuple[str, str]] = set()
    for row in sheet.rows:
        rates = {number.text.replace(",", ".") for number in row.numbers if number.percent}
        if rates:
            words = set(_LETTERS.findall(texts.upper(row.text))) & shared.keys()
            found.update((word, rate) for word in words for rate in rates)
    for word, rate in found:
        codes = [code for code in shared[word] if rate in countries()[code].tax_rates]
        for code in codes:
            hard[code] += _RATE / len(codes)


def has_tax_id(text: str) -> bool:
    """Whether a tax id that begins with the letters of a country stands in a text."""
    return _any_tax_id().search(text) is not None


@cache
def _places() -> _Phrases:
    """Cities and countries, in capitals without accents."""
    return _by_first_word(texts.upper(place) for one in countries().values() for place in one.places)


def places_in(text: str) -> list[tuple[int, int]]:
    """Where cities and countries stand in a text in capitals without accents."""
    return _found(text, _places())


def _count_words(text: str, hard: dict[str, float]) -> None:
    phrases, meaning = _words()
    upper = texts.upper(text)
    for word in {upper[start:end] for start, end in _found(upper, phrases)}:
        for code, weight in meaning[word]:
            hard[code] += weight / len(meaning[word]) ** 0.5
    top = "\n".join(text.split("\n")[:_TOP])
    for code, postcode in _postcodes().items():
        if postcode.search(top):
            hard[code] += 1.0
    for ending in {match.group(1).lower() for match in _DOMAIN.finditer(text)}:
        for code, country in countries().items():
            if ending in country.domains:
                hard[code] += 1.2
    for number in {match.group(1) for match in _PHONE.finditer(text)}:
        for code, country in countries().items():
            if number.startswith(country.phone[1:]):
                hard[code] += 1.2
    for code, local in _local_phones().items():
        if local.search(top):
            hard[code] += _LOCAL_PHONE
    for code, labelled in _labelled_tax_ids().items():
        if labelled.search(upper):
            hard[code] += 1.5
    if _any_tax_id().search(text):
        for code, pattern in _tax_ids().items():
            if pattern.search(text):
                hard[code] += 1.5


def _printed_currency(sheet: Sheet, text: str) -> tuple[str | None, str]:
    """ISO code of the currency that is printed, and the sign; the code is ``None`` for signs of several currencies."""
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    loose: dict[str, int] = {}
    for row in sheet.rows:
        for number in row.numbers:
            sign = number.sign
            bare = sign.isalpha() and len(sign) == 2 and not number.decimals
            if not sign or number.code or (bare and not (sign == "Ft" and len(number.text) > 2)):
                continue
            code = sign.upper() if sign.upper() in _CODES else _CERTAIN.get(sign.upper())
            if code:
                counts[code] = counts.get(code, 0) + 1
                shown.setdefault(code, sign)
            else:
                loose[sign] = loose.get(sign, 0) + 1
    for pattern in (_CODE, _NAME, _RM, _RP):
        for match in pattern.finditer(text):
            word = match.group().strip("()")
            code = word if word in _CODES else _CERTAIN.get(word.upper())
            if code:
                counts[code] = counts.get(code, 0) + 1
                shown.setdefault(code, word)
    if counts:
        best = max(counts, key=lambda one: counts[one])
        return best, shown[best]
    if loose:
        return None, max(loose, key=lambda one: loose[one])
    return None, ""


def style_of(sheet: Sheet, evidence: Evidence) -> money.Style:
    """How the receipt prints amounts."""
    decimal = evidence.country.decimal if evidence.country is not None and evidence.sure else None
    numbers: Iterable[money.Number] = [number for row in sheet.rows for number in row.numbers]
    return money.style_of(numbers, decimal)
