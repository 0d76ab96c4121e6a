"""Accuracy of the fields of receipts: precision, recall and F1 by typed value, items, and reliability of checks.

Dates are compared as dates and amounts as decimals; names, addresses and other texts by their letters and digits,
whatever their case, spaces and punctuation. Where the annotation says that a field is not printed, a computed value
counts as none.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ocr.datasets.receipt_truth import ItemTruth, ReceiptTruth, Value
from ocr.metrics.calibration import Calibration, CalibrationResult
from ocr.metrics.scores import Score, ratio
from ocr.receipt import Field, Receipt, to_json_value

#: Names of the figures of items.
ITEMS_BY_AMOUNT, ITEMS_BY_NAME, ITEM_COUNT = "items by amount", "items by name, amount", "item count"
#: Figures that are not fields of the receipt; excluded from `FieldsResult.micro`.
_ITEM_FIGURES = (ITEMS_BY_AMOUNT, ITEMS_BY_NAME, ITEM_COUNT)


def letters_and_digits(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, only letters and digits.

    ``ı`` and ``i`` are one letter: a print in capitals tells them apart in Turkish alone.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ı", "i")
    return "".join(c for c in folded if c.isalnum())


def same(truth: Value, value: Value, *, partial: bool = False) -> bool:
    """Whether a value equals the annotated one or, for texts with ``partial``, contains it."""
    if isinstance(truth, str) and isinstance(value, str):
        wanted, read = letters_and_digits(truth), letters_and_digits(value)
        return wanted == read or (partial and wanted in read)
    return type(truth) is type(value) and truth == value


@dataclass(frozen=True)
class FieldOutcome:
    """The outcome of an annotated field of one receipt.

    Attributes:
        name: path of the field in `ocr.receipt.Receipt`.
        truth: the accepted values; empty if the receipt does not have the field.
        value: the reading; ``None`` if nothing was read.
        confidence: of the reading, 0 to 1.
        right: whether the value is accepted, or both are absent.
    """

    name: str
    truth: tuple[Value, ...]
    value: Value | None
    confidence: float
    right: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "truth": [to_json_value(value) for value in self.truth],
            "value": None if self.value is None else to_json_value(self.value),
            "confidence": round(self.confidence, 4),
            "right": self.right,
        }


@dataclass(frozen=True)
class Counts:
    """Matched, annotated and predicted values of one kind."""

    matched: int = 0
    truths: int = 0
    predictions: int = 0

    def plus(self, other: Counts) -> Counts:
        """The sum of both."""
        return Counts(
            self.matched + other.matched, self.truths + other.truths, self.predictions + other.predictions
        )

    @property
    def score(self) -> Score:
        """Recall and precision."""
        return Score.of(self.matched, self.truths, self.predictions)

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        score = self.score
        return {
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.hmean,
            "matched": self.matched,
            "truths": self.truths,
            "predictions": self.predictions,
        }


@dataclass(frozen=True)
class ReceiptFields:
    """Figures of one receipt.

    Attributes:
        outcomes: of the annotated fields.
        items: counts of the annotated figures of items, by name such as `ITEMS_BY_AMOUNT`.
        total_passed: whether the check of the total passed; ``None`` without an annotated total.
        unparsed: names of annotated values whose form is not known.
    """

    outcomes: tuple[FieldOutcome, ...]
    items: Mapping[str, Counts]
    total_passed: bool | None
    unparsed: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[FieldOutcome, ...]:
        """The outcomes that are not right."""
        return tuple(outcome for outcome in self.outcomes if not outcome.right)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "values": [outcome.to_dict() for outcome in self.outcomes],
            "items": {name: counts.to_dict() for name, counts in self.items.items()},
            "total_passed": self.total_passed,
        }


@dataclass(frozen=True)
class TotalChecks:
    """Reliability of the check of the total.

    Attributes:
        receipts: with an annotated total.
        passed: those whose check passed.
        right: those whose check passed and whose total is the annotated one.
    """

    receipts: int
    passed: int
    right: int

    @property
    def share_passed(self) -> float:
        """Share of the receipts whose check passed."""
        return ratio(self.passed, self.receipts)

    @property
    def share_right(self) -> float:
        """Share of the passed totals that are right."""
        return ratio(self.right, self.passed)

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return {
            "receipts": self.receipts,
            "passed": self.passed,
            "right": self.right,
            "share_passed": self.share_passed,
            "share_right": self.share_right,
        }


@dataclass(frozen=True)
class FieldsResult:
    """Figures over a set of receipts.

    Attributes:
        by_name: counts by field and by kind of item figure, in the order of the record.
        micro: sum over all fields, without items.
        checks: of totals.
        trust: calibration by field; ``acceptable`` is the share of the read values that can be accepted at 99 %
            accuracy, from the confidence ``threshold`` on.
        receipts: number of annotated receipts.
        unparsed: number of annotated values whose form is not known, by name.
    """

    by_name: Mapping[str, Counts]
    micro: Counts
    checks: TotalChecks
    trust: Mapping[str, CalibrationResult]
    receipts: int
    unparsed: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "receipts": self.receipts,
            "f1": self.micro.score.hmean,
            "by_name": {name: counts.to_dict() for name, counts in self.by_name.items()},
            "micro": self.micro.to_dict(),
            "checks": self.checks.to_dict(),
            "trust": {name: result.to_dict() for name, result in self.trust.items()},
            "unparsed": dict(self.unparsed),
        }


@dataclass
class FieldMetrics:
    """Figures of fields over a set of receipts."""

    _counts: dict[str, Counts] = field(default_factory=dict)
    _trust: dict[str, Calibration] = field(default_factory=dict)
    _totals: Counter[str] = field(default_factory=Counter)
    _unparsed: Counter[str] = field(default_factory=Counter)
    _receipts: int = 0

    def add(self, truth: ReceiptTruth, receipts: Sequence[Receipt]) -> ReceiptFields:
        """Measure a picture of one receipt.

        Args:
            truth: its annotation.
            receipts: the reading; only the first is measured. Without any, nothing counts as read.
        """
        figures = compare(truth, receipts[0] if receipts else None)
        self._receipts += 1
        self._unparsed.update(figures.unparsed)
        for outcome in figures.outcomes:
            counts = Counts(
                int(outcome.right and outcome.value is not None),
                int(bool(outcome.truth)),
                int(outcome.value is not None),
            )
            self._add(outcome.name, counts)
            if outcome.value is not None:
                self._trust.setdefault(outcome.name, Calibration()).add(outcome.confidence, outcome.right)
        for name, counts in figures.items.items():
            self._add(name, counts)
        if figures.total_passed is not None:
            right = any(outcome.right for outcome in figures.outcomes if outcome.name == "total")
            self._totals.update(
                receipts=1, passed=int(figures.total_passed), right=int(figures.total_passed and right)
            )
        return figures

    def _add(self, name: str, counts: Counts) -> None:
        self._counts[name] = self._counts.get(name, Counts()).plus(counts)

    def result(self) -> FieldsResult | None:
        """Figures over all receipts so far; ``None`` without annotated receipts."""
        if not self._receipts:
            return None
        micro = Counts()
        for name, counts in self._counts.items():
            if name not in _ITEM_FIGURES:
                micro = micro.plus(counts)
        totals = self._totals
        return FieldsResult(
            dict(self._counts),
            micro,
            TotalChecks(totals["receipts"], totals["passed"], totals["right"]),
            {name: calibration.result() for name, calibration in self._trust.items()},
            self._receipts,
            dict(self._unparsed),
        )


def compare(truth: ReceiptTruth, receipt: Receipt | None) -> ReceiptFields:
    """The outcomes of the annotated values of a receipt; ``receipt`` is ``None`` if none was read."""
    read = {} if receipt is None else dict(receipt.all_fields())
    outcomes = tuple(
        _outcome(name, values, read.get(name), partial=name in truth.partial)
        for name, values in truth.fields.items()
    )
    passed = receipt is not None and receipt.check("total").status == "passed"
    return ReceiptFields(
        outcomes, _items(truth, receipt), passed if truth.fields.get("total") else None, truth.unparsed
    )


def _outcome(name: str, truth: tuple[Value, ...], read: Field[Any] | None, *, partial: bool) -> FieldOutcome:
    # The truth is what is printed: where nothing is, a value that says that it is computed claims nothing else.
    if read is None or (not truth and read.source == "computed"):
        return FieldOutcome(name, truth, None, 0.0, not truth)
    right = any(same(value, read.value, partial=partial) for value in truth)
    return FieldOutcome(name, truth, read.value, read.confidence, right)


_Row = tuple[str, Decimal]


def _items(truth: ReceiptTruth, receipt: Receipt | None) -> dict[str, Counts]:
    read = [] if receipt is None else [item for item in receipt.items if not item.void]
    counts: dict[str, Counts] = {}
    if truth.items is not None:
        rows = [
            (letters_and_digits(item.description.value) if item.description else "", item.amount.value)
            for item in read
            if item.amount is not None
        ]
        amounts = [("", amount) for _, amount in rows]
        counts[ITEMS_BY_AMOUNT] = _matched(
            [("", item.amount) for item in truth.items],
            [("", item.amount) for item in truth.optional_items],
            amounts,
        )
        if all(item.description is not None for item in truth.items):
            counts[ITEMS_BY_NAME] = _matched(_rows(truth.items), _rows(truth.optional_items), rows)
    if truth.item_count is not None:
        right = len(read) == truth.item_count
        counts[ITEM_COUNT] = Counts(int(right), 1, int(bool(read)))
    return counts


def _rows(items: Iterable[ItemTruth]) -> list[_Row]:
    return [(letters_and_digits(item.description or ""), item.amount) for item in items]


def _matched(truths: list[_Row], optional: list[_Row], read: list[_Row]) -> Counts:
    """Rows matched one to one; read rows that match only an optional one are ignored."""
    wanted, rows = Counter(truths), Counter(read)
    common = wanted & rows
    ignored = (rows - common) & Counter(optional)
    return Counts(common.total(), wanted.total(), rows.total() - ignored.total())
