"""Countries as receipts show them: money, dates, numbers of authorities, and the words of `vocabulary`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

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


_MALAY, _ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _NORDIC = (
    vocabulary(name)
    for name in ("malay", "english", "german", "french", "spanish", "italian", "portuguese", "nordic")
)

#: Document numbers are alike everywhere.
DOCUMENTS = (
    "######", "#######", "########", "@@-######", "@@@#######", "CS-#####", "#####/###/@####", "INV######",
    "####-####", "@##-######", "@######", "###", "##", "####", "@@########", "##/####", "#### #### ####",
    "############", "@-#####", "IV######", "R######", "#-######", "@@@-##-#####", "CR ####",
    "#################",
)  # fmt: skip

_DMY = (
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d/%m/%y",
    "%d %b %Y",
    "%d-%m-%y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%Y-%m-%d",
)
_MDY = ("%m/%d/%Y", "%m/%d/%y", "%b %d, %Y", "%m-%d-%Y", "%B %d, %Y", "%b %d %Y", "%Y-%m-%d")
_DOTS = ("%d.%m.%Y", "%d.%m.%y", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y")
_SLASH = ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y")
_ISO = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%y-%m-%d", "%d/%m-%Y")
_POINT, _COMMA = (".", ","), (",", ".")
_CENT, _FIVE, _ONE = Decimal("0.01"), Decimal("0.05"), Decimal(1)
_MY_IDS = (
    "######-@",
    "(######-@)",
    "(#######-@)",
    "00##########",
    "############",
    "###### - @",
    "@@#######-@",
    "000###########",
)

LOCALES: tuple[Locale, ...] = (
    Locale(
        "ms_MY",
        _MALAY,
        "MYR",
        ("RM", "RM ", "", "", ""),
        False,
        2,
        (_POINT,),
        8.0,
        _FIVE,
        ("6", "6", "0", "10"),
        None,
        (*_DMY, "%d/%m/%Y", "%d/%m/%Y", "%d-%m-%Y"),
        (
            "0#-#######",
            "0#-########",
            "03-#### ####",
            "0##-#######",
            "+60#-### ####",
            "60#########",
            "0#-#### ####",
        ),
        _MY_IDS,
        ("#####",),
        44.0,
    ),
    Locale(
        "en_SG",
        _ENGLISH,
        "SGD",
        ("$", "S$", ""),
        False,
        2,
        (_POINT,),
        8.0,
        _FIVE,
        ("7", "8", "9"),
        None,
        _DMY,
        ("6### ####", "+65 #### ####"),
        ("#########@", "M#-#######-#"),
        ("######",),
        4.0,
    ),
    Locale(
        "en_US",
        _ENGLISH,
        "USD",
        ("$", "$", ""),
        False,
        2,
        (_POINT,),
        7.0,
        _CENT,
        ("8.25", "6", "7.5", "8.875"),
        False,
        _MDY,
        ("(###) ###-####", "###-###-####", "###.###.####"),
        ("##-#######", "#####"),
        ("#####", "#####-####"),
        10.0,
    ),
    Locale(
        "en_GB",
        _ENGLISH,
        "GBP",
        ("£", "£", ""),
        False,
        2,
        (_POINT,),
        6.0,
        _CENT,
        ("20", "5"),
        True,
        _DMY,
        ("020 #### ####", "01### ######", "+44 ## #### ####"),
        ("GB ### #### ##", "########"),
        ("@@# #@@", "@## #@@"),
        7.0,
    ),
    Locale(
        "en_IN",
        _ENGLISH,
        "INR",
        ("₹", "Rs.", "Rs ", "₹ ", ""),
        False,
        2,
        (_POINT,),
        180.0,
        _ONE,
        ("5", "18", "12"),
        None,
        _DMY,
        ("+91 ##### #####", "0##-########"),
        ("##@@@@@####@#@#", "##############"),
        ("######",),
        3.5,
    ),
    Locale(
        "en_JP",
        _ENGLISH,
        "JPY",
        ("¥", "¥", ""),
        False,
        0,
        (_POINT,),
        600.0,
        _ONE,
        ("8", "10"),
        True,
        ("%Y/%m/%d", "%Y-%m-%d"),
        ("0#-####-####",),
        ("T#############",),
        ("###-####",),
        2.5,
    ),
    Locale(
        "en_KR",
        _ENGLISH,
        "KRW",
        ("₩", "₩ ", ""),
        False,
        0,
        (_POINT,),
        6500.0,
        Decimal(10),
        ("10",),
        True,
        ("%Y-%m-%d", "%Y.%m.%d"),
        ("02-####-####",),
        ("###-##-#####",),
        ("#####",),
        2.0,
    ),
    Locale(
        "en_ZZ",
        _ENGLISH,
        "USD",
        ("$", "A$", "C$", "HK$", "₱", "฿", "AED ", "₦", "R", "NZ$", "₫", "Rp "),
        False,
        2,
        (_POINT,),
        40.0,
        _CENT,
        ("10", "13", "15", "7"),
        None,
        _DMY,
        ("+## ### ### ###",),
        ("##-###-###",),
        ("####", "#####"),
        2.5,
    ),
    Locale(
        "de_DE",
        _GERMAN,
        "EUR",
        (" €", " EUR", "", "", "€"),
        True,
        2,
        (_COMMA, _COMMA, (",", "")),
        5.0,
        _CENT,
        ("19", "7", "20"),
        True,
        _DOTS,
        ("0### / ######", "+49 ### #######", "0###-#####"),
        ("DE#########", "##/###/#####", "ATU########"),
        ("#####", "D-#####"),
        7.0,
    ),
    Locale(
        "de_CH",
        _GERMAN,
        "CHF",
        ("CHF ", "Fr. ", "", ""),
        False,
        2,
        ((".", "'"),),
        9.0,
        _FIVE,
        ("7.7", "8.1", "2.6"),
        True,
        _DOTS,
        ("0## ### ## ##", "+41 ## ### ## ##"),
        ("CHE-###.###.### MWST", "CHE-###.###.###"),
        ("####",),
        3.0,
    ),
    Locale(
        "fr_FR",
        _FRENCH,
        "EUR",
        (" €", "€", " EUR", ""),
        True,
        2,
        ((",", " "), (",", ""), (".", "")),
        6.0,
        _CENT,
        ("20", "10", "5.5"),
        True,
        _SLASH,
        ("0# ## ## ## ##", "0#.##.##.##.##", "+33 # ## ## ## ##"),
        ("### ### ### #####", "FR## #########", "FR###########"),
        ("#####",),
        6.5,
    ),
    Locale(
        "es_ES",
        _SPANISH,
        "EUR",
        (" €", "€", "", " Eur"),
        True,
        2,
        (_COMMA, (",", "")),
        5.0,
        _CENT,
        ("21", "10", "4"),
        True,
        _SLASH,
        ("9## ## ## ##", "9## ### ###", "+34 ### ### ###"),
        ("B########", "B-########", "A########"),
        ("#####",),
        5.0,
    ),
    Locale(
        "it_IT",
        _ITALIAN,
        "EUR",
        ("€ ", "", "", "EURO "),
        False,
        2,
        ((",", "."), (",", "")),
        5.0,
        _CENT,
        ("22", "10", "4"),
        True,
        _SLASH,
        ("0## #######", "0#/########", "+39 ### #######"),
        ("###########", "IT###########"),
        ("#####",),
        4.5,
    ),
    Locale(
        "pt_PT",
        _PORTUGUESE,
        "EUR",
        (" €", "€", "", "EUR "),
        True,
        2,
        (_COMMA, (",", "")),
        4.0,
        _CENT,
        ("23", "13", "6"),
        True,
        _SLASH,
        ("2## ### ###", "+351 ### ### ###"),
        ("#########", "PT#########"),
        ("####-###",),
        2.5,
    ),
    Locale(
        "pt_BR",
        _PORTUGUESE,
        "BRL",
        ("R$ ", "R$", ""),
        False,
        2,
        (_COMMA,),
        14.0,
        _CENT,
        ("18", "12"),
        True,
        _SLASH,
        ("(##) ####-####", "(##) #####-####"),
        ("##.###.###/####-##",),
        ("#####-###",),
        3.0,
    ),
    Locale(
        "sv_SE",
        _NORDIC,
        "SEK",
        (" kr", "", "", " SEK", ":-"),
        True,
        2,
        ((",", " "), (",", "")),
        45.0,
        _ONE,
        ("25", "12", "6"),
        True,
        _ISO,
        ("0##-### ## ##", "+46 ## ### ## ##"),
        ("######-####", "SE##########01"),
        ("### ##",),
        2.5,
    ),
    Locale(
        "da_DK",
        _NORDIC,
        "DKK",
        ("", "kr. ", "DKK "),
        False,
        2,
        ((",", "."),),
        45.0,
        Decimal("0.5"),
        ("25", "21"),
        True,
        _ISO,
        ("## ## ## ##", "+45 ########"),
        ("########", "DK########", "### ### ### MVA"),
        ("####",),
        2.5,
    ),
)

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
