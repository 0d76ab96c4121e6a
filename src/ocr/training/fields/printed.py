"""Synthetic receipts as pages of lines, without a picture between: their print, with the faults that readers make."""

from __future__ import annotations

import unicodedata
from random import Random

import numpy as np

from ocr.datasets.receipt_truth import ReceiptTruth
from ocr.datasets.synthetic.content import Purchase, make_purchase
from ocr.datasets.synthetic.layout import Row, lay_out, make_plan
from ocr.datasets.synthetic.truth import truth_of
from ocr.document import Line, Page

_HEIGHT, _PITCH = 20.0, 28.0
#: Letters that readers take for each other.
_CONFUSED = {
    **{"0": "O", "O": "0", "1": "I", "I": "l", "l": "1", "5": "S", "S": "5", "8": "B", "B": "8", "m": "rn"},
    **{".": ",", ",": ".", "e": "c", "E": "F", "T": "I", "U": "V", "a": "o", "h": "b", "Z": "2", "G": "6"},
}


def page(rng: Random) -> tuple[Page, ReceiptTruth, Purchase]:
    """A drawn receipt as it may be read, and what it says."""
    purchase = make_purchase(rng)
    plan = make_plan(rng)
    faults = rng.choice((0.0, 0.0, 0.004, 0.012))
    bare = rng.random() < 0.15
    lines: list[Line] = []
    rows: list[tuple[int, ...]] = []
    shown: list[str] = []
    width = rng.uniform(380, 720)
    top = 30.0
    for row in lay_out(purchase, plan):
        top += _PITCH * row.gap
        if row.graphic != "none":
            top += _PITCH * (0.4 if row.graphic in ("dashes", "line", "double") else 3)
            continue
        shown += [cell.text for cell in row.cells]
        first = len(lines)
        lines += _lines(row, width, top, rng, faults, bare)
        if len(lines) > first:
            rows.append(tuple(range(first, len(lines))))
        top += _PITCH * row.size
    printed = Page(round(width) + 60, round(top) + 60, tuple(lines), tuple(rows))
    return printed, truth_of(purchase, " ".join(shown)), purchase


def _lines(row: Row, width: float, top: float, rng: Random, faults: float, bare: bool) -> list[Line]:
    lines = []
    height = _HEIGHT * row.size
    for cell in row.cells:
        letter = 0.55 * height * row.wide
        text = cell.text.strip()[: max(4, int(cell.room * width / letter))].strip()
        text = "".join(_CONFUSED.get(c, c) if rng.random() < faults else c for c in text)
        if bare:
            text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        if not text:
            continue
        wide = letter * len(text)
        anchor = 30 + cell.at * width
        left = {"left": anchor, "right": anchor - wide, "centre": anchor - wide / 2}[cell.anchor]
        quad = [(left, top), (left + wide, top), (left + wide, top + height), (left, top + height)]
        lines.append(Line(text, round(rng.uniform(0.8, 1.0), 3), np.array(quad, np.float32)))
    return lines
