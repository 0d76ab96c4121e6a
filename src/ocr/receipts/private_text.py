"""Where private data stands in a text: card numbers, IBANs, phone numbers, e-mail addresses, names, loyalty numbers.

Card numbers are told by Luhn's check digit (ISO/IEC 7812-1, annex B), IBANs by theirs (ISO 13616, modulo 97); phone
numbers by their form or a label, names and loyalty numbers by labels alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

#: What can be masked. ``card_last4`` is ``card`` with the last four digits left as they are.
KINDS = ("card", "card_last4", "iban", "phone", "email", "name", "loyalty")
#: Parts the texts of one row: what stands on both sides of it can belong together.
GAP = "\t"


class Span(NamedTuple):
    """A piece of a text: from ``start`` up to before ``end``."""

    start: int
    end: int
    kind: str


def spans(text: str, kinds: Collection[str]) -> list[Span]:
    """The private pieces of the text of a row, from left to right, overlapping where kinds do.

    Args:
        text: lines of the row are parted by `GAP`.
        kinds: of `KINDS`.
    """
    pieces = [Span(start, end, kind) for kind in kinds for start, end in _FINDERS[kind](text)]
    return sorted(pieces)


# Card numbers.

_DIGIT_RUN = re.compile(r"\d(?:[ \-–\t]{0,2}\d)*")
_CARD_WORD = re.compile(
    r"card|karte|carte|tarjeta|cart[aã]o|carta\b|kort|kaart|karta|kart\b|kad\b|kartu|visa|master|maestro|amex"
    r"|american express|diners|discover|jcb|unionpay|debit|credit|kredit|cr[eé]dito|giro|\bpan\b|\bec\b",
    re.IGNORECASE,
)
_DOTTED_CARD = re.compile(r"(?<![\d.])\d{4}([._/])\d{4}\1\d{4}\1\d{4}(?![\d.])")
#: Print that hides digits itself: what it leaves is as private.
_HIDDEN_CARD = re.compile(
    r"(?P<head>\d{1,6}[ \-\t]?)?[*xX#•█✱∗][*xX#•█✱∗ \-\t]{3,30}(?P<tail>\d{2,6})(?![\d.,])"
)
_HIDING = re.compile(r"[*xX#•█✱∗]")
#: Lengths of card numbers by what they begin with, the longer beginning first.
_ISSUERS: tuple[tuple[str, tuple[int, ...]], ...] = (
    (r"3[47]", (15,)),
    (r"3[0689]", (14, 15, 16, 17, 18, 19)),
    (r"35", (16, 17, 18, 19)),
    (r"4", (13, 16, 19)),
    (r"5[1-5]", (16,)),
    (r"2[2-7]", (16,)),
    (r"5[06-8]", (12, 13, 14, 15, 16, 17, 18, 19)),
    (r"6", (12, 13, 14, 15, 16, 17, 18, 19)),
)


def has_luhn_digit(digits: str) -> bool:
    """Whether the last digit is the check digit of Luhn's formula."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 * (value > 4)
        total += value
    return total % 10 == 0


def _is_of_issuer(digits: str) -> bool:
    return any(re.match(start, digits) and len(digits) in lengths for start, lengths in _ISSUERS)


def _cards(text: str) -> Iterator[tuple[int, int]]:
    named = bool(_CARD_WORD.search(text))
    for run in _DIGIT_RUN.finditer(text):
        groups = [(m.start() + run.start(), m.group()) for m in re.finditer(r"\d+", run.group())]
        for first in range(len(groups)):
            digits = ""
            for last in range(first, len(groups)):
                # Digits of other scripts count as those that they are.
                digits += "".join(str(int(c)) for c in groups[last][1])
                if len(digits) > 19:
                    break
                parts = [group for _, group in groups[first : last + 1]]
                after_letter = text[: groups[first][0]][-1:].isalpha()
                if len(digits) >= 12 and _is_card(digits, parts, named, after_letter):
                    yield groups[first][0], groups[last][0] + len(groups[last][1])
    for dotted in _DOTTED_CARD.finditer(text):
        if has_luhn_digit("".join(c for c in dotted.group() if c.isdigit())):
            yield dotted.span()
    for hidden in _HIDDEN_CARD.finditer(text):
        # Stars stand around other numbers too; those of cards have four digits left.
        telling = named or hidden["head"] or len(hidden["tail"]) == 4
        if telling and len(_HIDING.findall(hidden.group())) >= 4:
            yield hidden.span()


