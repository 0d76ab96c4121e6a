"""What Japanese receipts say: the phrases of Latin receipts with Japanese words, and names as they are formed there."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from random import Random

from ocr.datasets.synthetic import phrases
from ocr.datasets.synthetic.locales import Locale, fill
from ocr.recognition.charset import Charset


@cache
def letters() -> str:
    """Kana and kanji of the charset."""
    return "".join(c for c in Charset.load("japanese").characters if "ぁ" <= c <= "ヿ" or "一" <= c <= "鿿")


def invented(rng: Random) -> str:
    """Random kana or kanji, so that no reader learns words by heart and none stays unseen."""
    return "".join(rng.choices(letters(), k=rng.randrange(1, 6)))


def company_name(rng: Random, locale: Locale) -> str:
    """The name of a shop with its branch."""
    words = locale.words
    name = rng.choice((rng.choice(words.family), rng.choice(words.given), invented(rng)))
    return f"{name}{rng.choice(words.trades)}{rng.choice(('', ' ', ' '))}{rng.choice(words.suffixes)}"


def address_lines(rng: Random, locale: Locale) -> tuple[str, ...]:
    """Postcode and prefecture, then the quarter and its numbers."""
    words = locale.words
    numbers = f"{rng.randrange(1, 9)}-{rng.randrange(1, 30)}-{rng.randrange(1, 30)}"
    head = f"{fill(rng.choice(locale.postcodes), rng)} {rng.choice(words.cities)}{rng.choice(words.areas)}"
    return head, f"{rng.choice(words.streets)}{numbers}"


def registration_number(rng: Random, locale: Locale) -> str:
    """The number of a qualified invoice issuer (適格請求書発行事業者)."""
    return fill(rng.choice(locale.registrations), rng)


def item_name(rng: Random, locale: Locale) -> str:
    """An article."""
    name = rng.choice(locale.words.items)
    return name + rng.choice(locale.words.qualities) if rng.random() < 0.25 else name


def price_value(rng: Random, locale: Locale) -> Decimal:
    """What an article costs, in yen."""
    return Decimal(max(8, round(locale.price_scale * 2 ** rng.gauss(0.0, 1.3))))


def phrase(rng: Random, locale: Locale) -> str:
    """The text of one line of a receipt."""
    draw = rng.random()
    if draw < 0.2:
        return item_name(rng, locale)
    if draw < 0.3:
        return company_name(rng, locale)
    if draw < 0.38:
        return rng.choice(address_lines(rng, locale))
    if draw < 0.55:
        return invented(rng) + rng.choice(("", f" ¥{price_value(rng, locale):,}"))
    return phrases.phrase(rng, locale)
