"""Names, places, times and prices: the makers that single lines and whole receipts share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import chain
from random import Random

from ocr.datasets.synthetic.casing import upper_case
from ocr.datasets.synthetic.locales import Locale, fill
from ocr.datasets.synthetic.vocabulary import Vocabulary
from ocr.recognition.alphabets import basic_letter

_SYLLABLE_TEXT = (
    "BA BE BI BO BU CA CE CHA CO CU DA DE DI DO FA FE FI FO GA GE GI GO HA HE HI HO JA JE JU KA KE KI KO "
    "KU LA LE LI LO LU MA ME MI MO MU NA NE NI NO NU PA PE PI PO PU QUA RA RE RI RO RU SA SE SHI SO SU TA "
    "TE TI TO TU VA VE VI VO WA WE WI XA YA YE YO ZA ZE ZI ZO STRA TRO GRA BLU CLE PRO DRI SKI AN EN IN "
    "ON UN AR ER OR AL EL IL ST CK NG TZ X"
)
_SYLLABLES = tuple(_SYLLABLE_TEXT.split())


def date_text(rng: Random, moment: datetime, form: str) -> str:
    """The date in the format; month names come in upper case or as they are."""
    text = moment.strftime(form)
    return text.upper() if "%b" in form.lower() and rng.random() < 0.3 else text


def moment(rng: Random) -> datetime:
    """A time of purchase in opening hours."""
    return datetime(2012, 1, 1) + timedelta(
        days=rng.randrange(5475),
        hours=rng.randrange(7, 23),
        minutes=rng.randrange(60),
        seconds=rng.randrange(60),
    )


def clock(rng: Random, when: datetime) -> str:
    """The time of day in one of the usual forms."""
    form = rng.choice(
        ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H:%M:%S", "%H.%M", "%H:%Mh")
    )
    text = when.strftime(form)
    return text[1:] if text.startswith("0") and rng.random() < 0.3 else text


def invented_word(rng: Random, locale: Locale | None = None) -> str:
    """A word that no list holds, so that no reader learns words by heart; in capitals, in the letters of the locale."""
    syllables = _SYLLABLES if locale is None else _syllables(locale.words)
    return "".join(rng.choice(syllables) for _ in range(rng.choice((1, 2, 2, 3, 3, 4))))


@cache
def _syllables(words: Vocabulary) -> tuple[str, ...]:
    """Those of invented words: where articles are not named in Latin letters, pieces of two and three of their own."""
    found = {
        upper_case(word[at : at + size])
        for name in words.items
        for word in re.findall(r"[^\W\d_]+", name)
        if not word.isascii() and not unicodedata.name(word[0]).startswith("LATIN")
        for size in (2, 3)
        for at in range(0, len(word) - size + 1)
    }
    return tuple(sorted(found)) if len(found) > 100 else _SYLLABLES


def accented(rng: Random, word: str, locale: Locale) -> str:
    """The word with some of its letters as the languages of the locale write them, case for case."""
    alphabet = _related(locale.words)
    return "".join(rng.choice(alphabet[c]) if c in alphabet and rng.random() < 0.4 else c for c in word)


@cache
def _related(words: Vocabulary) -> dict[str, str]:
    """The letters of a vocabulary beyond ASCII, by the basic letter that each is made of."""
    text = "".join(chain.from_iterable(astuple(words)))
    return by_base({case for c in text if not c.isascii() for case in (c, c.upper(), c.lower())})


def by_base(characters: Iterable[str]) -> dict[str, str]:
    """Letters beyond ASCII, by the basic letter that each is made of; other characters are left out."""
    related: dict[str, str] = {}
    for c in sorted(c for c in set(characters) if len(c) == 1 and c.isalpha() and not c.isascii()):
        base = basic_letter(c)
        if base.isascii():
            related[base] = related.get(base, "") + c
    return related


def price_value(rng: Random, locale: Locale) -> Decimal:
    """A believable price: small ones often, a few large."""
    value = locale.price_scale * 2 ** rng.gauss(0.0, 1.5) * (10 if rng.random() < 0.05 else 1)
    step = Decimal(1).scaleb(-locale.decimals)
    rounded = Decimal(repr(round(value, 4))).quantize(step)
    if locale.decimals and rng.random() < 0.6:
        rounded = (rounded * 10).quantize(Decimal(1)) / 10
    return max(rounded, step).quantize(step)


def company_name(rng: Random, locale: Locale) -> str:
    """The name of a company of the locale."""
    w = locale.words
    draw = rng.random()
    if draw < 0.35:
        core = rng.choice(w.given)
    elif draw < 0.6:
        core = f"{rng.choice(w.family)} {rng.choice(w.family)}"
    elif draw < 0.85:
        core = invented_word(rng, locale).title()
    else:
        core = f"{rng.choice(w.family)} & {rng.choice(w.family)}"
    trade = f" {rng.choice(w.trades)}" if rng.random() < 0.8 else ""
    return f"{core}{trade} {rng.choice(w.suffixes)}".strip()


def street_line(rng: Random, locale: Locale) -> str:
    """A street with its number, in the order of the country."""
    w = locale.words
    number = rng.choice(
        (
            str(rng.randrange(1, 300)),
            f"{rng.randrange(1, 90)}{rng.choice('ABCab')}",
            f"{rng.randrange(1, 60)}-{rng.randrange(1, 60)}",
        )
    )
    name = rng.choice(
        (rng.choice(w.given), rng.choice(w.family), rng.choice(w.family), invented_word(rng, locale).title())
    )
    street = rng.choice(w.streets)
    if locale.words.streets[0] == "straße":
        joined = f"{name}{street}" if street[0].islower() else f"{name} {street}"
        return f"{joined} {number}"
    if locale.name in ("sv_SE", "da_DK"):
        return f"{name}{street if street[0].islower() else ' ' + street} {number}"
    if locale.name.startswith("ms"):
        prefix = rng.choice(("NO. ", "NO ", "LOT ", "NO.", "No. ", "", "LOT PT ", "UNIT ", "G-"))
        end = rng.choice((",", "", f"/{rng.randrange(1, 60)},"))
        return f"{prefix}{number}, {street} {name} {rng.randrange(1, 40)}{end}"
    if locale.name.startswith("en"):
        return f"{number} {name} {street}"
    return f"{street} {name}, {number}" if not locale.name.startswith("fr") else f"{number}, {street} {name}"


def city_line(rng: Random, locale: Locale) -> str:
    """A postcode with its town."""
    town, code = rng.choice(locale.words.cities), fill(rng.choice(locale.postcodes), rng)
    text = f"{town} {code}" if locale.name.startswith("en") else f"{code} {town}"
    return text + rng.choice(("", "", ",", "."))


def address_lines(rng: Random, locale: Locale) -> tuple[str, ...]:
    """An address over two or three lines."""
    lines = [street_line(rng, locale)]
    if rng.random() < 0.5:
        lines.append(
            f"{rng.choice(locale.words.areas)} {rng.choice(locale.words.family)}{rng.choice((',', ''))}"
        )
    return (*lines, city_line(rng, locale))


def registration_number(rng: Random, locale: Locale) -> str:
    """A number that an authority gave the company."""
    return fill(rng.choice(locale.registrations), rng)


def item_name(rng: Random, locale: Locale) -> str:
    """The name of an article, abbreviated now and then as tills do."""
    w = locale.words
    name = rng.choice(w.items)
    draw = rng.random()
    if draw < 0.15:
        name = f"{invented_word(rng, locale).title()} {name}"
    if rng.random() < 0.35:
        name = f"{name} {rng.choice(w.qualities)}"
    if rng.random() < 0.1:
        name = name[: rng.randrange(6, 18)].rstrip()
    return name
