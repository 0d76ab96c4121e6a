"""``ocr data check``: what training and evaluation would trip over in a dataset."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocr.cli.options import AnnotationFormat, Dataset, Limit, RecognitionModel

if TYPE_CHECKING:
    from ocr.datasets.findings import CheckReport

_SOME_FAILED, _REJECTED = 4, 3
#: Findings of one rule that are shown on the terminal; the JSON report holds all.
_SHOWN = 5


def check(
    dataset: Dataset,
    format: AnnotationFormat = "auto",
    charset: Annotated[
        str | None, typer.Option(help="Hold transcripts against a charset: receipt, or a file.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all findings to this JSON file.")] = None,
    draw: Annotated[Path | None, typer.Option(help="Draw the worst pictures into this folder.")] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many to draw.")] = 10,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read the headers of pictures alone, not their pixels.")
    ] = False,
    read: Annotated[
        bool, typer.Option("--read", help="Read every line, and name those that surely say something else.")
    ] = False,
    recognition: RecognitionModel = None,
    workers: Annotated[int, typer.Option(min=1, help="Pictures looked at at once.")] = 1,
    limit: Limit = None,
    fold: Annotated[
        str | None, typer.Option(help="Check a part: 1/2 is every second picture, -1/5 all but every fifth.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with status 3 where there is any fault, not a note alone.")
    ] = False,
) -> int:
    """Check a dataset: annotations, pictures, polygons, transcripts.

    Reports by rule what the polygon rules clip, repair, reorder, deduplicate or drop; pictures that cannot be
    read or have no annotation; duplicates; lines over nothing; transcripts outside the charset; and pictures with
    an EXIF orientation that were annotated as stored instead of upright.

    Ends with 0 where everything can be read, 4 where some pictures or annotations cannot, 3 where none can.
    """
    from ocr.cli.progress import bar
    from ocr.datasets import open_dataset
    from ocr.datasets.check import Options
    from ocr.datasets.check import check as look_through
    from ocr.errors import BadConfiguration
    from ocr.recognition.charset import Charset

    if quick and read:
        raise BadConfiguration(
            "--quick looks at no pixels, so it cannot go with --read; leave out one of them"
        )
    contradict = None
    if read:
        from ocr.metrics.evaluation import contradictions
        from ocr.pipeline.reader_cache import shared_reader

        contradict = partial(contradictions, shared_reader(None, recognition))
    options = Options(None if charset is None else Charset.load(charset), not quick, workers, contradict)
    samples = open_dataset(dataset, format, fold)[:limit]
    with bar(len(samples), "Checking") as advance:
        report = look_through(samples, options, lambda name: advance())
    _show(report, samples.format)
    if json is not None:
        _write_json(json, report, dataset, samples.format, charset, quick)
    if draw is not None:
        from ocr.datasets.drawing import write_worst

        write_worst(report.worst(worst), draw)
    if report.unusable:
        return _SOME_FAILED if len(report.unusable) < len(report.images) else _REJECTED
    return _REJECTED if strict and report.faults else 0


def _show(report: CheckReport, format: str) -> None:
    from ocr.datasets.findings import FAULTS, RULES
    from ocr.writers.text import escape

    print(f"{len(report.images)} pictures, {report.lines} lines ({format})")
    for rule, count in report.counts.items():
        if not count:
            continue
        kind = "fault" if rule in FAULTS else "note"
        print(f"\n{kind}: {rule}: {count} × {RULES[rule]}")
        findings = [finding for finding in report.findings if finding.rule == rule]
        for finding in sorted(findings, key=lambda f: -f.size)[:_SHOWN]:
            place = "" if finding.line is None else f", line {finding.line}"
            text = f" {finding.text!r}" if finding.text else ""
            detail = f": {finding.detail}" if finding.detail else ""
            print(escape(f"  {finding.name}{place}{text}{detail}"))
        if count > _SHOWN:
            print(f"  and {count - _SHOWN} more")
    if not report.faults:
        print("\nno faults")


def _write_json(
    path: Path, report: CheckReport, dataset: Path, format: str, charset: str | None, quick: bool
) -> None:
    from json import dumps

    from ocr import __version__
    from ocr.io import files

    content = {
        **report.to_dict(),
        "dataset": str(dataset),
        "format": format,
        "charset": charset,
        "quick": quick,
        "version": __version__,
    }
    files.write_whole(path, dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
