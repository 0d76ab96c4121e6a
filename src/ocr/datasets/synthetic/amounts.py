"""Amounts of money in all the ways that tills print them: signs, asterisks, currencies, tax letters, quantities."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from ocr.datasets.synthetic.locales import Locale

#: Before amounts and after them; each group is as likely as its weight.
_MINUS, _PLUS, _ASTERISKS = ("-", "-", "-", "- "), ("+", "+ "), ("*", "*", "*", "**", "* ", "***")
_TAX_LETTERS = "AAABBBCCDEFGNSTVXZRHKOPU"
_TAX_MARKS = ("SR", "ZR", "TX", "NT", "A*", "*A", "T1", "CR", "DB", "%", "#", "x", "N", "F", "Z", "1", "2")
_BEFORE = (
    "$",
    "$ ",
    "€",
    "€ ",
    "£",
    "EUR ",
    "EUR",
    "RM",
    "RM ",
    "CHF ",
    "Rs.",
    "R$ ",
    "₺",
    "USD ",
    "PLN ",
    "Fr. ",
    "=",
    "= ",
    ": ",
)
_AFTER = (
    "€",
    " €",
    " EUR",
    "EUR",
    " zł",
    "zł",
    " Kč",
    "Kč",
    ",-",
    " Ft",
    " lei",
    " RON",
    " PLN",
    " TL",
    " ₺",
    " đ",
    "đ",
    " kr",
    ":-",
    " kn",
    " CHF",
    "$",
    " $",
    " £",
    " VND",
)
_TIMES = (" x ", "x", " X ", "X", " * ", "*", " x", " @ ", "@", "x ")
_UNITS = (
    "",
    "",
    "",
    " szt.",
    " ks",
    " db",
    " buc",
    " kom",
    " vnt.",
    " Stk",
    " ST",
    " kg",
    "kg",
    " KG",
    " L",
    " pcs",
    " Ad",
    " un",
    " pz",
)


def plain(rng: Random, locale: Locale, greatest: float = 4.6) -> str:
    """A number without its marks: the separators are those of the locale mostly, the last digits are any."""
    value = 10 ** rng.uniform(-0.7, greatest)
    draw = rng.random()
    if draw < 0.55:
        point, thousands = rng.choice(locale.separators)
    else:
        point, thousands = rng.choice(((".", ","), (",", "."), (",", ""), (".", ""), (",", " "), (".", "'")))
    decimals = (
        rng.choice((2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 1, 0)) if locale.decimals else rng.choice((0, 0, 0, 2))
    )
    number = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals))
    return f"{number:,.{decimals}f}".replace(",", "\0").replace(".", point).replace("\0", thousands)


def marked(rng: Random, locale: Locale) -> str:
    """An amount with what stands right before and after it."""
    text = plain(rng, locale)
    draw = rng.random()
    if draw < 0.30:
        text = rng.choice(_MINUS) + text
    elif draw < 0.35:
        text = rng.choice(("-€", "-$", "-£", "€-", "$-", "€ -", "-RM", "RM-", "- €", "-*", "*-")) + text
    elif draw < 0.38:
        text = rng.choice(_PLUS) + text
    elif draw < 0.48:
        text = rng.choice(_ASTERISKS) + text
    elif draw < 0.60:
        text = rng.choice(_BEFORE) + text
    elif draw < 0.62:
        return f"({text})"
    draw = rng.random()
    if draw < 0.20:
        return text + rng.choice(_TAX_LETTERS)
    if draw < 0.27:
        return f"{text} {rng.choice(_TAX_LETTERS)}"
    if draw < 0.31:
        return text + rng.choice(("", " ")) + rng.choice(_TAX_MARKS)
    if draw < 0.39:
        return text + rng.choice(("-", "-", "-", " -", "-A", "-B", "- A"))
    if draw < 0.43:
        return text + rng.choice(("*", "**", " *"))
    if draw < 0.55:
        return text + rng.choice(_AFTER)
    return text


def product(rng: Random, locale: Locale) -> str:
    """A quantity times a price, now and then with what it makes."""
    count = rng.choice((str(rng.randrange(1, 13)), str(rng.randrange(1, 13)), f"{rng.uniform(0.05, 4):.3f}"))
    count = count.replace(".", rng.choice((",", ".")))
    text = f"{count}{rng.choice(_UNITS)}{rng.choice(_TIMES)}{plain(rng, locale, 2.2)}"
    draw = rng.random()
    if draw < 0.12:
        text += rng.choice(("/kg", " EUR/kg", "/KG", " zł/kg", " €/kg", " Kč/ks"))
    if draw < 0.45:
        text += rng.choice((" ", "  ", " = ", "=")) + plain(rng, locale, 2.6)
        text += rng.choice(("", "", rng.choice(_TAX_LETTERS), " " + rng.choice(_TAX_LETTERS)))
    return text


def labelled(rng: Random, locale: Locale) -> str:
    """A label with its amount, a few spaces apart."""
    w = locale.words
    group = rng.choice(
        (w.total, w.total, w.discount, w.discount, w.tax, w.cash, w.change, w.subtotal, w.rounding, w.items)
    )
    return rng.choice(group) + rng.choice((" ", "  ", "   ", ": ", ":")) + marked(rng, locale)


def amount(rng: Random, locale: Locale) -> str:
    """One of all of these."""
    draw = rng.random()
    if draw < 0.70:
        return marked(rng, locale)
    if draw < 0.84:
        return product(rng, locale)
    if draw < 0.96:
        return labelled(rng, locale)
    return f"{marked(rng, locale)} {marked(rng, locale)}"
