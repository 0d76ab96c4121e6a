"""Calibration of the confidences of dates, amounts and items: first guesses on read receipts, and which are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ocr.receipts import assemble, trust
from ocr.receipts.extract import analyse
from ocr.receipts.mending import Mended
from ocr.receipts.sheet import sheets
from ocr.training.boosting import knots_of
from ocr.training.fields.examples import Example

#: Fewer fields than this of a kind leave its guesses as they are.
_LEAST = 100


def confidences(
    examples: Iterable[Example], report: Callable[[str], None] = print
) -> dict[str, npt.NDArray[np.float32]]:
    """Knots of the calibration by kind, as arrays of the file of scorers."""
    found: dict[str, list[tuple[float, bool]]] = {kind: [] for kind in trust.KINDS}
    for example in examples:
        for kind, guess, right in _judged(example):
            found[kind].append((guess, right))
    arrays = {}
    for kind, pairs in found.items():
        if len(pairs) < _LEAST:
            continue
        guesses = np.array([guess for guess, _ in pairs])
        verdicts = np.array([right for _, right in pairs], bool)
        report(f"{kind}: {verdicts.mean():.4f} of {len(verdicts)} values right")
        arrays[f"trust.{kind}"] = knots_of(guesses, verdicts)
    return arrays


def _judged(example: Example) -> Iterable[tuple[str, float, bool]]:
    """Kind, first guess and whether it is right, of the annotated fields of a receipt."""
    parts = sheets(example.pages)
    if not parts:
        return
    receipt = assemble.receipt(Mended(analyse(parts[0]), {}))
    items = None if example.truth.items is None else Counter(one.amount for one in example.truth.items)
    for guess in trust.guesses(receipt):
        if guess.item >= 0:
            amount = receipt.items[guess.item].amount
            if items is not None and amount is not None and not receipt.items[guess.item].void:
                right = items[amount.value] > 0
                items[amount.value] -= 1
                yield guess.kind, guess.value, right
        elif example.truth.fields.get(guess.name):
            value: Decimal = getattr(receipt, guess.name).value
            yield guess.kind, guess.value, value in example.truth.fields[guess.name]
