"""Dates and times as receipts print them, with every reading that the print allows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple

from ocr.receipts import labels
from ocr.receipts import text as texts

#: Years that receipts in use can have.
FIRST_YEAR, LAST_YEAR = 1990, 2039
#: Years before this one are unlikely where the print can mean another.
_OLD = 2010

#: Years stand first in numbers of two digits where hyphens part them, as ISO 8601 had it.
_HYPHEN = "-"

_D = r"[0-9OoQlI|]"
_NUMERIC = re.compile(
    rf"(?<![\w.,/])({_D}{{1,2}}) ?([/.\-'’]|(?<=\d) (?=\d\d? \d{{4}})) ?({_D}{{1,2}}) ?\2 ?"
    rf"({_D}{{4}}|{_D}{{2}})(?![\d]|[.,/\-]\d)"
)
_MIXED_SEPARATORS = re.compile(
    r"(?<![\w.,/])(\d{1,2})[/.\-](\d{1,2})[/.\- ](\d{4}|\d{2})(?![\d]|[.,/\-]\d)"
    r"|(?<!\d)(\d{2})[:.,](\d{2})[.,](\d{2}|\d{4})(?=\s{1,2}[012]?\d[:.]\d{2})"
)
#: A date and a time between which the space was lost.
_BESIDE_TIME = re.compile(
    r"(?<!\d)(\d{2})([./-])(\d{2})\2((?:19|20)\d{2}(?=[012]\d:\d{2})|\d{2}(?=[012]?\d{1,2}:\d{2}))"
)
_YEAR_FIRST = re.compile(
    r"(?<![\w.,/])((?:19|20)\d{2}) ?[-/.年년] ?(\d{1,2}) ?[-/.月월] ?(\d{1,2})(?![\d])(?! ?[-/]\d)"
)
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])(\d{1,2})(?:st|nd|rd|th|\.|º)?[ .\-/,']{0,3}(?:de )?([^\W\d_]{3,12})[ .\-/,']{0,3}(?:de )?"
    r"((?:19|20)\d{2}|\d{2})(?!\d|[.,:]\d)"
)
#: ``2024. szeptember 17.``, ``2024 m. rugsėjo 17 d.``, ``2024. gada 17. septembrī``.
_YEAR_THEN_NAMED = re.compile(
    r"(?<![\w.,/])((?:19|20)\d{2})\.? ?(?:m\.|gada)? ?"
    r"(?:([^\W\d_]{3,12})\.? (\d{1,2})|(\d{1,2})\. ?([^\W\d_]{3,12}))(?![\w:])"
)
#: ``Ngày 17 tháng 9 năm 2024``
_WORDS_BETWEEN = re.compile(
    r"(?<!\d)(\d{1,2}) {0,2}th[aá]ng {0,2}(\d{1,2}) {0,2}n[aă]m {0,2}((?:19|20)\d{2})(?!\d)", re.IGNORECASE
)
_NAME_FIRST = re.compile(
    r"(?<![^\W\d_])([^\W\d_]{3,12})[ .\-/]{0,2}(\d{1,2})(?:st|nd|rd|th)?[ .\-/,']{1,3}"
    r"((?:19|20)\d{2}|\d{2})(?!\d|:\d)"
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_COMPACT_DAY_FIRST = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])((?:19|20)\d{2})(?!\d)")
_TIME = re.compile(
    r"(?<![\d:.,])([01]?\d|2[0-4])(?: ?[:;] ?|[h](?=\d)|(\.))([0-5]\d)(?:[:.,]([0-5]\d))?(?![\d]|\.\d)(?:[.,]\d{3})? ?"
    r"([AaPp]\.? ?[Mm]?\.?(?![A-Za-z]))?"
)
_LOOKS = str.maketrans({"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "|": "1"})

#: Orders in which day, month and year are printed.
Order = str


class Reading(NamedTuple):
    """One meaning of a printed date; ``order`` is empty where the print leaves no choice."""

    value: date
    order: Order


@dataclass(frozen=True)
class FoundDate:
    """A date in a text.

    Attributes:
        text: as printed.
        start, end: where it stands.
        readings: what it can mean, at least one.
        long_year: whether the year has four digits.
        compact: whether it is a bare number such as ``20240917``.
    """

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    long_year: bool
    compact: bool = False

    def ordered(self, orders: tuple[Order, ...]) -> tuple[date, ...]:
        """The meanings without repetition, those of orders that stand first in ``orders`` first."""
        rank = {order: number for number, order in enumerate(orders)}
        by_rank = sorted(
            self.readings,
            key=lambda reading: (reading.value.year < _OLD, rank.get(reading.order, len(rank))),
        )
        return tuple(
            dict.fromkeys(reading.value for reading in by_rank if not reading.order or reading.order in rank)
        )

    def remote(self, orders: tuple[Order, ...]) -> tuple[date, ...]:
        """The meanings in an order that is not among ``orders``: ``24-02-18`` is 18 February 2024 in Sweden."""
        if _HYPHEN not in self.text:
            return ()
        usual = set(self.ordered(orders))
        values = [one.value for one in self.readings if one.order and one.order not in orders]
        return tuple(dict.fromkeys(v for v in values if v not in usual and v.year >= _OLD))


@dataclass(frozen=True)
class FoundTime:
    """A time of day in a text; ``sure`` is false for ``12.30``, which may be an amount."""

    text: str
    start: int
    end: int
    value: time
    sure: bool


@lru_cache(maxsize=8192)
def find(text: str) -> tuple[FoundDate, ...]:
    """The dates in a text, from left to right."""
    if sum(map(str.isdigit, text)) < 3:
        return ()
    dates: list[FoundDate] = []

    def add(
        match: re.Match[str], readings: Iterable[Reading | None], long_year: bool, compact: bool = False
    ) -> None:
        kept = tuple(dict.fromkeys(reading for reading in readings if reading is not None))
        apart = all(match.end() <= one.start or match.start() >= one.end for one in dates)
        if kept and apart:
            dates.append(
                FoundDate(match.group().strip(), match.start(), match.end(), kept, long_year, compact)
            )

    for match in _YEAR_FIRST.finditer(text):
        year, month, day = match.groups()
        add(match, [_reading(year, month, day, ""), _reading(year, day, month, "ydm")][:1], True)
    for pattern in (_NUMERIC, _MIXED_SEPARATORS, _BESIDE_TIME):
        for match in pattern.finditer(text):
            groups = match.groups()
            groups = tuple(group for group in groups if group is not None)
            a, b, c = (groups[0], groups[-2], groups[-1])
            a, b, c = a.translate(_LOOKS), b.translate(_LOOKS), c.translate(_LOOKS)
            if not (a + b + c).isdigit() or sum(ch.isdigit() for ch in match.group()) < 4:
                continue
            if pattern is _MIXED_SEPARATORS and len(c) == 2 and match.lastindex == 3:
                continue
            readings = [_reading(c, b, a, "dmy"), _reading(c, a, b, "mdy")]
            if len(c) == 2 and len(a) == 2:
                readings.append(_reading(a, b, c, "ymd"))
            # Cents and thousands look like dates with points.
            add(match, _without_choice(readings), len(c) == 4)
    for match in _NAMED.finditer(text):
        day, name, year = match.groups()
        add(match, _named(year, name, day), len(year) == 4)
    for match in _NAME_FIRST.finditer(text):
        name, day, year = match.groups()
        add(match, _named(year, name, day), len(year) == 4)
    for match in _YEAR_THEN_NAMED.finditer(text):
        year, name, day, day_before, name_behind = match.groups()
        add(match, _named(year, name or name_behind, day or day_before), True)
    for match in _WORDS_BETWEEN.finditer(text):
        day, month_text, year = match.groups()
        add(match, [_reading(year, month_text, day, "")], True)
    for match in _COMPACT.finditer(text):
        add(match, [_reading(match[1], match[2], match[3], "")], True, True)
    for match in _COMPACT_DAY_FIRST.finditer(text):
        day, month_text, year = match.groups()
        add(match, [_reading(year, month_text, day, "")], True, True)
    return tuple(sorted(dates, key=lambda one: one.start))


@lru_cache(maxsize=8192)
def find_times(text: str) -> tuple[FoundTime, ...]:
    """The times of day in a text, from left to right."""
    if not any(map(str.isdigit, text)):
        return ()
    times = []
    for match in _TIME.finditer(text):
        hour, point, minute, second, half = match.groups()
        if point and half and "m" not in half.lower():
            half = None  # "1.49 A" is an amount with its tax letter
        hours = int(hour)
        afternoon = (half or "").upper().replace(".", "").strip()
        if half and hours <= 12:
            hours = hours % 12 + (12 if afternoon.startswith("P") else 0)
        if hours > 23:
            continue
        behind = text[match.end() : match.end() + 5].strip().lower()
        sure = not point or bool(half) or bool(second) or behind.startswith(("uhr", "klo", "h"))
        times.append(
            FoundTime(
                match.group().strip(),
                match.start(),
                match.end(),
                time(hours, int(minute), int(second or 0)),
                sure,
            )
        )
    return tuple(times)


def _reading(year: str, month: str, day: str, order: Order) -> Reading | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    if not FIRST_YEAR <= number <= LAST_YEAR:
        return None
    try:
        return Reading(date(number, int(month), int(day)), order)
    except ValueError:
        return None


def _without_choice(readings: list[Reading | None]) -> list[Reading]:
    """Readings that mean the same day in every order need no order."""
    kept = [reading for reading in readings if reading is not None]
    if len({reading.value for reading in kept}) == 1:
        return [Reading(kept[0].value, "")] if len(kept) > 1 else kept
    return kept


def _named(year: str, name: str, day: str) -> list[Reading | None]:
    """What a date with the name of a month can mean; names that are two months in two languages leave a choice."""
    return [_reading(year, str(month), day, "") for month in _months(name)]


@lru_cache(maxsize=2048)
def _months(word: str) -> tuple[int, ...]:
    form = texts.skeleton(word)
    known = labels.months()
    if form in known:
        return known[form]
    if len(form) < 4:
        return ()
    near = {
        numbers
        for name, numbers in known.items()
        if len(name) >= 4 and texts.edit_distance(form, name, 1) <= 1
    }
    return next(iter(near)) if len(near) == 1 else ()
