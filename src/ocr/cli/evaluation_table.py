"""Figures of an evaluation as tables on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocr.cli import fields_table
from ocr.metrics import ImageReport, Report
from ocr.metrics.breakdown import Part
from ocr.metrics.calibration import WANTED_ACCURACY
from ocr.writers.text import escape


def show(report: Report, worst: Sequence[ImageReport] = (), wrong: int = 0) -> None:
    """Print all figures on standard output, then those of the worst pictures and up to ``wrong`` wrong values."""
    output = Console(highlight=False)
    table = Table("measure", "recall", "precision", "H-mean / F1")
    for column in table.columns[1:]:
        column.justify = "right"
    rows = [
        ("CLEval detection", report.cleval_detection),
        ("CLEval end to end", report.cleval_end_to_end),
        ("CLEval end to end, letter case counts", report.cleval_end_to_end_cased),
        ("IoU 0.5 detection", report.iou),
        ("tokens", None if report.tokens is None else report.tokens.score),
    ]
    for name, score in rows:
        if score is not None:
            table.add_row(name, f"{score.recall:.4f}", f"{score.precision:.4f}", f"{score.hmean:.4f}")
    if table.row_count:
        output.print(table)
    if report.fields is not None:
        fields_table.show(output, report.fields)
    for label, lines in (("lines   ", report.lines), ("  cased ", report.lines_cased)):
        if lines is not None and not lines.matched.lines:
            output.print(f"{label} none of {lines.truths} matched", soft_wrap=True)
        elif lines is not None:
            text = lines.matched
            output.print(
                f"{label} CER {text.cer:.4f}, WER {text.wer:.4f}, accuracy {text.line_accuracy:.4f} "
                f"of {text.lines} matched ({lines.line_recall:.4f} of all {lines.truths})",
                soft_wrap=True,
            )
    if report.lines is not None and report.lines.matched.lines:
        sure = report.lines.calibration
        output.print(
            f"trust    ECE {sure.error:.4f}; {sure.acceptable:.4f} of the matched lines can be accepted at "
            f"{WANTED_ACCURACY:.0%} accuracy (confidence from {sure.threshold:.3f})"
            if sure.acceptable
            else f"trust    ECE {sure.error:.4f}; no lines can be accepted at {WANTED_ACCURACY:.0%} accuracy",
            soft_wrap=True,
        )
    if report.causes is not None:
        causes = ", ".join(f"{cause.replace('_', ' ')} {count}" for cause, count in report.causes.items())
        total = sum(report.causes.values())
        output.print(f"lost     {total} lines: {causes}" if total else "lost     no lines", soft_wrap=True)
    output.print(f"images   {len(report.images)} read, {len(report.failures)} failed", soft_wrap=True)
    output.print(
        f"seconds  {report.median_seconds:.3f} median an image, from file to document", soft_wrap=True
    )
    if report.drops:
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(report.drops.items()))
        output.print(f"dropped  annotated lines: {reasons}", soft_wrap=True)
    fields_table.show_wrong(output, report, wrong)
    if worst and report.cleval_detection is not None:
        _show_worst(output, worst)


#: Heads of columns that would make the table too wide for a terminal.
_SHORT = {
    "CLEval detection H": "detection",
    "IoU 0.5 H": "IoU 0.5",
    "CLEval end-to-end H": "end to end",
    "CER of matched lines": "CER",
    "token F1": "tokens",
}


def show_parts(parts: Sequence[Part]) -> None:
    """Print the figures of parts of a set, a table for all traits; nothing without parts."""
    if not parts:
        return
    # A figure may be missing of a part: there is no CER where no line was matched.
    names = list(dict.fromkeys(name for part in parts for name in part.figures))
    table = Table("by trait", "from", "to", "images", *(_SHORT.get(name, name) for name in names))
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for part in parts:
        figures = (f"{part.figures[name]:.3f}" if name in part.figures else "–" for name in names)
        table.add_row(part.trait, f"{part.low:.1f}", f"{part.high:.1f}", str(part.images), *figures)
    Console(highlight=False).print(table)


def _show_worst(output: Console, worst: Sequence[ImageReport]) -> None:
    table = Table(
        "worst images", "CLEval detection", "CLEval end to end", "IoU 0.5", "CER", "token F1", "seconds"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for image in worst:
        table.add_row(
            Text(escape(image.sample.name)),
            "–" if image.cleval_detection is None else f"{image.cleval_detection.hmean:.3f}",
            "–" if image.cleval_end_to_end is None else f"{image.cleval_end_to_end.hmean:.3f}",
            "–" if image.iou is None else f"{image.iou.hmean:.3f}",
            f"{image.lines.matched.cer:.3f}" if image.lines and image.lines.matched.lines else "–",
            "–" if image.tokens is None else f"{image.tokens.hmean:.3f}",
            f"{image.seconds:.3f}",
        )
    output.print(table)
