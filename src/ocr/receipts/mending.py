"""Sums that do not add up and dates that are none, mended with other readings of a line.

A digit that the recogniser doubted, or a currency sign that it took for a digit, is put right only by arithmetic, where
two independent sums then hold; what was read stays beside it as an alternative. Where no date is read anywhere, another
reading of a line that has one beside its label or a time of day is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import numpy as np

from ocr.receipt import Receipt
from ocr.receipts import dates, money, when
from ocr.receipts.arithmetic import Supporter, without
from ocr.receipts.reading import Reading
from ocr.receipts.sheet import Sheet, replaced

Place = tuple[int, int]
#: Other readings of a line with the logarithms of their odds against the reading itself.
Alternatives = Sequence[tuple[str, float]]

#: Readings that are tried at most, and independent sums that must hold afterwards.
_MOST, _SUMS = 8, 2
#: Least score of a date that another reading has: it stands beside its label or a time of day.
_LEAST_DATE = 1.0
#: Digits and letters that readers take a currency sign for.
_FOR_SIGN = re.compile(r"^[6ECG€](?=\d{1,4}[.,]\d{2}\b)")


@dataclass(frozen=True)
class Mended:
    """A receipt read anew.

    Attributes:
        reading: with the other texts.
        printed: the texts of lines with mended amounts as they were read, by place.
        undated: likewise of the line that has the date in another reading.
        dates: what the other readings of that line say, the likeliest first.
    """

    reading: Reading
    printed: Mapping[Place, str]
    undated: Mapping[Place, str] = field(default_factory=dict)
    dates: tuple[date, ...] = ()


def mend(
    reading: Reading, alternatives: Mapping[Place, Alternatives], analyse: Callable[[Sheet], Reading]
) -> Mended:
    """The receipt with other readings of lines where its sums then hold; as it is where they do not.

    Args:
        reading: of the receipt.
        alternatives: other readings of lines with figures, by place, the likeliest first.
        analyse: makes a reading of the rows of a receipt.
    """
    if support(reading) >= 1 or not reading.candidates:
        return Mended(reading, {})
    for texts in _proposals(reading, alternatives):
        changed = analyse(replaced(reading.sheet, texts))
        if support(changed) >= _SUMS:
            return Mended(changed, _texts(reading.sheet, texts))
    return Mended(reading, {})


def dated(
    mended: Mended, alternatives: Mapping[Place, Alternatives], analyse: Callable[[Sheet], Reading]
) -> Mended:
    """The receipt with the date that another reading of a line has, where no line has one as it was read.

    Args:
        mended: the receipt.
        alternatives: other readings of lines with figures, by place, the likeliest first.
        analyse: makes a reading of the rows of a receipt.
    """
    reading = mended.reading
    sheet, evidence = reading.sheet, reading.evidence
    if not alternatives or when.choose_date(sheet, evidence) is not None:
        return mended
    texts = _texts(sheet, set(alternatives))
    others = [
        (odds, place, text)
        for place, readings in alternatives.items()
        if place in texts
        for text, odds in readings
        if dates.find(text)
    ]
    found: list[tuple[Place, str, date]] = []
    for _, place, text in sorted(others, key=lambda one: -one[0]):
        day = when.choose_date(replaced(sheet, {place: text}), evidence)
        if day is not None and day.score >= _LEAST_DATE:
            found.append((place, text, day.values[0]))
    if not found:
        return mended
    place, text, _ = found[0]
    values = tuple(dict.fromkeys(value for other, _, value in found if other == place))
    changed = analyse(replaced(sheet, {place: text}))
    return replace(mended, reading=changed, undated={place: texts[place]}, dates=values)


def doubted(record: Receipt, reading: Reading, alternatives: Mapping[Place, Alternatives]) -> Receipt:
    """The record with what other readings of the date's line say as alternatives, and no surer than these leave it."""
    day = record.date
    if day is None:
        return record
    odds: dict[date, float] = {}
    for place in day.lines:
        for text, ratio in alternatives.get(place, ()):
            for one in dates.find(text)[:1]:
                values = one.ordered(reading.evidence.orders)
                if values and not set(values) & {day.value, *day.alternatives}:
                    odds[values[0]] = max(odds.get(values[0], -math.inf), ratio)
    if not odds:
        return record
    # The day's share among all readings, whose log-odds to it are known.
    confidence = min(day.confidence, math.exp(-np.logaddexp.reduce([0.0, *odds.values()])))
    others = sorted(odds, key=lambda value: -odds[value])
    day = replace(day, confidence=round(confidence, 4), alternatives=(*day.alternatives, *others))
    return replace(record, date=day)


def support(reading: Reading) -> int:
    """How many independent sums speak for the amount that is taken for the total."""
    best = reading.best
    if best is None:
        return 0
    sums = Supporter(without(reading.figures, best.amount.row.index)).support(best.amount.value)
    with_parts = bool(sums.subtotal) and " with " in sums.subtotal
    return bool(sums.items) + with_parts + bool(sums.payment) + bool(sums.table)


def _proposals(reading: Reading, alternatives: Mapping[Place, Alternatives]) -> Iterator[dict[Place, str]]:
    """Other texts for lines, the likeliest first: signs taken for digits all at once, else one line at a time."""
    signs = _without_signs(reading)
    if signs:
        yield signs
    # Figures alone matter, and only those of amounts.
    places = {
        place
        for amount in reading.amounts
        for place in amount.row.places(amount.number.start, amount.number.end)
    }
    texts = _texts(reading.sheet, places)
    candidates = [
        (odds, place, text)
        for place, readings in alternatives.items()
        if place in texts
        for text, odds in readings
        if _figures(text) != _figures(texts[place])
    ]
    for _, place, text in sorted(candidates, key=lambda one: -one[0])[:_MOST]:
        yield {place: text}


def _figures(text: str) -> list[str]:
    return [number.text for number in money.find(text)]


def _without_signs(reading: Reading) -> dict[Place, str]:
    """Lines whose amount begins with a digit where others of the receipt have their currency sign."""
    signed = [amount for amount in reading.amounts if amount.number.sign in ("€", "£", "$")]
    if not signed:
        return {}
    lines: dict[Place, str] = {}
    for row in reading.sheet.rows:
        for cell in row.cells:
            if _FOR_SIGN.match(cell.text) and not cell.text.startswith("€"):
                lines[cell.place] = cell.text[1:]
    return lines


def _texts(sheet: Sheet, places: Mapping[Place, str] | set[Place]) -> dict[Place, str]:
    """What stands at places now."""
    texts: dict[Place, str] = {}
    for row in sheet.rows:
        for cell in row.cells:
            if cell.place in places:
                texts[cell.place] = f"{texts[cell.place]} {cell.text}" if cell.place in texts else cell.text
    return texts


def printed_value(text: str, place: Place, value: Decimal, mended: Mended) -> Decimal | None:
    """The amount that was read where a mended one stands, ``None`` where the place was not mended."""
    if place not in mended.printed:
        return None
    style = mended.reading.style
    now = [
        number.value(style) for number in money.find(_texts(mended.reading.sheet, {place}).get(place, text))
    ]
    before = [number.value(style) for number in money.find(mended.printed[place])]
    if len(now) != len(before) or value not in now:
        return None
    return before[now.index(value)]
