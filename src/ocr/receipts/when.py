"""Which of the dates on a receipt is that of the sale, and the time of day that belongs to it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from ocr.receipts.countries import Evidence
from ocr.receipts.dates import FoundDate, FoundTime
from ocr.receipts.sheet import Row, Sheet

#: A time of day that the date before it runs into.
_TIME_BEHIND = re.compile(r"\d{1,3}:\d{2}")
#: What the day and the time of an entry to a car park lose: the sale is when it was paid.
_ARRIVED, _CAME = 2.0, 5.0


@dataclass(frozen=True)
class ChosenDate:
    """The date of the sale.

    Attributes:
        row, found: where it stands.
        values: every meaning of the print in orders that are usual where the receipt is from, the likeliest first.
        score: how much speaks for it.
        remote: meanings in an order that is usual elsewhere.
    """

    row: Row
    found: FoundDate
    values: tuple[date, ...]
    score: float
    remote: tuple[date, ...] = ()


@dataclass(frozen=True)
class ChosenTime:
    """The time of the sale."""

    row: Row
    found: FoundTime
    value: time


def choose_date(sheet: Sheet, evidence: Evidence) -> ChosenDate | None:
    """The date of the sale, ``None`` where no date is printed."""
    languages = evidence.active
    settled = settled_orders(sheet)
    orders = tuple(dict.fromkeys((*settled, *evidence.orders)))
    counts = Counter(one.readings[0].value for row in sheet.rows for one in row.dates)
    best: ChosenDate | None = None
    for row in sheet.rows:
        kinds = row.kinds_of(languages)
        for number, one in enumerate(row.dates):
            values = one.ordered(orders)
            if not values:
                continue
            labelled = _labelled(row, one, "date", languages)
            timed = bool(row.times) or bool(_TIME_BEHIND.match(row.text, one.end))
            score = 3.0 * labelled + 0.5 * ("date" in kinds) + 1.5 * timed
            score += 1.0 * one.long_year + 0.7 * (counts[one.readings[0].value] - 1)
            score -= 3.0 * _labelled(row, one, "due_date", languages) + 2.0 * (
                len(row.dates) > 1 and not labelled
            )
            score -= _ARRIVED * _labelled(row, one, "arrival", languages)
            score -= 1.5 * (one.compact and not labelled) + 0.3 * number
            score -= 1.0 * (row.role in ("thanks", "points")) + 0.2 * (row.index / max(1, len(sheet.rows)))
            above = sheet.rows[row.index - 1] if row.index else None
            if (
                above is not None
                and not above.dates
                and "date" in above.kinds_of(languages)
                and above.letters < 24
            ):
                score += 1.0
            plain = all(c not in one.text for c in "., ")
            score -= 1.5 * (
                not plain
                and not one.long_year
                and not labelled
                and not timed
                and any(c.isdigit() for c in row.text[: one.start])
            )
            remote = one.remote(orders)
            if len(settled) == 1:
                fitting = [r.value for r in one.readings if r.order in ("", *settled)]
                values, remote = tuple(dict.fromkeys(fitting)) or values, () if fitting else remote
            if not evidence.sure:
                # Nothing says where the receipt is from.
                values, remote = (*values, *remote), ()
            values, remote = _past_first(values, remote)
            if best is None or score > best.score:
                best = ChosenDate(row, one, values, score, remote)
    return best if best is not None and best.score > -1.0 else None


def _past_first(
    values: tuple[date, ...], remote: tuple[date, ...]
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """The meanings of a date and remote ones, those that are not to come first: ``14-05-30`` is no day of 2030."""
    last = _last_day()
    past = [value for value in (*values, *remote) if value <= last]
    if not past or values[0] <= last:
        return values, remote
    return tuple(dict.fromkeys((*past, *values))), tuple(value for value in remote if value not in past)


def _last_day() -> date:
    """The last day that a receipt can be of: somewhere it is tomorrow."""
    return datetime.now(timezone.utc).date() + timedelta(days=1)


def _labelled(row: Row, one: FoundDate | FoundTime, kind: str, languages: frozenset[str]) -> bool:
    """Whether a label of a kind is the nearest before a date or time."""
    before = [label for label in row.labels_of(languages) if label.end <= one.start]
    return bool(before) and before[-1].means(kind, languages)


def settled_orders(sheet: Sheet) -> tuple[str, ...]:
    """Orders that a date of the receipt with only one meaning shows."""
    orders = [
        one.readings[0].order
        for row in sheet.rows
        for one in row.dates
        if one.long_year and len({reading.value for reading in one.readings}) == 1 and one.readings[0].order
    ]
    return tuple(dict.fromkeys(orders)) if len(set(orders)) == 1 else ()


def choose_time(sheet: Sheet, chosen: ChosenDate | None, evidence: Evidence) -> ChosenTime | None:
    """The time of the sale: beside the date, labelled, or in a row near it."""
    best: tuple[float, ChosenTime] | None = None
    for row in sheet.rows:
        kinds = row.kinds_of(evidence.active)
        for number, one in enumerate(row.times):
            beside = chosen is not None and row is chosen.row
            labelled = any(
                label.end <= one.start and label.means("time", evidence.active)
                for label in row.labels_of(evidence.active)
            )
            if not one.sure and not (beside or labelled):
                continue
            score = -_CAME * _labelled(row, one, "arrival", evidence.active)
            score += 3.0 * beside + 2.0 * labelled - 0.5 * number
            if chosen is not None:
                score += 1.0 / (1 + abs(row.index - chosen.row.index))
            score -= 3.0 * (len(row.times) > 1 and not beside and not labelled) + 2.0 * (
                "thanks" in kinds and not beside
            )
            if best is None or score > best[0]:
                best = score, ChosenTime(row, one, one.value)
    return best[1] if best is not None and best[0] > 0.15 else None
