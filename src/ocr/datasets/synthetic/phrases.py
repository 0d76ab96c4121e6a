"""What single receipt lines say: makers of transcripts for recogniser training."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from random import Random

from ocr.datasets.synthetic.amounts import amount
from ocr.datasets.synthetic.casing import lower_case, upper_case
from ocr.datasets.synthetic.locales import DOCUMENTS, Locale, choose_locale, fill, format_amount
from ocr.datasets.synthetic.names import (
    accented,
    city_line,
    clock,
    company_name,
    date_text,
    invented_word,
    item_name,
    moment,
    price_value,
    street_line,
)

#: Printable ASCII, Latin letters of Europe, Turkey and Vietnam, and the signs of money and receipts.
DEFAULT_CHARACTERS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "".join(chr(c) for c in range(0xC0, 0x100))
    + "".join(map(chr, range(0x100, 0x180)))
    + "ƠơƯưȘșȚțẞ"
    + "".join(map(chr, range(0x1EA0, 0x1EFA)))
    + "¡¢£¥§©ª«®°±²³µ·º»¿€₩₹₫₺₽₱₦฿–—‘’“”„•…™№✓"
)

_UNITS = ("PCS", "PC", "X", "x", "UNIT", "KG", "EA", "Stk", "BTL", "@", "PKT", "NOS")

_QUANTITIES = (
    "{} X {}", "{} x {}", "{} @ {}", "{}X{}", "{} PCS x {}", "{} * {}", "{}x {}", "{} × {}",
)  # fmt: skip

Maker = Callable[[Random, Locale], str]

_TLD = ("com", "com.my", "de", "fr", "co.uk", "es", "it", "net", "org", "ch", "se", "pt", "io", "sg")


def _price(rng: Random, locale: Locale) -> str:
    value = price_value(rng, locale)
    sign = rng.choice(locale.signs) if rng.random() < 0.3 else ""
    text = format_amount(value, locale, sign, rng.choice(locale.separators))
    draw = rng.random()
    if draw < 0.06:
        return "-" + text
    if draw < 0.10:
        return text + rng.choice(("-", " A", " B", " S", " SR", "*", " T", " Z", " ZRL", " F", "R"))
    if draw < 0.13:
        return f"({text})"
    if draw < 0.16 and text.startswith("0"):
        return text[1:]
    return text


def _count(rng: Random, locale: Locale) -> str:
    draw = rng.random()
    if draw < 0.5:
        return str(rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 6, rng.randrange(100))))
    if draw < 0.65:
        return f"{rng.randrange(1, 30)}.{'0' * rng.choice((1, 2, 3))}"
    if draw < 0.75:
        return f"{rng.randrange(1, 20)} {rng.choice(_UNITS)}"
    if draw < 0.85:
        return f"{rng.randrange(1, 12)}x"
    return f"{rng.choice((0, 5, 6, 7, 10, 19, 20, 25))}{rng.choice(('%', '.00%', '.00', '.0 %', ' %'))}"


def _quantity(rng: Random, locale: Locale) -> str:
    price = format_amount(price_value(rng, locale), locale, "", rng.choice(locale.separators))
    return rng.choice(_QUANTITIES).format(rng.randrange(1, 13), price)


def _label(rng: Random, locale: Locale) -> str:
    w = locale.words
    totals = (w.subtotal, w.discount, w.tax, w.rounding, w.total, w.total, w.payment, w.cash, w.change)
    others = (w.date, w.time, w.document, w.staff, w.columns, w.columns, w.titles, w.registration, w.phone)
    group = rng.choice((*totals, *others))
    text = rng.choice(group)
    draw = rng.random()
    if draw < 0.3:
        return text + rng.choice((":", " :", ":", ": ", ".", " -", " =")).rstrip()
    if draw < 0.36:
        return f"{text} ({rng.choice((locale.currency, 'RM', '$', '%', locale.signs[0].strip() or 'A'))})"
    if draw < 0.42:
        return f"{text} {rng.choice((5, 6, 7, 10, 19, 20))}%"
    return text


def _labelled(rng: Random, locale: Locale) -> str:
    w = locale.words
    draw = rng.random()
    colon = rng.choice((":", ": ", " : ", " ", " :", "  "))
    if draw < 0.4:
        group = rng.choice((w.subtotal, w.total, w.tax, w.cash, w.change, w.rounding, w.discount))
        return rng.choice(group) + colon + _price(rng, locale)
    if draw < 0.75:
        return rng.choice(w.document) + colon + fill(rng.choice(DOCUMENTS), rng)
    if draw < 0.9:
        return (
            rng.choice(w.staff)
            + colon
            + rng.choice((rng.choice(w.given), fill("##", rng), invented_word(rng, locale)))
        )
    return rng.choice(w.columns) + " " + rng.choice(w.columns)


def _when(rng: Random, locale: Locale) -> str:
    when = moment(rng)
    day = date_text(rng, when, rng.choice(locale.dates))
    draw = rng.random()
    if draw < 0.4:
        return day
    if draw < 0.6:
        return clock(rng, when)
    if draw < 0.8:
        return day + rng.choice((" ", "  ", " - ")) + clock(rng, when)
    return rng.choice(locale.words.date) + rng.choice((":", ": ", " : ", " ")) + day


def _address(rng: Random, locale: Locale) -> str:
    draw = rng.random()
    if draw < 0.4:
        return street_line(rng, locale)
    if draw < 0.75:
        return city_line(rng, locale)
    name = rng.choice((rng.choice(locale.words.family), str(rng.randrange(1, 30))))
    return f"{rng.choice(locale.words.areas)} {name}{rng.choice((',', ''))}"


def _contact(rng: Random, locale: Locale) -> str:
    draw = rng.random()
    if draw < 0.5:
        return (
            rng.choice(locale.words.phone)
            + rng.choice((": ", ":", " : ", " "))
            + fill(rng.choice(locale.phones), rng)
        )
    if draw < 0.85:
        separator = rng.choice((": ", ":", " : ", " ", " ("))
        number = fill(rng.choice(locale.registrations), rng)
        return rng.choice(locale.words.registration) + separator + number + (")" if separator == " (" else "")
    host = invented_word(rng).lower() + "." + rng.choice(_TLD)
    return rng.choice(
        ("www.{}", "info@{}", "http://www.{}", "facebook.com/{}", "E-mail: sales@{}", "https://{}/r", "@{}")
    ).format(host)


def _item(rng: Random, locale: Locale) -> str:
    name = item_name(rng, locale)
    draw = rng.random()
    if draw < 0.12:
        return f"{fill('#############', rng)} {name}"
    if draw < 0.22:
        return f"{rng.randrange(1, 10)} {name}"
    if draw < 0.28:
        return f"{name} {_price(rng, locale)}"
    if draw < 0.33:
        return rng.choice(
            ("+ {}", "- {}", "* {}", "> {}", "({})", "#{}", "  {}", "** {} **", "[{}]", '"{}"')
        ).format(name)
    if draw < 0.38:
        return f"{fill(rng.choice(('@@###', '####', '@-##', '#####')), rng)} {name}"
    return name


def _code(rng: Random, locale: Locale) -> str:
    patterns = (*DOCUMENTS, "#############", "XXXXXXXXXXXX####", "**** **** **** ####", "############")
    return fill(rng.choice(patterns + locale.registrations + locale.phones), rng)


def _prose(rng: Random, locale: Locale) -> str:
    text = rng.choice((*locale.words.thanks, *locale.words.notes))
    draw = rng.random()
    if draw < 0.08:
        return rng.choice(("*** {} ***", "-- {} --", "- {} -", "** {} **", "* {} *", "== {} ==")).format(text)
    if draw < 0.14:
        return text + rng.choice(("!", " !", ".", ":", "...", "*"))
    if draw < 0.3:
        return f"{text} {rng.choice((*locale.words.notes, *locale.words.titles))}"
    return text


def _invented(rng: Random, locale: Locale) -> str:
    words = [invented_word(rng, locale) for _ in range(rng.choice((1, 1, 2, 2, 3, 4)))]
    case = rng.random()
    words = [w if case < 0.5 else w.title() if case < 0.8 else w.lower() for w in words]
    if rng.random() < 0.6:
        words = [accented(rng, word, locale) for word in words]
    return " ".join(words)


def _spaced(rng: Random, locale: Locale) -> str:
    """Words and amounts with a space between all characters, as tills set totals."""
    w = locale.words
    words = rng.choice((*w.total, *w.titles, *w.subtotal, *w.cash, *w.thanks, rng.choice(w.given))).split()
    parts = [*words[:2], amount(rng, locale)] if rng.random() < 0.6 else words[:3]
    if rng.random() < 0.2:
        parts = [amount(rng, locale)]
    return rng.choice(("  ", "   ")).join(" ".join(part.replace(" ", "")) for part in parts)


def _rule(rng: Random, locale: Locale) -> str:
    return rng.choice("-=*_.~#") * rng.randrange(3, 30)


_MAKERS: tuple[tuple[Maker, float], ...] = (
    (_price, 20.0), (_count, 7.0), (_quantity, 4.0), (_label, 17.0), (_labelled, 9.0), (_when, 7.0),
    (company_name, 5.0), (_address, 8.0), (_contact, 5.0), (_item, 11.0), (_code, 5.0),
    (_prose, 6.0), (_invented, 5.0), (_rule, 0.4), (amount, 26.0), (_spaced, 3.0),
)  # fmt: skip
_BOUNDS = tuple(accumulate(weight for _, weight in _MAKERS))


def random_characters(rng: Random, characters: str) -> str:
    """Random words over the characters, so that none stays unseen; spaces only where they hold one."""
    drawable = characters.replace(" ", "")
    words = ("".join(rng.choices(drawable, k=rng.randrange(1, 10))) for _ in range(rng.choice((1, 1, 2, 3))))
    return (" " if " " in characters else "").join(words)


def phrase(rng: Random, locale: Locale | None = None) -> str:
    """The text of one receipt line; may hold runs of spaces where columns are apart."""
    locale = locale or choose_locale(rng)
    maker = _MAKERS[min(bisect(_BOUNDS, rng.random() * _BOUNDS[-1]), len(_MAKERS) - 1)][0]
    text = maker(rng, locale)
    case = rng.random()
    if case < 0.33:
        change = upper_case if case < 0.3 else lower_case
        text = change(text, locale.name[:2])
    return text
