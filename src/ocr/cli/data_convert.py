"""``ocr data convert``: a dataset in another annotation format."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from ocr.cli.options import AnnotationFormat, Dataset, Limit

_SOME_FAILED = 4


class _Format(str, enum.Enum):
    sroie = "sroie"
    words_json = "words_json"
    paddle = "paddle"
    coco_text = "coco_text"
    doctr = "doctr"
    doctr_recognition = "doctr_recognition"


class _Pictures(str, enum.Enum):
    copy = "copy"
    link = "link"
    none = "none"


def convert(
    dataset: Dataset,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to write into: empty, or not there yet.")
    ],
    to: Annotated[_Format, typer.Option("--to", help="The format to write.")],
    format: AnnotationFormat = "auto",
    pictures: Annotated[_Pictures, typer.Option(help="How pictures come along.")] = _Pictures.copy,
    validate: Annotated[
        bool, typer.Option("--validate", help="Apply the polygon rules: clip, repair, reorder, drop.")
    ] = False,
    turn: Annotated[
        bool,
        typer.Option("--turn", help="Turn annotations upright that were made in pixels as stored (EXIF)."),
    ] = False,
    upright: Annotated[
        bool, typer.Option("--upright", help="Write pictures with an EXIF orientation upright, as PNG.")
    ] = False,
    limit: Limit = None,
) -> int:
    """Write a dataset in another annotation format, with its pictures.

    What the new format cannot hold (more than four points, line breaks, fields) is counted on standard error.
    Samples that cannot be read are named and left out; the exit status is then 4, or 3 where all are.
    """
    from ocr.cli.app import report as report_error
    from ocr.cli.progress import bar
    from ocr.datasets import open_dataset
    from ocr.datasets.convert import Options
    from ocr.datasets.convert import convert as write

    samples = open_dataset(dataset, format)[:limit]
    options = Options(pictures.value, validate, turn, upright)
    with bar(len(samples), "Converting") as advance:
        done = write(samples, out, to.value, options, lambda name: advance())
    for name, error in done.failures:
        report_error(error, name)
    print(f"{done.samples} pictures, {done.lines} lines in {out} ({to.value})", file=sys.stderr)
    for what, count in sorted(done.losses.items()):
        print(f"ocr: warning: {what}: {count}", file=sys.stderr)
    if done.turned:
        print(f"turned upright: {len(done.turned)} pictures", file=sys.stderr)
    if not done.failures:
        return 0
    return _SOME_FAILED if done.samples else done.failures[0][1].exit_status
