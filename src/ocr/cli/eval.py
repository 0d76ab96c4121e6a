"""``ocr eval``: all figures of a detection and a recognition model over an annotated dataset."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocr.cli.options import (
    AnnotationFormat,
    Backend,
    DetectionModel,
    Limit,
    LmWeight,
    OldLmWeight,
    Provider,
    RecognitionModel,
    renamed,
)

if TYPE_CHECKING:
    from ocr.metrics import ImageReport, Report
    from ocr.metrics.breakdown import Part

_SOME_FAILED = 4


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="Folder with images/ and boxes/, pictures beside text files, or a JSON file.",
        ),
    ],
    format: AnnotationFormat = "auto",
    detection: DetectionModel = None,
    recognition: RecognitionModel = None,
    detection_only: Annotated[
        bool, typer.Option("--detection-only", help="Measure the regions alone, without reading them.")
    ] = False,
    words: Annotated[
        bool,
        typer.Option(
            "--words",
            help="Take the annotated words instead of pictures: measure the fields of receipts alone.",
        ),
    ] = False,
    json: Annotated[
        Path | None, typer.Option(help="Write all figures, those of each image too, to this JSON file.")
    ] = None,
    lm_weight: LmWeight = None,
    prior: OldLmWeight = None,
    by_trait: Annotated[
        bool, typer.Option("--by-trait", help="Figures by text height, contrast and skew as well.")
    ] = False,
    why: Annotated[
        bool,
        typer.Option(
            "--why/--no-why",
            help="Find out where each lost line was lost; pictures with some are looked at twice.",
        ),
    ] = True,
    worst: Annotated[int, typer.Option(min=0, help="List this many of the worst images.")] = 5,
    draw: Annotated[
        Path | None,
        typer.Option(help="Draw the worst images into this folder: truth green, predictions red."),
    ] = None,
    limit: Limit = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Images read at once; more than one makes each of them slower.")
    ] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of each; the cores shared by all workers if not given.")
    ] = None,
    backend: Backend = None,
    provider: Provider = None,
) -> int:
    """Measure detection and reading on an annotated dataset.

    Prints CLEval (detection and end to end), H-mean at an intersection over union of 0.5, character error
    rate, line accuracy, token F1 and seconds an image. Texts are compared ignoring letter case, except
    where a line says so. Where fields of receipts are annotated, prints their precision, recall and F1 as
    well, and what checks are worth. Lost lines are counted by the step that lost them. Images that cannot be read are
    named and left out; the exit status is then 4.
    """
    from ocr import __version__
    from ocr.cli import evaluation_table
    from ocr.cli.app import report as report_error
    from ocr.cli.progress import bar
    from ocr.datasets import open_dataset
    from ocr.errors import BadConfiguration
    from ocr.io import files
    from ocr.metrics.evaluate import evaluate as measure
    from ocr.metrics.evaluation import given_words, read_sample, to_file_text
    from ocr.metrics.evaluation import why as reasons
    from ocr.pipeline.reader import ReadOptions
    from ocr.pipeline.reader_cache import shared_reader

    samples = open_dataset(dataset, format)[:limit]
    if threads is None and workers > 1:
        threads = max(1, (os.cpu_count() or 1) // workers)
    if words and detection_only:
        raise BadConfiguration("--words takes no pictures, so that --detection-only has nothing to measure")
    reader = (
        None
        if words
        else shared_reader(
            detection,
            recognition,
            threads=threads,
            backend=backend,
            providers=provider,
            regions_only=detection_only,
        )
    )
    options = ReadOptions(lm_weight=renamed("lm-weight", lm_weight, "prior", prior))
    with bar(len(samples), "Evaluating") as advance:
        report = measure(
            samples,
            lambda sample: (
                given_words(sample)
                if reader is None
                else read_sample(reader, sample, options, regions_only=detection_only)
            ),
            texts=not detection_only,
            lines=not words,
            workers=workers,
            on_outcome=lambda _: advance(),
            why=(
                lambda sample, reading: reasons(reader, sample, reading, options, regions_only=detection_only)
            )
            if why and reader is not None
            else None,
        )
    images = report.worst(worst)
    evaluation_table.show(report, images, worst)
    parts = _parts(report) if by_trait else []
    evaluation_table.show_parts(parts)
    if json is not None:
        files.write_whole(json, to_file_text(report, dataset, reader, __version__, parts))
    if draw is not None:
        for place, image in enumerate([] if words else images, start=1):
            _draw(draw, place, image)
    for failure in report.failures:
        report_error(failure.error, failure.name)
    if not report.failures:
        return 0
    return _SOME_FAILED if report.images else report.failures[0].error.exit_status


def _parts(report: Report) -> list[Part]:
    from ocr.io.images import to_grey
    from ocr.metrics.breakdown import breakdown, traits

    images = [image for image in report.images if image.sample.lines and image.cleval_detection]
    return breakdown(images, [traits(image.sample.lines, to_grey(image.sample.load())) for image in images])


def _draw(folder: Path, place: int, image: ImageReport) -> None:
    from ocr.writers import comparison

    canvas = comparison.draw(image.sample.load(), image.sample.lines, image.reading.lines)
    name = Path(image.sample.name).stem or "image"
    comparison.write(folder / f"{place:02d}-{name}.jpg", canvas)
