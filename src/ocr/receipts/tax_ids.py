"""Check digits of tax ids: what tells a number that was read right from one with a wrong digit.

Rules as the tax offices publish them; collected for instance in the OECD's list of tax identification numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence


def passes(rule: str, text: str) -> bool | None:
    """Whether the check digits of a tax id are right; ``None`` where its country has no rule here."""
    check = _RULES.get(rule)
    if check is None:
        return None
    digits = [int(c) for c in text if c.isdigit()]
    return check(digits, text.upper())


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def luhn(digits: Sequence[int]) -> bool:
    """The formula of Luhn (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return bool(digits) and total % 10 == 0


def _iso7064(digits: Sequence[int], text: str) -> bool:
    """ISO/IEC 7064, MOD 11,10: Germany and Croatia."""
    product = 10
    for digit in digits[:-1]:
        product = ((product + digit) % 10 or 10) * 2 % 11
    return bool(digits) and (11 - product) % 10 == digits[-1]


def _austria(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 8:
        return False
    total = sum(d if k % 2 == 0 else sum(divmod(2 * d, 10)) for k, d in enumerate(digits[:7]))
    return (10 - (total + 4) % 10) % 10 == digits[7]


def _britain(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 9:
        return False
    total = _weighted(digits[:7], (8, 7, 6, 5, 4, 3, 2)) + 10 * digits[7] + digits[8]
    return total % 97 == 0 or (total + 55) % 97 == 0


def _ireland(digits: Sequence[int], text: str) -> bool:
    match = re.search(r"(\d{7})([A-W])([A-I])?", text)
    if not match:
        return False
    extra = 9 * (ord(match.group(3)) - 64) if match.group(3) else 0
    total = _weighted([int(c) for c in match.group(1)], (8, 7, 6, 5, 4, 3, 2)) + extra
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == match.group(2)


def _australia(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 11:
        return False
    return _weighted((digits[0] - 1, *digits[1:]), (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def _france(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 11:
        return False
    siren = int("".join(map(str, digits[2:])))
    return (12 + 3 * (siren % 97)) % 97 == 10 * digits[0] + digits[1]


def _belgium(digits: Sequence[int], text: str) -> bool:
    number = int("".join(map(str, digits)) or "0")
    return 97 - number // 100 % 97 == number % 100


def _spain(digits: Sequence[int], text: str) -> bool:
    letters = "TRWAGMYFPDXBNJZSQVHLCKE"
    if len(digits) == 8 and text.rstrip()[-1:].isalpha():
        return letters[int("".join(map(str, digits))) % 23] == text.rstrip()[-1]
    return False


def _spain_company(digits: Sequence[int], text: str) -> bool:
    match = re.search(r"[A-W][- ]?(\d{7})([0-9A-J])", text)
    if not match:
        return False
    body = [int(c) for c in match.group(1)]
    total = sum(body[1::2]) + sum(sum(divmod(2 * d, 10)) for d in body[::2])
    control = (10 - total % 10) % 10
    return match.group(2) in (str(control), "JABCDEFGHI"[control])


def _portugal(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 9:
        return False
    control = 11 - _weighted(digits[:8], (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if control > 9 else control) == digits[8]


def _poland(digits: Sequence[int], text: str) -> bool:
    return len(digits) == 10 and _weighted(digits[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == digits[9]


def _denmark(digits: Sequence[int], text: str) -> bool:
    return len(digits) == 8 and _weighted(digits, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _norway(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 9:
        return False
    return (11 - _weighted(digits[:8], (3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11 == digits[8]


def _finland(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 8:
        return False
    return (11 - _weighted(digits[:7], (7, 9, 10, 5, 8, 4, 2)) % 11) % 11 == digits[7]


def _switzerland(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 9:
        return False
    return (11 - _weighted(digits[:8], (5, 4, 3, 2, 7, 6, 5, 4)) % 11) % 11 == digits[8]


def _czechia(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 8:
        return False
    return (11 - _weighted(digits[:7], (8, 7, 6, 5, 4, 3, 2)) % 11) % 10 == digits[7]


def _netherlands(digits: Sequence[int], text: str) -> bool:
    return len(digits) == 11 and _weighted(digits[:8], (9, 8, 7, 6, 5, 4, 3, 2)) % 11 == digits[8]


def _russia(digits: Sequence[int], text: str) -> bool:
    """ИНН: ten digits of a company, or twelve of a trader, of which the last two are check digits."""
    if len(digits) == 10:
        return _weighted(digits[:9], (2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10 == digits[9]
    if len(digits) != 12:
        return False
    first = _weighted(digits[:10], (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = _weighted(digits[:11], (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return (first, second) == (digits[10], digits[11])


def _modulo_11_twice(digits: Sequence[int], weights: Sequence[int], more: int) -> bool:
    """A remainder of 10 is taken again with all weights greater by ``more``, and is 0 where it stays 10."""
    rest = _weighted(digits, weights) % 11
    if rest == 10:
        rest = _weighted(digits, [weight + more for weight in weights]) % 11 % 10
    return rest == digits[-1]


def _ukraine(digits: Sequence[int], text: str) -> bool:
    """ЄДРПОУ."""
    if len(digits) != 8:
        return False
    middle = 30_000_000 <= int("".join(map(str, digits))) < 60_000_000
    return _modulo_11_twice(digits, (7, 1, 2, 3, 4, 5, 6) if middle else (1, 2, 3, 4, 5, 6, 7), 2)


def _bulgaria(digits: Sequence[int], text: str) -> bool:
    """ЕИК of nine digits, of which one of thirteen, with a branch, has the first nine."""
    return len(digits) == 9 and _modulo_11_twice(digits, (1, 2, 3, 4, 5, 6, 7, 8), 2)


def _serbia(digits: Sequence[int], text: str) -> bool:
    """ПИБ."""
    return len(digits) == 9 and _iso7064(digits, text)


def _greece(digits: Sequence[int], text: str) -> bool:
    """ΑΦΜ."""
    return len(digits) == 9 and _weighted(digits[:8], (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == digits[8]


def _korea(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 10:
        return False
    total = _weighted(digits[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + digits[8] * 5 // 10
    return (10 - total % 10) % 10 == digits[9]


def _hungary(digits: Sequence[int], text: str) -> bool:
    """The first eight digits; the two groups behind them name the kind of taxation and the county."""
    return len(digits) in (8, 11) and _weighted(digits[:8], (9, 7, 3, 1, 9, 7, 3, 1)) % 10 == 0


def _romania(digits: Sequence[int], text: str) -> bool:
    if not 2 <= len(digits) <= 10:
        return False
    padded = [0] * (10 - len(digits)) + list(digits)
    return _weighted(padded[:9], (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10 == padded[9]


def _slovakia(digits: Sequence[int], text: str) -> bool:
    return (
        len(digits) == 10
        and digits[0] > 0
        and digits[2] in (2, 3, 4, 7, 8, 9)
        and int("".join(map(str, digits))) % 11 == 0
    )


def _slovenia(digits: Sequence[int], text: str) -> bool:
    if len(digits) != 8 or not digits[0]:
        return False
    control = 11 - _weighted(digits[:7], (8, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if control == 10 else control) == digits[7]


def _two_passes(digits: Sequence[int]) -> bool:
    """Modulo 11 with weights from 1, and from 3 where that leaves 10: Lithuania and Estonia."""
    if len(digits) < 2:
        return False
    control = 10
    for first in (0, 2):
        if control == 10:
            control = sum((first + k) % 9 * d + d for k, d in enumerate(digits[:-1])) % 11
    return control % 10 == digits[-1]


def _lithuania(digits: Sequence[int], text: str) -> bool:
    """Nine digits of a company or twelve; the last but one is 1."""
    return len(digits) in (9, 12) and digits[-2] == 1 and _two_passes(digits)


def _latvia(digits: Sequence[int], text: str) -> bool:
    """Numbers of companies begin with 4 to 9, those of persons with their day of birth or 32."""
    if len(digits) != 11:
        return False
    if digits[0] > 3:
        return _weighted(digits, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 == 3
    return (1 + _weighted(digits[:10], (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10 == digits[10]


def _estonia(digits: Sequence[int], text: str) -> bool:
    return len(digits) == 9 and _weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def _vietnam(digits: Sequence[int], text: str) -> bool:
    """Ten digits; three more are the number of a branch."""
    if len(digits) not in (10, 13):
        return False
    return 10 - _weighted(digits[:9], (31, 29, 23, 19, 17, 13, 7, 5, 3)) % 11 == digits[9]


_RULES: dict[str, Callable[[Sequence[int], str], bool]] = {
    "luhn": lambda digits, text: luhn(digits),
    "luhn9": lambda digits, text: luhn(digits[:9]),
    "iso7064": _iso7064,
    "de_vat": _iso7064,
    "at_vat": _austria,
    "gb_vat": _britain,
    "ie_vat": _ireland,
    "au_abn": _australia,
    "fr_vat": _france,
    "be_vat": _belgium,
    "es_nif": _spain,
    "es_cif": _spain_company,
    "pt_nif": _portugal,
    "pl_nip": _poland,
    "dk_cvr": _denmark,
    "no_org": _norway,
    "fi_y": _finland,
    "ch_uid": _switzerland,
    "cz_ico": _czechia,
    "nl_vat": _netherlands,
    "kr_brn": _korea,
    "ru_inn": _russia,
    "ua_edrpou": _ukraine,
    "bg_eik": _bulgaria,
    "rs_pib": _serbia,
    "gr_afm": _greece,
    "hu_ado": _hungary,
    "ro_cui": _romania,
    "sk_dph": _slovakia,
    "si_ddv": _slovenia,
    "lt_pvm": _lithuania,
    "lt_code": lambda digits, text: len(digits) == 9 and _two_passes(digits),
    "lv_pvn": _latvia,
    "ee_kmkr": _estonia,
    "ee_code": lambda digits, text: len(digits) == 8 and _two_passes(digits),
    "vn_mst": _vietnam,
}
