"""How far figures of a receipt can be trusted: a first guess by what agrees with them, calibrated on readings.

The scorers of totals, names and addresses have probabilities of their own; dates, other amounts and items get theirs
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr.receipt import Field, Item, Receipt
from ocr.receipts.arithmetic import Figures, composed
from ocr.receipts.recheck import figures_of
from ocr.receipts.scorer import FILE

#: Kinds of fields that are calibrated together, and the fields of a receipt that are amounts.
KINDS = ("date", "amount", "item")
AMOUNTS = ("subtotal", "discount", "service_charge", "tip", "rounding", "tax", "paid", "change")
#: First guesses of amounts: where nothing agrees with them, where one sum does, and where two do.
_ALONE, _ONE, _TWO = 0.8, 0.93, 0.97
#: A mended figure and a computed one keep their own confidence.
_PRINTED = "printed"


_Reached = Callable[[Decimal], dict[Decimal, str]]


class Guess(NamedTuple):
    """A first guess: the kind of the field, its name, the number of its item or -1, and a value in [0, 1]."""

    kind: str
    name: str
    item: int
    value: float


def guesses(receipt: Receipt) -> Iterator[Guess]:
    """First guesses of the fields whose confidence is calibrated here."""
    if receipt.date is not None:
        yield Guess("date", "date", -1, receipt.date.confidence)
    figures = figures_of(receipt)
    # Totals that a sum leads to are asked for again and again.
    reached = cache(lambda base: composed(base, figures))
    total = receipt.total.value if receipt.total is not None and receipt.total.source == _PRINTED else None
    for name in AMOUNTS:
        field: Field[Decimal] | None = getattr(receipt, name)
        if field is not None:
            yield Guess("amount", name, -1, _guess(field, _agrees(name, receipt, figures, total, reached)))
    sums = _items_add_up(receipt, total, reached)
    for number, item in enumerate(receipt.items):
        if item.amount is not None:
            yield Guess("item", "amount", number, _guess(item.amount, sums + _multiplies(item)))


def calibrated(receipt: Receipt, probability: Callable[[str, float], float] | None = None) -> Receipt:
    """The receipt with calibrated confidences.

    Args:
        receipt: as it was put together.
        probability: of a first guess of a kind; by default that of the package.
    """
    of = probability or package_probability
    own: dict[str, Any] = {}
    items = list(receipt.items)
    for guess in guesses(receipt):
        value = round(of(guess.kind, guess.value), 4)
        if guess.item < 0:
            own[guess.name] = replace(getattr(receipt, guess.name), confidence=value)
        else:
            amount = items[guess.item].amount
            if amount is not None:
                items[guess.item] = replace(items[guess.item], amount=replace(amount, confidence=value))
    return replace(receipt, **own, items=tuple(items))


def package_probability(kind: str, guess: float) -> float:
    """The calibrated probability of a first guess; the guess itself where none was learnt."""
    knots = _knots().get(kind)
    return guess if knots is None else float(np.interp(guess, knots[:, 0], knots[:, 1]))


@cache
def _knots() -> dict[str, npt.NDArray[np.float32]]:
    data = files("ocr.receipts").joinpath(FILE).read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as archive:
        return {kind: archive[f"trust.{kind}"] for kind in KINDS if f"trust.{kind}" in archive.files}


def _guess(field: Field[Decimal], agreeing: int) -> float:
    base = (_ALONE, _ONE, _TWO)[min(agreeing, 2)]
    # A sum that holds is worth more than the reading of a line; what stands alone is as sure as its line.
    return base + (1 - base) * 0.5 * field.confidence if agreeing else base * field.confidence


def _agrees(name: str, receipt: Receipt, figures: Figures, total: Decimal | None, reached: _Reached) -> int:
    """How many sums hold with an amount."""
    value = getattr(receipt, name).value
    if total is None:
        return 0
    if name in ("paid", "change"):
        paid = receipt.paid.value if receipt.paid is not None else Decimal(0)
        change = receipt.change.value if receipt.change is not None else Decimal(0)
        return 2 * int(paid - change == total)
    bases = {one for one in (figures.items, *figures.values("subtotal")) if one is not None}
    if name == "subtotal":
        return int(value == figures.items) + int(bool(reached(value).get(total)))
    word = {"service_charge": "service charge"}.get(name, name)
    sums = sum(word in reached(base).get(total, "") for base in bases)
    if name == "tax":
        lines = [(one.net, one.tax, one.gross) for one in receipt.taxes]
        sums += sum(
            bool(net and tax and (gross is None or net.value + tax.value == gross.value))
            for net, tax, gross in lines
        )
    return sums


def _items_add_up(receipt: Receipt, total: Decimal | None, reached: _Reached) -> int:
    """Whether the items come to the subtotal or to the total."""
    kept = [item for item in receipt.items if item.amount is not None and not item.void]
    whole = sum((item.amount.value for item in kept if item.amount), Decimal(0))
    less = whole - sum((item.discount.value for item in kept if item.discount), Decimal(0))
    wanted = {
        one.value for one in (receipt.subtotal, receipt.total) if one is not None and one.source == _PRINTED
    }
    return int(any(one in wanted or total in reached(one) for one in {whole, less}))


def _multiplies(item: Item) -> int:
    """Whether quantity times price is the amount of an item."""
    if item.quantity is None or item.unit_price is None or item.amount is None:
        return 0
    return int(abs(item.quantity.value * item.unit_price.value - item.amount.value) <= Decimal("0.011"))
