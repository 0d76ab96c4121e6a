"""Which of the amounts is the total: features of every candidate, and the choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ocr.receipts.arithmetic import Figures, Supporter
from ocr.receipts.roles import PAYMENTS, SUMMARY, Amount
from ocr.receipts.scorer import scorers
from ocr.receipts.sheet import Row, Sheet

_ROLES = (
    *[
        "total",
        "subtotal",
        "net",
        "gross",
        "tax",
        "service",
        "tip",
        "discount",
        "saving",
        "rounding",
        "cash",
        "card",
        "voucher",
        "paid",
        "change",
        "count",
    ],
    *("tax_table", "points", "average", ""),
)
_PLACES = {role: place for place, role in enumerate(_ROLES)}
FEATURES = (
    *(f"role_{role or 'none'}" for role in _ROLES),
    *[
        "covered",
        "last_in_row",
        "amounts_in_row",
        "position",
        "position_among_amounts",
        "share_of_largest",
        "is_largest",
    ],
    *[
        "same_value",
        "same_value_total",
        "same_value_payment",
        "items",
        "subtotal",
        "payment",
        "table",
        "supports",
    ],
    *[
        "totals_above",
        "totals_below",
        "payment_below",
        "payment_next",
        "subtotal_above",
        "in_table",
        "in_items",
        "height",
        "right",
    ],
    *[
        "sign",
        "confidence",
        "negative",
        "own_label",
        "inclusive",
        "exclusive",
        "change_below",
        "role_above_total",
    ],
    "largest_with_total_role",
)

#: Below this log-odds no amount is taken for the total.
_LEAST = -1.0
#: Roles of amounts that are not the total, although they can be as large.
_BESIDE = PAYMENTS | {"subtotal"}
_INCLUSIVE, _EXCLUSIVE = ("INC", "INKL", "TTC"), ("EXC", "EXKL")


@dataclass(frozen=True)
class Candidate:
    """An amount that may be the total, with its features (see `FEATURES`)."""

    amount: Amount
    features: npt.NDArray[np.float32]


def candidates(
    sheet: Sheet, amounts: Sequence[Amount], figures: Figures, item_rows: frozenset[int]
) -> list[Candidate]:
    """Every amount above zero, with its features."""
    positive = [amount for amount in amounts if amount.value > 0]
    if not positive:
        return []
    supporter = Supporter(figures)
    largest = max(amount.value for amount in positive)
    count = len(sheet.rows)
    total_rows = [a.row.index for a in positive if a.role == "total" and a.last]
    last_payment = max((a.row.index for a in amounts if a.role in PAYMENTS), default=-1)
    last_change = max((a.row.index for a in amounts if a.role == "change"), default=-1)
    first_subtotal = min((a.row.index for a in amounts if a.role == "subtotal"), default=count)
    in_row = Counter(a.row.index for a in positive)
    largest_total = max((a.value for a in positive if a.role == "total"), default=Decimal(0))
    sums = [row.index for row in sheet.rows if row.role in SUMMARY]
    cache: dict[Decimal, tuple[float, ...]] = {}
    candidates = []
    for number, amount in enumerate(positive):
        value, row = amount.value, amount.row
        if value not in cache:
            support = supporter.support(value)
            same = [a for a in amounts if a.value == value]
            cache[value] = (
                len(same),
                len({a.row.index for a in same if a.role == "total"}),
                len({a.row.index for a in same if a.role in PAYMENTS}),
                bool(support.items) + bool(support.items and "with" not in support.items),
                bool(support.subtotal) + bool(" with " in support.subtotal),
                bool(support.payment),
                bool(support.table),
                support.count,
            )
        following = next((sheet.rows[k].role for k in sums if k > row.index), "")
        above = next((sheet.rows[k].role for k in reversed(sums) if k < row.index), "")
        text = amount.label_row.text.upper()
        features: list[float] = [0.0] * len(_ROLES)
        if amount.role in _PLACES:
            features[_PLACES[amount.role]] = 1.0
        features += [
            amount.label_row.covered,
            amount.last,
            in_row[row.index],
            row.index / max(1, count - 1),
            number / max(1, len(positive) - 1),
            float(value / largest),
            value == largest,
            *cache[value],
            sum(k < row.index for k in total_rows),
            sum(k > row.index for k in total_rows),
            last_payment > row.index,
            following in PAYMENTS,
            first_subtotal < row.index,
            row.index in figures.table_rows,
            row.index in item_rows,
            row.height / sheet.height,
            (amount.right - sheet.left) / sheet.width,
            bool(amount.number.sign),
            row.confidence(amount.number.start, amount.number.end),
            amount.number.negative,
            amount.label_row is row,
            any(word in text for word in _INCLUSIVE),
            any(word in text for word in _EXCLUSIVE),
            last_change > row.index,
            above == "total",
            value == largest_total,
        ]
        candidates.append(Candidate(amount, np.array(features, dtype=np.float32)))
    return candidates


def ranking(candidates: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    """The candidates that may be the total with their log-odds, the likeliest first."""
    if not candidates:
        return []
    scores = scorers()["total"].score(np.stack([one.features for one in candidates]))
    order = np.argsort(-scores, kind="stable")
    likely = [(candidates[k], float(scores[k])) for k in order if scores[k] >= _LEAST]
    supports = FEATURES.index("supports")
    if likely:
        if not is_printed(likely[0][0].amount.value, candidates):
            # A subtotal that other sums repeat is not the total where one is printed that they lead to.
            likely.sort(
                key=lambda one: not _says_total(one[0].amount.label_row) or one[0].features[supports] < 2
            )
        best, score = likely[0]
        return [(_labelled([best, *(candidates[k] for k in order)]), score), *likely[1:]]
    # What is labelled a total and has two independent sums behind it is one, however unusual its place.
    return [
        (candidates[k], float(scores[k]))
        for k in order
        if candidates[k].amount.role == "total" and candidates[k].features[supports] >= 2
    ]


def _labelled(ranked: Sequence[Candidate]) -> Candidate:
    """Of the prints of the first amount the likeliest that is labelled a total; the first where none is."""
    value = ranked[0].amount.value
    return next(
        (one for one in ranked if one.amount.value == value and one.amount.role == "total"), ranked[0]
    )


def is_printed(value: Decimal, candidates: Sequence[Candidate]) -> bool:
    """Whether an amount is printed as a total, not merely as a subtotal or as what was paid.

    Args:
        value: of the amount.
        candidates: all amounts of the receipt.
    """
    rows = {one.amount.label_row for one in candidates if one.amount.value == value}
    return any(map(_says_total, rows)) or not any(row.role in _BESIDE for row in rows)


def _says_total(row: Row) -> bool:
    kinds = {kind for label in row.labels for _, kind in label.kinds}
    # "TOTAL (3 ITEMS)" has the role of a subtotal without being called one.
    return row.role == "total" or "total" in kinds or (row.role == "subtotal" and "subtotal" not in kinds)