def _is_card(digits: str, groups: list[str], named: bool, after_letter: bool) -> bool:
    if not has_luhn_digit(digits):
        return False
    of_issuer = _is_of_issuer(digits)
    if named:
        return of_issuer or (len(groups) == 1 and len(digits) >= 13)
    # Of goods' numbers of 13 digits a tenth have a digit that fits by chance, as have numbers of receipts.
    if len(digits) < 14 or digits.startswith("0") or (after_letter and not of_issuer):
        return False
    if len(groups) == 1:
        return True
    # Amounts side by side have groups of their own; those of cards begin with four digits, or are long.
    return (
        of_issuer and min(map(len, groups[:-1])) >= 3 and (len(groups[0]) == 4 or max(map(len, groups)) >= 8)
    )


def _cards_but_last_four(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _cards(text):
        places = [k for k in range(start, end) if text[k].isdigit()]
        if len(places) > 4:
            yield start, places[-4]


# IBANs.

#: Lengths of the registry by country.
_IBAN_LENGTHS: Mapping[str, int] = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV", "29": "BR EG PS QA UA", "30": "JO KW MU", "31": "MT SC", "32": "LC",
        "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_IBAN_START = re.compile(r"[A-Za-z]{2}[ \t]?\d[ \t]?\d")


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for start in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(text[start.start() : start.start() + 2].upper())
        if length is None:
            continue
        places: list[int] = []
        for k in range(start.start(), len(text)):
            if text[k].isascii() and text[k].isalnum():
                places.append(k)
            elif text[k] not in " \t-." or (k + 1 < len(text) and not text[k + 1].isalnum()):
                break
            if len(places) == length:
                break
        if len(places) == length and _has_iban_digits("".join(text[k] for k in places)):
            yield places[0], places[-1] + 1


def _has_iban_digits(text: str) -> bool:
    turned = (text[4:] + text[:4]).upper()
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


# Phone numbers.

_PHONE_LABEL = "|".join(
    (
        r"tele(?:fon|fono|fone|phone|foon)\w*|t[eé]l[eé]phone|t[eé]lf?|tel(?:p|ef)?|phone|fon|fax|hot[ -]?line",
        r"mob(?:ile?|il)?|handy|tlf|h/?p|contact|whats ?app|gsm|ph|careline|call|puh|тел|전화",
    )
)
_PHONES = (
    # A label and whatever number follows.
    re.compile(
        rf"(?<![^\W\d_])(?:{_PHONE_LABEL})(?![^\W\d_])"
        r"(?:[ \t.:#/()&|=-]|no\b|nr\b|number\b|us\b|n°){0,14}(?P<number>\+?\(?\d[\d ()/.\-–]{4,}\d)",
        re.IGNORECASE,
    ),
    # +49 30 1234567, 0049-30-1234567
    re.compile(
        r"(?<![\w.,])(?P<number>(?:\+ ?|00(?=[1-9]\d[ /(-]))\(?\d{1,3}\)?[ ()/.\-–]?[\d ()/.\-–]{5,17}\d)(?![\d.,])"
    ),
    # (212) 555-0123, 212-555-0123, 212.555.0123
    re.compile(r"(?<![\d.,-])(?P<number>(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[ .-]\d{4})(?![\d,-])"),
    # 03-1234 5678 and 030/1234567, but not 01/2018 and 001-2018-03-18
    re.compile(
        r"(?<![\d.,/-])(?!\d\d[/-](?:19|20)\d\d(?![ -]?\d{4}))(?!\d+[/-](?:19|20)\d\d-\d\d)"
        r"(?P<number>\(?0\d{1,5}\)? ?[/–-] ?\d{3,9}(?:[ -]\d{2,5})*)(?![\d.,/])"
    ),
)
#: Digits of phone numbers at least: after a label, and without one; E.164 has at most 15.
_LABELLED_DIGITS, _PHONE_DIGITS = 6, range(8, 16)


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for place, pattern in enumerate(_PHONES):
        for match in pattern.finditer(text):
            digits = sum(c.isdigit() for c in match["number"])
            if digits in _PHONE_DIGITS or (place == 0 and digits >= _LABELLED_DIGITS):
                yield match.span("number")


# E-mail addresses.

_EMAILS = (
    re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+[.,][^\W\d_][^\s@<>()\[\],;:\"]*"),
    # Read with spaces around the sign and the dots: a quantity "2 @ 3.50" has no letters after its dot.
    re.compile(r"[\w.+%-]+[ \t]?@[ \t]?(?:[\w-]+ ?\. ?)+[^\W\d_]{2,}"),
)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" not in text:
        return
    for pattern in _EMAILS:
        for match in pattern.finditer(text):
            yield match.span()


# Names and loyalty numbers.

_SERVED_BY = "|".join(
    (
        r"(?:you were )?served by|bedient von|es bediente sie|servi par|le atendi[oó]|atendid[oa] por|servito da",
        r"obsługiwał[a]?|u werd geholpen door|du betjentes af",
    )
)
_NAME_LABEL = "|".join(
    (
        r"cashier(?: name)?|sales ?(?:person|man|rep)|waiter|waitress|clerk|server|staff|operator",
        r"card ?holder(?: name)?|customer(?: name)?|cust|member(?: name)?|guest(?: name)?|attn|contact person",
        r"kassierer(?:in)?|bediener(?:in)?|kellner(?:in)?|verk[aä]ufer(?:in)?|mitarbeiter(?:in)?|karteninhaber|kunde",
        r"caissi[eè]re?|vendeu(?:r|se)|cajer[oa]|client[e]?|cassiere|operatore|operador[a]?|kasir|pelayan",
        r"kasjer|kassör|ekspedient|medewerker",
    )
)
_TITLE = r"(?i:mrs|herrn?|frau|puan|encik)"
_PERSON = r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,3}"
_NAMES = (
    re.compile(rf"(?<!\w)(?:{_SERVED_BY})[ \t.:#-]*(?:\d+[ -]*)?(?P<name>{_PERSON})", re.IGNORECASE),
    re.compile(
        rf"(?<!\w)(?:{_NAME_LABEL})(?: ?[.:#=|-]| ?\t|(?= \d))[ \t.:#-]*(?:\d+[ -]*)?(?P<name>{_PERSON})",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:^|\t)name ?[:\t][ \t]*(?P<name>{_PERSON})", re.IGNORECASE),
    re.compile(rf"(?<!\w){_TITLE}\.? (?P<name>[A-ZÄÖÜÉ][\w'’.-]*(?: [A-ZÄÖÜÉ][\w'’.-]*){{0,2}})"),
)

