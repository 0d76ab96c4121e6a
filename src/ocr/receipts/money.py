"""Numbers as receipts print them: amounts, quantities, rates and codes, and what they mean in a style of print."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ocr.runtime.lazy import cached_property

#: Signs and codes before or behind an amount, the longer first.
SIGNS = (
    "HK$", "NZ$", "US$", "CA$", "AUD", "USD", "CAD", "EUR", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "TRY",
    "MYR",
    "SGD", "IDR", "KRW", "JPY", "INR", "THB", "PHP", "VND", "AED", "MXN", "BRL", "HUF", "ZAR", "NZD", "HKD",
    "RUB", "UAH", "BGN", "RSD", "руб.", "руб", "грн.", "грн", "дин.", "дин", "РСД", "лв.", "лв", "р.", "ευρώ", "ευρω",
    "SFr.", "Php", "Dhs", "A$", "S$", "C$", "R$", "RM", "Rp.", "Rp", "Rs.", "Rs", "Fr.", "Kč", "Kc", "zł", "zl", "kr.",
    "kr", "Kr", "TL", "Ft", "Eur", "€", "£", "$", "¥", "￥", "₩", "￦", "₹", "₺", "₱", "฿", "₫", "₽", "₴", "円", "원",
    "RON", "LEI", "Lei", "lei", "HRK", "kn", "BAM", "KM", "VNĐ", "đ",
)  # fmt: skip
_SIGN = "|".join(re.escape(sign) for sign in SIGNS)
#: Signs that stand behind amounts alone, since they are words too: Ron is a name and rum in Spanish, km a length.
_WORDS = ("RON", "LEI", "KN", "KM", "Đ")
_SIGN_BEFORE = "|".join(re.escape(sign) for sign in SIGNS if sign.upper() not in _WORDS)
_BEFORE = re.compile(
    rf"(?<![A-Za-z\u0370-\u04ff])({_SIGN_BEFORE})[ ]?[-−–]?[ ]?$|([€£$¥₩₹₺₱฿₫₽₴])[ ]?$", re.IGNORECASE
)
_BEHIND = re.compile(rf"^[ ]?({_SIGN})(?![^\W\d_])", re.IGNORECASE)
_BODY = re.compile(
    r"\d{1,3}(?:[ '’]\d{3})+[.,]\d{2}(?![\d.,])"  # 1 234,56
    r"|(?:(?<![^\t])|(?<=[xX×*@] ))[1-9]\d{0,2}(?: \d{3})+(?=(?: [A-Z]{1,2})?(?:$|\t))"  # 18 000 A in a column
    r"|(?<=[^\W\d_]{3} )[1-9]\d{0,2}(?: \d{3})+(?=(?: [A-Z]{1,2})?$)"  # NAME 18 000
    r"|(?:(?<![^\t])|(?<=[xX×*@:=] )|(?<=[:=]))[1-9]\d{0,2}(?: \d{3})+"
    r"(?= ?(?:Ft|HUF|Kč|zł|VN[DĐ]|[đ₫])(?![^\W\d_]))"  # 18 000 Ft
    r"|\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{1,2})?(?!\d)"  # 1.234,56 and 16,500
    r"|\d+(?:[.,]\d+)+"  # 12.50 and 1.234.56
    r"|\d+(?: [.,]|[.,] )\d{2}(?![\d.,])"  # 12 .50
    r"|\d{1,3}[.,] \d{3}(?![\d.,%])(?=$|\s| ?[A-Z]\b)"  # 5, 112
    r"|\d+"
    r"|(?<![\d.,\w])[.,]\d{2}(?!\d)"  # .50
)
#: Digits among which a reader has put letters of the same look.
_MIXED = re.compile(r"(?<![A-Za-z0-9])[0-9OoQlI|óÓ]+(?:[.,][0-9OoQlI|SBZóÓ]+)+(?![A-Za-z0-9])")
_LOOKS = str.maketrans(
    {
        "O": "0",
        "o": "0",
        "Q": "0",
        "l": "1",
        "I": "1",
        "|": "1",
        "S": "5",
        "B": "8",
        "Z": "2",
        "ó": "6",
        "Ó": "6",
    }
)
#: A comma that was read as a stroke: before the letter of a tax, or behind a currency sign or that of a multiplication.
_STROKE = re.compile(
    r"((?:^|\t|[ ])-?\d{1,3})/(\d{2} ?[A-Z](?=$|\t))|((?:[€£$]|\d [xX] )\d{1,3})/(\d{2}(?=$|\t))"
)
_UNIT = re.compile(
    r"^ ?(kgs?|grs?|g|lbs?|oz|ltrs?|lt|l|ml|cl|dl|mm|cm|m|pcs?|pkts?|ea|stk|st|szt|ks|kpl|pz|un|uds?|adet|ad|w|v"
    r"|in|ft"
    r"|kst|gal|liter|litre|btl|ctn|pack|sheets|s|hg|gm|gms|db|buc|kom|kos|vnt|gab|(?-i:tk|TK)"
    r"|шт|кг|мл|уп|пач|пак|бр|ком|од|ед|τεμ|κιλ|γρ|λτ|(?-i:г|л))\b\.?",
    re.IGNORECASE,
)
#: Tax letters: capitals of Latin, Greek and Cyrillic.
_CAPITAL = r"A-Z\u0391-\u03a9\u0400-\u042f"
_LETTER = re.compile(rf"^ ?(?:[*#_]?([A-Z]{{1,2}}\d?|[{_CAPITAL}0-9])[*]?|[*#])(?=$|\s|\t|[)|])")
#: What follows the price of a unit: ``3,48 €/kg``.
_EACH = re.compile(
    r"^ ?/ ?(?:100 ?g|kg|kgs|lb|ltr|l|km|st|stk|szt|kpl|ks|pz|ud|pcs?|ea|gal|db|buc|kom|kos|vnt|gab|tk)\b",
    re.IGNORECASE,
)
#: Kilometres, which look like the convertible mark: in small letters, or in a row that names a distance.
_KM = re.compile(r"^ ?(km)s?(?![^\W\d_])", re.IGNORECASE)
_KM_BEFORE = re.compile(r"(?<![^\W\d_])kms?[.:)\]]*[ \t]+$", re.IGNORECASE)
_DISTANCE = re.compile(
    r"(?<![^\W\d_])(?:dist(?:an[czţt]|[âa]nc|\b)|trip\b|mileage|miles|kilomet|odomet|tacho|(?:fahr)?strecke|udaljen|rastojan"
    r"|pre[dđ]eno|put\b|razdal|odleg[lł]|dystans|trasa\b|vzd[ai][lá]|ujet|t[aá]vols|mesafe|recorrid|percor|percurs"
    r"|parcour|afstand|str[aä]cka|расстоян|растојан|дистанц|път\b|пут\b)",
    re.IGNORECASE,
)
#: The letter of a tax that was read as a small one.
_SMALL_LETTER = re.compile(r"^ ([a-z])(?=\s*$)")
_TIMES_BEHIND = re.compile(
    r"^\s?(?:[A-Za-z]{1,6}\.?\s)?[A-Za-z]{0,2}[xX×*@](?=\s*(?:[@€£$¥₩]|Rp|RM|EUR|CHF)?\s?\d|[ ][A-Za-z]{2}|\s*$)(?<!\*)"
    r"|^ ?[*](?=\s*\d)"
)
_TIMES_BEFORE = re.compile(
    r"(?:^|[\s\d])[xX×*]\s?(?:[A-Z€£$]{1,3}\s?)?$|@\s?(?:[A-Za-z€£$]{1,3}\.?\s?)?$|[xX×*]$"
)


@dataclass(frozen=True)
class Style:
    """How a receipt prints amounts.

    Attributes:
        decimal: the decimal separator, empty where amounts have no decimals.
        grouped: whether amounts without decimals part their thousands, so that four digits in a row are none.
    """

    decimal: str = "."
    grouped: bool = False


@dataclass(frozen=True)
class Number:
    """A number in a text.

    Attributes:
        text: the digits with their separators.
        start, end: where they stand in the text, with a sign and what belongs to it.
        negative: whether a minus sign or brackets say so.
        percent: whether a per cent sign follows.
        sign: the currency sign beside it as printed, or empty.
        letter: the tax letter behind it, or empty.
        unit: the unit of measure behind it, or empty.
        times: ``"before"`` and ``"behind"`` where a multiplication sign stands beside it.
        leads: whether words follow it in the same text.
        code: whether it is part of something that is no quantity: an article number, a telephone number.
    """

    text: str
    start: int
    end: int
    negative: bool = False
    percent: bool = False
    sign: str = ""
    letter: str = ""
    unit: str = ""
    times: str = ""
    leads: bool = False
    code: bool = False

    @property
    def whole(self) -> bool:
        """Whether it has digits alone."""
        return self.text.isdigit()

    @cached_property
    def decimals(self) -> int:
        """Digits behind the last separator, 0 where there is none."""
        separator = max(self.text.rfind("."), self.text.rfind(","))
        return len(self.text[separator + 1 :].strip()) if separator >= 0 else 0

    def value(self, style: Style) -> Decimal:
        """What it means in a style."""
        value = parse(self.text, style)
        return -value if self.negative else value


@lru_cache(maxsize=8192)
def parse(digits: str, style: Style) -> Decimal:
    """The value of digits with separators."""
    text = re.sub(r"[ '’]", "", digits)
    parts = re.split(r"[.,]", text)
    if len(parts) == 1:
        return Decimal(text)
    separators = [c for c in text if c in ".,"]
    tail, head = parts[-1], "".join(parts[:-1])
    if len(tail) == 3 and (len(separators) > 1 or separators[-1] != style.decimal):
        # A group of three is thousands, unless what stands before cannot be.
        grouped = 1 <= len(parts[0]) <= 3 and parts[0] != "0" and all(len(p) == 3 for p in parts[1:])
        if grouped and len(set(separators)) == 1:
            return Decimal(head + tail)
    return Decimal(f"{head or '0'}.{tail}")


@lru_cache(maxsize=8192)
def find(text: str) -> tuple[Number, ...]:
    """The numbers in a text, from left to right; letters among digits are read as the digits they look like."""
    if not any(map(str.isdigit, text)):
        return ()
    return tuple(_number(match, text) for match in _BODY.finditer(_repaired(text)))


def _repaired(text: str) -> str:
    def digits(match: re.Match[str]) -> str:
        token = match.group()
        if token.replace(".", "").replace(",", "").isdigit():
            return token
        turned = token.translate(_LOOKS)
        enough = 2 * sum(c.isdigit() for c in token) >= sum(c.isalnum() for c in token)
        return turned if enough and re.search(r"[.,]\d{2}$", turned) and token[0] not in "QS" else token

    mended = _MIXED.sub(digits, text)
    return _STROKE.sub(lambda m: f"{m[1] or m[3]},{m[2] or m[4]}", mended) if "/" in mended else mended


#: Signs and marks around a number; those before it are looked for in its last few letters.
_NEAR = 12
_MINUS_BEFORE = re.compile(r"(?:^|[\s(:=A-Za-z%])[-−–] ?$|^[-−–] ?$")
_MINUS_END = ("-", "−", "–")
_HYPHEN = re.compile(r"[\w)][-−–]$|[\w]\s[-−–]\s$")
_WHOLE_AMOUNT = re.compile(r"^(?:[.,:][-−–—]{1,2}|[-−–—]{2})(?!\d)")
_MINUS_BEHIND = re.compile(r"^ ?[-−–](?=$|\s|\))")
_MONEY_LIKE = re.compile(r"[.,]\d{2,3}$")
_ONE_LETTER = re.compile(rf"^ (?:[{_CAPITAL}]\b|[a-z]\s*$)")
_JOINED_BEFORE = re.compile(r"\d[/:\-#]$|[/#]$")
_JOINED_BEHIND = re.compile(r"^[/:]\d|^-\d|^/")
_HYPHEN_LETTER = re.compile(r"^-[^\W\d_]")
_WORDS_BEHIND = re.compile(r"[^\W\d_]{2}")
_INNER_SPACE = re.compile(r" (?=[.,])|(?<=[.,]) |(?<=\d) (?=[\d ]+$)")


def _number(match: re.Match[str], text: str) -> Number:
    body, start, end = match.group(), match.start(), match.end()
    before, behind = text[max(0, start - _NEAR) : start], text[end:]
    sign = ""
    sign_before = _BEFORE.search(before)
    if sign_before:
        sign = sign_before.group(1) or sign_before.group(2)
        start -= len(before) - sign_before.start()
    bare = text[max(0, start - _NEAR) : start]
    negative = bool(_MINUS_BEFORE.search(bare)) or before.removesuffix(" ").endswith(_MINUS_END)
    if negative and _HYPHEN.search(bare):
        negative = False  # a hyphen in a word, a dash between two words
    bracketed = bare.endswith("(") and behind.startswith(")")
    rest = behind
    whole_amount = _WHOLE_AMOUNT.match(rest)
    if whole_amount:
        rest = rest[whole_amount.end() :]
    elif _MINUS_BEHIND.match(rest) and not body.isdigit():
        negative = True
        rest = rest.lstrip(" ")[1:]
    percent = rest.startswith(("%", " %"))
    length = _is_length(text[: match.start()], rest)
    if not percent and not sign and not length:
        sign_behind = _BEHIND.match(rest)
        word = sign_behind is not None and sign_behind.group(1).upper() in _WORDS
        if sign_behind and (not word or _MONEY_LIKE.search(body)):
            sign = sign_behind.group(1)
            rest = rest[sign_behind.end() :]
    money = bool(_MONEY_LIKE.search(body)) or whole_amount is not None
    unit = letter = ""
    letter_behind = None
    unit_behind = _UNIT.match(rest)
    if length:
        unit = "km"
    elif unit_behind and not (money and _ONE_LETTER.match(rest)):
        unit = unit_behind.group(1)
    elif not percent:
        letter_behind = _LETTER.match(rest) or (_SMALL_LETTER.match(rest) if money else None)
        letter = (letter_behind.group(1) or "").upper() if letter_behind else ""
    times = []
    if _TIMES_BEFORE.search(before) or _EACH.match(rest):
        times.append("before")
    if _TIMES_BEHIND.match(behind):
        times.append("behind")
    beside_letter = before[-1:].isalpha() and not sign and not (times and before[-1:] in "xX")
    followed = rest[:1].isalpha() and not unit and not letter and not times and not sign
    joined = bool(_JOINED_BEFORE.search(before) or _JOINED_BEHIND.match(behind))
    joined = joined and not _EACH.match(rest)
    joined = joined or (not money and bool(_HYPHEN_LETTER.match(behind)))
    code = joined or (len(body) > 7 and body.isdigit()) or ((beside_letter or followed) and not money)
    digits = _INNER_SPACE.sub("", body)
    words = rest[letter_behind.end() :] if letter_behind else rest
    leads = bool(_WORDS_BEHIND.search(words)) and not unit
    minus = negative or bracketed
    return Number(digits, start, end, minus, percent, sign, letter, unit, " ".join(times), leads, code)


def _is_length(before: str, behind: str) -> bool:
    """Whether what stands before a number and behind it says that it counts kilometres."""
    km = _KM.match(behind)
    if km and km.group(1) == "km":
        return True
    return bool((km or _KM_BEFORE.search(before)) and _DISTANCE.search(before))


def end_of(number: Number, text: str) -> int:
    """Where in its text a number ends, with the sign and the unit behind it where it is a quantity or a price."""
    end = number.end
    for pattern in (_BEHIND, _UNIT, _EACH) if number.times else ():
        behind = pattern.match(text[end:])
        end += behind.end() if behind else 0
    return end


def is_money(number: Number, style: Style) -> bool:
    """Whether a number can be an amount in this style."""
    if number.code or number.percent or number.unit:
        return False
    if number.sign:
        # "$3.299" at a pump is the price of a gallon.
        return not (style.decimal and re.search(rf"\d\{style.decimal}\d{{3}}$", number.text))
    if style.decimal:
        return number.decimals == 2
    parted = number.end - number.start > len(number.text)
    most = 3 if style.grouped and not parted else 8
    return (
        number.decimals == 3
        or (number.decimals == 2 and len(re.findall(r"[.,]", number.text)) > 1)
        or number.text == "0"
        or (number.whole and not number.leads and 3 <= len(number.text) <= most)
    ) and not number.times.endswith("behind")


def style_of(numbers: Iterable[Number], decimal: str | None = None) -> Style:
    """The style in which most amounts are printed.

    Args:
        numbers: all numbers of a receipt.
        decimal: the separator usual in its country, ``""`` for none; it decides where the print does not.
    """
    votes = {(".", 2): 0, (",", 2): 0, (".", 3): 0, (",", 3): 0}
    kept = list(numbers)
    for number in kept:
        if number.percent or number.code or number.unit or number.times == "behind":
            continue
        match = re.search(r"([.,])(\d{2,3})$", number.text)
        if match and (len(match.group(2)) == 2 or not number.text.startswith("0")):
            votes[match.group(1), len(match.group(2))] += 1
    bare = sum(
        n.whole and 3 <= len(n.text) <= 8 and not (n.code or n.percent or n.unit or n.leads) for n in kept
    )
    if decimal:
        bare = 0
    cents = max(votes[".", 2], votes[",", 2])
    groups = votes[".", 3] + votes[",", 3]
    if decimal == "":
        cents = cents if 2 * cents > groups + bare else 0
    if cents and 3 * cents > groups:
        if votes[".", 2] == votes[",", 2] and decimal:
            return Style(decimal)
        return Style("." if votes[".", 2] >= votes[",", 2] else ",")
    if groups or bare >= 2:
        return Style("", groups >= 2)
    return Style("." if decimal is None else decimal)
