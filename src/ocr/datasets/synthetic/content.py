"""What a receipt says: a purchase whose sums add up, before anything is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Day
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from random import Random

from ocr.datasets.synthetic.locales import DOCUMENTS, Locale, choose_locale, fill, format_amount
from ocr.datasets.synthetic.names import clock, date_text, moment
from ocr.datasets.synthetic.scripts import writer_of


@dataclass(frozen=True)
class Item:
    """One position: `amount` is quantity times unit price, less the discount.

    Attributes:
        name: as printed.
        code: article number; empty where the shop prints none.
        quantity: pieces, or a weight with three decimals.
        unit_price: of one piece.
        discount: taken off this position, zero or more.
        amount: what the position costs.
    """

    name: str
    code: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Purchase:
    """A receipt's content; all amounts in the locale's currency.

    Attributes:
        day: what `date` means.
        subtotal: sum of the items' amounts.
        discount: taken off the subtotal, zero or more.
        tax: the tax in, or on top of, the discounted subtotal.
        rounding: what cash rounding adds or takes.
        total: what is to be paid.
        paid, change: the cash given and returned; both None where a card paid.
    """

    locale: Locale
    separators: tuple[str, str]
    sign: str
    company: str
    address: tuple[str, ...]
    registration: tuple[str, ...]
    phone: str
    title: str
    document: str
    staff: str
    date: str
    day: Day
    time: str
    items: tuple[Item, ...]
    subtotal: Decimal
    discount: Decimal
    tax_rate: Decimal
    tax_included: bool
    tax: Decimal
    rounding: Decimal
    total: Decimal
    paid: Decimal | None
    change: Decimal | None
    card: str

    def amount(self, value: Decimal, signed: bool = False) -> str:
        """The value as this receipt prints it, with the currency sign where `signed`."""
        return format_amount(value, self.locale, self.sign if signed else "", self.separators)

    def fields(self) -> dict[str, str]:
        """The receipt fields as printed: company, date, address, total, and more."""
        found = {
            "company": self.company,
            "date": self.date,
            "address": " ".join(self.address),
            "total": self.amount(self.total),
            "subtotal": self.amount(self.subtotal),
            "tax": self.amount(self.tax),
            "currency": self.locale.currency,
            "time": self.time,
            "document": self.document,
        }
        if self.change is not None and self.paid is not None:
            found |= {"cash": self.amount(self.paid), "change": self.amount(self.change)}
        return found


def make_purchase(rng: Random, locale: Locale | None = None, items: int | None = None) -> Purchase:
    """A purchase of `items` positions (1 to 30; drawn where None) in a locale that is drawn where None."""
    locale = locale or choose_locale(rng)
    writer = writer_of(locale)
    step = Decimal(1).scaleb(-locale.decimals)
    count = items or min(30, 1 + int(rng.expovariate(0.2)))
    positions = tuple(_item(rng, locale, step) for _ in range(count))
    subtotal = sum((item.amount for item in positions), Decimal(0))
    discount = Decimal(0)
    if rng.random() < 0.2:
        discount = (subtotal * rng.choice((5, 10, 15, 20)) / 100).quantize(step, ROUND_HALF_UP)
    rate = Decimal(rng.choice(locale.tax_rates))
    included = rng.random() < 0.5 if locale.tax_included is None else locale.tax_included
    base = subtotal - discount
    tax = (base * rate / (100 + rate if included else 100)).quantize(step, ROUND_HALF_UP)
    due = base if included else base + tax
    card = "" if rng.random() < 0.65 else rng.choice(locale.words.payment)
    total = due
    if not card or rng.random() < 0.3:
        total = ((due / locale.cash_step).quantize(Decimal(1), ROUND_HALF_UP) * locale.cash_step).quantize(
            step
        )
    paid = _cash_given(rng, total, locale) if not card else None
    when = moment(rng)
    form = rng.choice(locale.dates)
    separators = rng.choice(locale.separators)
    registration = tuple(
        rng.choice(locale.words.registration)
        + rng.choice((": ", " : ", ":", " "))
        + writer.registration_number(rng, locale)
        for _ in range(rng.choice((0, 1, 1, 2)))
    )
    return Purchase(
        locale=locale,
        separators=separators,
        sign=rng.choice(locale.signs),
        company=writer.company_name(rng, locale),
        address=writer.address_lines(rng, locale),
        registration=registration,
        phone=rng.choice(locale.words.phone)
        + rng.choice((": ", ":", " : ", " "))
        + fill(rng.choice(locale.phones), rng),
        title=rng.choice(locale.words.titles),
        document=fill(rng.choice(DOCUMENTS), rng),
        staff=rng.choice((rng.choice(locale.words.given), fill("##", rng), rng.choice(locale.words.family))),
        date=date_text(rng, when, form),
        day=when.date(),
        time=clock(rng, when),
        items=positions,
        subtotal=subtotal,
        discount=discount,
        tax_rate=rate,
        tax_included=included,
        tax=tax,
        rounding=total - due,
        total=total,
        paid=paid,
        change=None if paid is None else paid - total,
        card=card,
    )


def _item(rng: Random, locale: Locale, step: Decimal) -> Item:
    quantity = Decimal(rng.choice((1, 1, 1, 1, 1, 2, 2, 3, 4, 6, 10, rng.randrange(1, 25))))
    if rng.random() < 0.06:
        quantity = Decimal(rng.randrange(50, 4000)).scaleb(-3)
    price = writer_of(locale).price_value(rng, locale)
    gross = (quantity * price).quantize(step, ROUND_HALF_UP)
    discount = Decimal(0)
    if rng.random() < 0.06:
        discount = (gross * rng.choice((10, 20, 50)) / 100).quantize(step, ROUND_HALF_UP)
    code = (
        fill(rng.choice(("#############", "########", "######", "@@###")), rng) if rng.random() < 0.5 else ""
    )
    return Item(writer_of(locale).item_name(rng, locale), code, quantity, price, discount, gross - discount)


def _cash_given(rng: Random, total: Decimal, locale: Locale) -> Decimal:
    """The exact sum, or the next round one that notes make; never less than the total."""
    if rng.random() < 0.2:
        return total
    note = rng.choice((1, 5, 10, 50)) * Decimal(10) ** Decimal(repr(locale.price_scale)).adjusted()
    return (total / note).to_integral_value(ROUND_CEILING) * note.quantize(Decimal(1))
