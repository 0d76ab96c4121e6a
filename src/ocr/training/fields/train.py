"""The scorers of totals, names and addresses from annotated receipts, with calibrated probabilities."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr.engine.trees import Trees
from ocr.receipts import heads, parts
from ocr.receipts.extract import analyse
from ocr.receipts.merchant import best_run
from ocr.receipts.sheet import sheets
from ocr.training.boosting import BoostingSettings, calibrated, fit
from ocr.training.fields import labelling
from ocr.training.fields.examples import Example

FOLDS = 5
#: A drawn receipt counts less than a real one, and one without a picture less than one that was read.
_DRAWN, _GIVEN = 0.3, 0.6
SETTINGS = {
    "total": BoostingSettings(trees=100, depth=4),
    "name": BoostingSettings(trees=100, depth=4),
    "address": BoostingSettings(trees=100, depth=4),
}


@dataclass(frozen=True)
class Table:
    """Examples of one scorer.

    Attributes:
        features: (N, F) float32.
        labels: (N,) of 0 and 1.
        receipt: (N,) number of the receipt that a row is of.
        fold: (N,) fold of its store.
        weight: (N,) how much it counts.
        real: (N,) whether it is of a real receipt, which calibration is made with.
    """

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.float32]
    receipt: npt.NDArray[np.int64]
    fold: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]
    real: npt.NDArray[np.bool_]


def tables(examples: Iterable[Example]) -> dict[str, Table]:
    """The examples of every scorer."""
    rows: dict[str, list[tuple[npt.NDArray[np.float32], Sequence[bool], int, int, float, bool]]] = {}
    for number, example in enumerate(examples):
        receipt_sheets = sheets(example.pages)
        if not receipt_sheets:
            continue
        reading = analyse(receipt_sheets[0])
        fold = zlib.crc32(example.store.encode()) % FOLDS
        named = "merchant.name" in example.truth.fields
        weight = _DRAWN if example.drawn else 1.0 if named else _GIVEN
        if "total" in example.truth.fields and reading.candidates:
            wanted = example.truth.fields["total"]
            labels = [one.amount.value in wanted for one in reading.candidates]
            stacked = np.stack([one.features for one in reading.candidates])
            rows.setdefault("total", []).append((stacked, labels, number, fold, weight, not example.drawn))
        head = heads.head(receipt_sheets[0])
        for name, field, part in (
            ("name", "merchant.name", parts.name),
            ("address", "merchant.address", parts.address),
        ):
            if head and example.truth.fields.get(field):
                wanted_text = str(example.truth.fields[field][0])
                labels = labelling.rows_of([part(row).text for row in head], wanted_text)
                table = heads.features(head, receipt_sheets[0], reading.evidence)
                rows.setdefault(name, []).append((table, labels, number, fold, weight, not example.drawn))
    return {name: _table(kept) for name, kept in rows.items()}


def _table(kept: list[tuple[npt.NDArray[np.float32], Sequence[bool], int, int, float, bool]]) -> Table:
    counts = [len(part[1]) for part in kept]
    return Table(
        np.concatenate([part[0] for part in kept]),
        np.concatenate([np.array(part[1], np.float32) for part in kept]),
        np.repeat([part[2] for part in kept], counts),
        np.repeat([part[3] for part in kept], counts),
        np.repeat([part[4] for part in kept], counts).astype(np.float32),
        np.repeat([part[5] for part in kept], counts),
    )


def train(tables: dict[str, Table], report: Callable[[str], None] = print) -> dict[str, Trees]:
    """Scorers of all tables; probabilities are calibrated on stores that the trees of a fold have not seen."""
    return {name: _train(name, table, report) for name, table in tables.items()}


def _train(name: str, table: Table, report: Callable[[str], None]) -> Trees:
    settings = SETTINGS[name]
    held_out = np.zeros(len(table.labels))
    for fold in range(FOLDS):
        kept = table.fold != fold
        trees = fit(table.features[kept], table.labels[kept], settings, table.weight[kept])
        held_out[~kept] = trees.score(table.features[~kept])
    scores, right = _choices(name, table, held_out)
    report(f"{name}: {right.mean():.4f} of {len(right)} held-out choices right")
    trees = fit(table.features, table.labels, settings, table.weight)
    return calibrated(trees, scores, right)


def _choices(
    name: str, table: Table, held_out: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """The score of what is chosen on every real receipt, and whether it is right."""
    scores, right = [], []
    for receipt in np.unique(table.receipt[table.real]):
        rows = np.flatnonzero(table.receipt == receipt)
        own, labels = held_out[rows], table.labels[rows] > 0
        if name == "total":
            best = int(np.argmax(own))
            scores.append(own[best])
            right.append(bool(labels[best]))
        else:
            run = best_run(own)
            if run:
                chosen = np.zeros(len(rows), bool)
                chosen[run.start : run.stop] = True
                beside = [-own[k] for k in (run.start - 1, run.stop) if 0 <= k < len(own)]
                scores.append(min([*own[run.start : run.stop], *beside]))
                right.append(bool((chosen == labels).all()))
    return np.array(scores), np.array(right)
