"""``ocr models compare``: two models on the same pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocr.cli.options import AnnotationFormat, Backend, Limit

if TYPE_CHECKING:
    from ocr.bench.comparison import Comparison, PictureComparison
    from ocr.engine.model_file import ModelFile

_SCHEMA = "ocr.comparison/1"
#: Differences of texts that are listed.
_LISTED = 10


def compare(
    one: Annotated[str, typer.Argument(metavar="A", help="A model: a name, an ONNX file or a checkpoint.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one for the same task.")],
    dataset: Annotated[
        list[str], typer.Argument(metavar="DATASET...", help="A dataset, or files, folders and patterns.")
    ],
    format: AnnotationFormat = "auto",
    limit: Limit = None,
    detection: Annotated[
        str | None,
        typer.Option(
            help="Finds lines for recognition models where none are annotated; the default if not given."
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of each; all cores if not given.")
    ] = None,
    backend: Backend = None,
    draw: Annotated[
        Path | None,
        typer.Option(help="Draw pictures with differences into this folder: A green, B red."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Compare two models on the same pictures: boxes or texts, speed, and where they differ.

    A and B are two detection or two recognition models. Recognition models read the annotated lines where there are
    any. Figures against the truth are printed where the pictures have one.
    """
    from ocr.bench import comparison
    from ocr.cli.progress import bar
    from ocr.cli.samples import gather
    from ocr.engine.choice import resolve

    models = _model(one), _model(other)
    samples = gather(dataset, format, limit)
    regions = None if models[0].task == "detection" else resolve(detection, "detection")
    with bar(len(samples), "Comparing") as advance:

        def finished(image: Any, picture: PictureComparison) -> None:
            advance()
            if draw is not None and picture.differences:
                _draw(draw, image, picture)

        result = comparison.compare(
            *models, samples, regions=regions, threads=threads, backend=backend, on_picture=finished
        )
    if json:
        import json as writing

        print(writing.dumps({"schema": _SCHEMA, **result.to_dict()}))
    else:
        _show(result)
    return _status(result)


def _model(choice: str) -> ModelFile:
    """The model of either task that is meant."""
    from ocr.engine.catalogue import Catalogue
    from ocr.engine.choice import resolve
    from ocr.engine.model_file import ModelFile

    entry = Catalogue().find(choice)
    if entry is not None:
        return resolve(choice, entry.task)
    if not Path(choice).exists():
        return resolve(choice, "detection")  # Raises, and says what may have been meant.
    return ModelFile.load(choice, task=None)


def _draw(folder: Path, image: Any, picture: PictureComparison) -> None:
    from ocr.writers import comparison

    one = [d for d in picture.differences if d.one is not None]
    other = [d for d in picture.differences if d.other is not None]
    name = Path(picture.name).stem or "picture"
    comparison.write(folder / f"{name}.jpg", comparison.draw(image, one, other))


def _show(comparison: Comparison) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ocr.writers.text import escape

    output = Console(highlight=False)
    table = Table(comparison.task, "A", "B")
    table.add_row("name", *(Text(escape(name)) for name in comparison.names))
    table.add_row("SHA-256", *(sha256[:12] for sha256 in comparison.hashes))
    table.add_row("median seconds a picture", *(f"{timing.median:.3f}" for timing in comparison.timings))
    table.add_row("computing seconds", *(f"{timing.median_cpu:.3f}" for timing in comparison.timings))
    if comparison.task == "detection":
        table.add_row("boxes", *(str(sum(p.lines[k] for p in comparison.pictures)) for k in range(2)))
    for label, figures in _figures(comparison):
        table.add_row(label, *figures)
    output.print(table)
    what = "texts" if comparison.task == "recognition" else "boxes"
    distance = "" if comparison.distance is None else f", edit distance {comparison.distance:.4f}"
    output.print(
        f"{len(comparison.pictures)} pictures, {comparison.agreement:.2%} of the {what} agree{distance}",
        soft_wrap=True,
    )
    for picture in comparison.worst(5):
        output.print(
            Text(escape(f"  {picture.name}: {len(picture.differences)} differences")), soft_wrap=True
        )
    if comparison.task == "recognition":
        listed = [(p.name, d) for p in comparison.pictures for d in p.differences][:_LISTED]
        for name, line in listed:
            truth = "" if line.truth is None else f", truth {line.truth!r}"
            output.print(Text(escape(f"  {name}: A {line.one!r}, B {line.other!r}{truth}")), soft_wrap=True)


def _figures(comparison: Comparison) -> list[tuple[str, list[str]]]:
    from ocr.metrics import DetectionReport

    rows: list[tuple[str, list[str]]] = []
    if comparison.truth is None:
        return rows
    if isinstance(comparison.truth[0], DetectionReport):
        rows.append(("CLEval detection H", [f"{r.cleval.hmean:.4f}" for r in comparison.truth]))
        rows.append(("IoU 0.5 H", [f"{r.iou.hmean:.4f}" for r in comparison.truth]))
        return rows
    for label, key in (("CER", "cer"), ("WER", "wer"), ("line accuracy", "line_accuracy")):
        rows.append((label, [f"{getattr(result, key):.4f}" for result in comparison.truth]))
    return rows


def _status(comparison: Comparison) -> int:
    """4 where some pictures could not be read, that of the first where none could; they are named."""
    from ocr.cli.app import report

    for failure in comparison.failures:
        report(failure.error, failure.name)
    if not comparison.failures:
        return 0
    return 4 if comparison.pictures else comparison.failures[0].error.exit_status
