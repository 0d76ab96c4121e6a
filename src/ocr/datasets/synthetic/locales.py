"""Countries as receipts show them: money, dates, numbers of authorities, and the words of `vocabulary`.

They lie in ``locales.json``, a record of the attributes of `Locale` for each; ``words`` is the name of a vocabulary.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from random import Random
from typing import Any

from ocr.datasets.synthetic.vocabulary import Vocabulary, vocabulary


@dataclass(frozen=True)
class Locale:
    """One country.

    Attributes:
        name: language and country, as in ``"de_DE"``.
        words: its vocabulary.
        currency: ISO 4217 code.
        signs: how amounts are marked; ``""`` for not at all.
        sign_after: whether the sign follows the amount.
        decimals: digits after the separator.
        separators: of decimals and of thousands, alternatives to draw from.
        price_scale: typical price of an item in this currency.
        cash_step: smallest coin; totals are rounded to it where cash is paid.
        tax_rates: percentages.
        tax_included: whether prices contain the tax; None where both are usual.
        dates: `strftime` formats.
        phones, registrations, postcodes, documents: patterns, ``#`` a digit, ``@`` a capital letter.
        weight: relative frequency.
    """

    name: str
    words: Vocabulary
    currency: str
    signs: tuple[str, ...]
    sign_after: bool
    decimals: int
    separators: tuple[tuple[str, str], ...]
    price_scale: float
    cash_step: Decimal
    tax_rates: tuple[str, ...]
    tax_included: bool | None
    dates: tuple[str, ...]
    phones: tuple[str, ...]
    registrations: tuple[str, ...]
    postcodes: tuple[str, ...]
    weight: float


def _tuples(value: Any) -> Any:
    """Lists, within lists too, as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _load() -> tuple[tuple[str, ...], tuple[Locale, ...]]:
    data = json.loads(files("ocr.datasets.synthetic").joinpath("locales.json").read_text("utf-8"))
    entries = [{key: _tuples(value) for key, value in entry.items()} for entry in data["locales"]]
    return tuple(data["documents"]), tuple(
        Locale(**{**entry, "words": vocabulary(entry["words"]), "cash_step": Decimal(entry["cash_step"])})
        for entry in entries
    )


#: Patterns of document numbers, which are alike everywhere, and the countries.
DOCUMENTS, LOCALES = _load()

_CUMULATIVE = tuple(sum(entry.weight for entry in LOCALES[: i + 1]) for i in range(len(LOCALES)))


def choose_locale(rng: Random) -> Locale:
    """A locale drawn by weight."""
    position = rng.random() * _CUMULATIVE[-1]
    return next(entry for entry, bound in zip(LOCALES, _CUMULATIVE, strict=True) if position < bound)


def locale_named(name: str) -> Locale:
    """The locale of this name, as in ``"de_DE"``.

    Raises:
        KeyError: where there is none.
    """
    return {entry.name: entry for entry in LOCALES}[name]


def fill(pattern: str, rng: Random) -> str:
    """The pattern with random digits for ``#`` and random capitals for ``@``."""
    return "".join(
        str(rng.randrange(10)) if c == "#" else rng.choice("ABCDEHKLMPRSTVWX") if c == "@" else c
        for c in pattern
    )


def format_amount(
    value: Decimal, locale: Locale, sign: str = "", separators: tuple[str, str] | None = None
) -> str:
    """The amount as the locale prints it, with the sign that is given (``""`` for none)."""
    point, thousands = separators or locale.separators[0]
    digits = (
        f"{abs(value):,.{locale.decimals}f}".replace(",", "\0").replace(".", point).replace("\0", thousands)
    )
    text = digits + sign if locale.sign_after else sign + digits
    return "-" + text if value < 0 else text
