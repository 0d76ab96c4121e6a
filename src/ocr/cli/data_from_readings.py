"""``ocr data from-readings``: annotations to correct, from what the present models read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

_SOME_FAILED = 4
#: Lines that were read with less confidence are listed to be looked at first.
_SURE = 0.9


def from_readings(
    readings: Annotated[Path, typer.Argument(metavar="READINGS", help="Folder of `ocr read --output`.")],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to write into: empty, or not there yet.")
    ],
    val: Annotated[
        float,
        typer.Option(
            min=0,
            max=0.9,
            help="Share of the receipts that goes into OUT/val, of other stores than OUT/train has; 0 for one folder.",
        ),
    ] = 0.2,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Lines read with less are marked as unreadable (###).")
    ] = 0.0,
) -> int:
    """Turn what was read into annotations that a person corrects: pictures with a text file each (SROIE).

    OUT/check-first.txt lists the lines that were read with little confidence, the least first. Documents that cannot be
    used are named and left out; the exit status is then 4, or 3 where all are.
    """
    from ocr.cli.app import report as report_error
    from ocr.datasets.convert import convert
    from ocr.datasets.readings import ReadingsDataset, split
    from ocr.errors import OcrError
    from ocr.io.files import refuse_filled, write_whole

    refuse_filled(out)
    dataset = ReadingsDataset.open(readings, min_confidence)
    train, held_out = split(dataset, val)
    parts = {"train": train, "val": held_out} if val else {"": train}
    doubtful: list[tuple[float, str, int, str]] = []
    failures: list[tuple[str, OcrError]] = []
    samples = left_out = 0
    for part, chosen in parts.items():
        if not chosen:
            continue
        done = convert(dataset.only(chosen), out / part, "sroie")
        failures += done.failures
        left_out += done.losses.get("lines_left_out", 0)
        samples += done.samples
        failed = {name for name, _ in done.failures}
        for index in chosen:
            if dataset.name_of(index) not in failed:
                place = "/".join(filter(None, (part, dataset.name_of(index))))
                doubtful += [
                    (line.confidence, place, number, line.text)
                    for number, line in enumerate(dataset.lines(index), start=1)
                    if line.confidence < _SURE
                ]
        print(f"{done.samples} pictures, {done.lines} lines in {out / part}", file=sys.stderr)
    if left_out:
        print(f"ocr: warning: lines_left_out: {left_out} that enclose nothing", file=sys.stderr)
    for name, error in failures:
        report_error(error, name)
    if samples:
        rows = "".join(
            f"{confidence:.2f}\t{place}, line {number}\t{' '.join(text.split())}\n"
            for confidence, place, number, text in sorted(doubtful)
        )
        write_whole(out / "check-first.txt", rows)
        print(f"{len(doubtful)} lines to look at first: {out / 'check-first.txt'}", file=sys.stderr)
    if not failures:
        return 0
    return _SOME_FAILED if samples else failures[0][1].exit_status
