"""Scripts beside Latin that synthetic receipts are written in: a record in ``scripts/NAME.json`` for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.resources import files
from random import Random
from typing import Any, Protocol, cast

from ocr.datasets.synthetic import names
from ocr.datasets.synthetic.locales import Locale, locale_named
from ocr.errors import BadConfiguration
from ocr.runtime.suggestions import did_you_mean

#: Receipts in Latin letters: the packages of ``[synth]`` and the countries that are drawn by weight.
LATIN = "latin"


@dataclass(frozen=True)
class ScriptFont:
    """Font files of one family.

    Attributes:
        family: name of the family, for the held-out split.
        files: names of the files of the operating system without their suffixes; those that are not installed are
            left out. Empty for all files of the package ``fontpkg-FAMILY`` of ``[synth]``.
        weight: how often the family is drawn with, shared by its files.
        held_out: whether it is kept for validation.
        dots: pixels of the em of a bitmap font, which is drawn at this size alone; 0 for an outline font.
        latin: ``[synth]`` packages whose ASCII characters stand in for those of the files, half an em wide each, as
            tills have them; one is drawn for each face.
    """

    family: str
    files: tuple[str, ...]
    weight: float
    held_out: bool = False
    dots: int = 0
    latin: tuple[str, ...] = ()


@dataclass(frozen=True)
class Script:
    """A script, or the scripts of one language.

    Attributes:
        name: as in ``"korean"``.
        charset: name of the charset that its recogniser writes.
        locales: names of the countries in ``locales.json``.
        phrases: module with ``phrase(rng, locale)``, what a line says, and the makers of `Writer`; empty for those of
            Latin receipts.
        layouts: module with ``lay_out(purchase, plan)``; empty for the layouts of Latin receipts.
        fonts: what it is drawn with.
        packages: how to install them.
        smallest: pixels of the height of a line crop below which its letters cannot be told apart.
        longest: most characters of a rendered line.
        held_out: by country, the words of the split ``"validation"``, which no training sees, by field of
            `Vocabulary`: articles at least.
    """

    name: str
    charset: str
    locales: tuple[str, ...]
    phrases: str
    layouts: str
    fonts: tuple[ScriptFont, ...]
    packages: str
    smallest: int
    longest: int
    held_out: Mapping[str, Mapping[str, tuple[str, ...]]]

    def phrase(self) -> Callable[[Random], str]:
        """What writes a line of this script."""
        module: Any = import_module(self.phrases or "ocr.datasets.synthetic.phrases")
        locales = [locale_named(name) for name in self.locales]
        return lambda rng: str(module.phrase(rng, rng.choice(locales)))

    def with_held_out_words(self, locale: Locale) -> Locale:
        """The country with the words of the split ``"validation"``."""
        return replace(locale, words=replace(locale.words, **self.held_out.get(locale.name, {})))

    def layout(self) -> Callable[[Any, Any], list[Any]] | None:
        """What lays out its receipts, as `ocr.datasets.synthetic.layout.lay_out` does; None for that itself."""
        return import_module(self.layouts).lay_out if self.layouts else None


class Writer(Protocol):
    """A module that makes what a country's receipts name; `ocr.datasets.synthetic.names` for Latin ones."""

    def company_name(self, rng: Random, locale: Locale) -> str:
        """The name of a shop."""

    def address_lines(self, rng: Random, locale: Locale) -> tuple[str, ...]:
        """Its address, a line each."""

    def registration_number(self, rng: Random, locale: Locale) -> str:
        """Its number with an authority."""

    def item_name(self, rng: Random, locale: Locale) -> str:
        """An article."""

    def price_value(self, rng: Random, locale: Locale) -> Decimal:
        """What one of it costs."""


def writer_of(locale: Locale) -> Writer:
    """The makers of names for a country."""
    script = script_of_locale(locale.name)
    module: Any = names if script == LATIN else import_module(script_named(script).phrases or names.__name__)
    return cast(Writer, module)


@cache
def script_named(name: str) -> Script:
    """The script of this name.

    Raises:
        BadConfiguration: there is none.
    """
    known = script_names()
    if name not in known:
        raise BadConfiguration(f"Unknown script {name!r}; {did_you_mean(name, (LATIN, *known), 'scripts')}")
    folder = files("ocr.datasets.synthetic").joinpath("scripts")
    data = json.loads(folder.joinpath(f"{name}.json").read_text("utf-8"))
    fonts = tuple(
        ScriptFont(
            **{**entry, "files": tuple(entry.get("files", ())), "latin": tuple(entry.get("latin", ()))}
        )
        for entry in data.pop("fonts")
    )
    held_out = {
        locale: {field: tuple(words.split()) for field, words in fields.items()}
        for locale, fields in data["held_out"].items()
    }
    data |= {"locales": tuple(data["locales"]), "held_out": held_out}
    return Script(name=name, fonts=fonts, **data)


def script_names() -> tuple[str, ...]:
    """Names of all scripts beside Latin."""
    folder = files("ocr.datasets.synthetic").joinpath("scripts")
    return tuple(sorted(e.name.removesuffix(".json") for e in folder.iterdir() if e.name.endswith(".json")))


@cache
def script_of_locale(name: str | None) -> str:
    """Name of the script in which a country's receipts are written."""
    return next((s for s in script_names() if name in script_named(s).locales), LATIN)
