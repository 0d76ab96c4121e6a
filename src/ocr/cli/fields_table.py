"""Figures of the fields of receipts as tables on standard output."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocr.metrics import Report
from ocr.metrics.calibration import WANTED_ACCURACY
from ocr.metrics.fields import FieldsResult
from ocr.receipt import to_json_value
from ocr.writers.text import escape

#: Characters of a value that a table shows at most.
_LONGEST = 44


def show(output: Console, result: FieldsResult) -> None:
    """Print precision, recall and F1 a field, then what the check of the total and confidences are worth."""
    table = Table("field", "precision", "recall", "F1", "right", "true", "read")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for name, counts in (*result.by_name.items(), ("all fields (micro)", result.micro)):
        score = counts.score
        table.add_row(
            name,
            *(f"{value:.4f}" for value in (score.precision, score.recall, score.hmean)),
            *(str(value) for value in (counts.matched, counts.truths, counts.predictions)),
        )
    output.print(table)
    checks = result.checks
    if checks.receipts:
        right = f"; {checks.share_right:.4f} of these are right" if checks.passed else ""
        output.print(
            f"checks   {checks.share_passed:.4f} of {checks.receipts} totals passed{right}", soft_wrap=True
        )
    total = result.trust.get("total")
    if total is not None:
        output.print(
            f"accept   {total.acceptable:.4f} of {total.count} totals can be accepted at {WANTED_ACCURACY:.0%} "
            f"accuracy (confidence from {total.threshold:.3f})"
            if total.acceptable
            else f"accept   no totals can be accepted at {WANTED_ACCURACY:.0%} accuracy",
            soft_wrap=True,
        )
    if result.unparsed:
        names = ", ".join(f"{name} {count}" for name, count in sorted(result.unparsed.items()))
        output.print(f"unknown  annotated values of no known form, not measured: {names}", soft_wrap=True)


def show_wrong(output: Console, report: Report, count: int) -> None:
    """Print up to ``count`` wrong values with what is annotated; nothing where there are none."""
    wrong = [(image.name, one) for image in report.images if image.fields for one in image.fields.wrong]
    if not wrong or not count:
        return
    table = Table("wrong values", "field", "annotated", "read")
    for name, one in wrong[:count]:
        read = "–" if one.value is None else _shown([to_json_value(one.value)])
        table.add_row(
            Text(escape(name)), one.name, Text(_shown(map(to_json_value, one.truth)) or "–"), Text(read)
        )
    output.print(table)
    if len(wrong) > count:
        output.print(f"         {len(wrong) - count} more wrong values", soft_wrap=True)


def _shown(values: Iterable[str]) -> str:
    text = escape(" or ".join(values))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