_LOYALTY_LABEL = "|".join(
    (
        r"loyalty|member(?:ship)?|club ?card|points? ?card|rewards?|nectar|advantage card|bonuslink|b-infinite",
        r"customer (?:id|no|number)|cust(?:omer)? ?card|payback|deutschland ?card|bonus ?-?(?:card|karte|nr)",
        r"kunden ?-?karte|kunden-?(?:nr|nummer)|(?:carte )?fid[eé]lit[eé]|tarjeta (?:cliente|socio|club)|socio",
        r"cart[aã]o (?:cliente|continente)|tessera|fidaty|(?:kad )?ahli|klantenkaart|medlem(?:snr|snummer)?",
        r"karta klienta",
    )
)
_LOYALTY = re.compile(
    rf"(?<!\w)(?:{_LOYALTY_LABEL})(?!\w*:?[ \t]*\d{{1,3}}[.,]\d\d\b)[^\d\t]{{0,20}}?\t?[^\d\t]{{0,12}}?"
    r"(?P<number>(?:[A-Z]{0,3}[*xX#]{2,}[ -]?)?[A-Z]{0,3}\d(?:[ -]?[\dA-Z]){3,}\b)(?![.,]\d)",
    re.IGNORECASE,
)


#: What follows such a label without being a name.
_NO_NAMES = frozenset(
    (
        *(
            "cash",
            "cashier",
            "cashiers",
            "clerk",
            "code",
            "copy",
            "counter",
            "customer",
            "date",
            "id",
            "manager",
        ),
        *(
            "member",
            "no",
            "nr",
            "number",
            "order",
            "pos",
            "receipt",
            "ref",
            "sales",
            "salesman",
            "service",
            "staff",
        ),
        *("table", "take", "terminal", "time", "till", "total", "user"),
    )
)


def _names(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _NAMES:
        for match in pattern.finditer(text):
            if match["name"].split()[0].rstrip(".").lower() not in _NO_NAMES:
                yield match.span("name")


def _loyalty(text: str) -> Iterator[tuple[int, int]]:
    for match in _LOYALTY.finditer(text):
        if sum(c.isdigit() for c in match["number"]) >= 4:
            yield match.span("number")


_FINDERS: Mapping[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    "card": _cards,
    "card_last4": _cards_but_last_four,
    "iban": _ibans,
    "phone": _phones,
    "email": _emails,
    "name": _names,
    "loyalty": _loyalty,
}
