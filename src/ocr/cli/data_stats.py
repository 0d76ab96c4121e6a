"""``ocr data stats``: sizes, text heights and characters of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocr.cli.options import AnnotationFormat, Dataset, Limit

if TYPE_CHECKING:
    from ocr.datasets.statistics import Statistics

_SOME_FAILED = 4


def stats(
    dataset: Dataset,
    format: AnnotationFormat = "auto",
    charset: Annotated[
        str | None, typer.Option(help="Name the characters outside a charset: receipt, or a file.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this JSON file.")] = None,
    limit: Limit = None,
) -> int:
    """Measure a dataset: picture sizes, aspect ratios, text heights, lines a picture, characters.

    Only the headers of pictures are read. Samples that cannot be read are named and left out; the exit status is
    then 4, or 3 where all are.
    """
    from ocr.cli.app import report as report_error
    from ocr.cli.progress import bar
    from ocr.datasets import open_dataset
    from ocr.datasets.statistics import collect, missing_from
    from ocr.recognition.charset import Charset

    wanted = None if charset is None else Charset.load(charset)
    samples = open_dataset(dataset, format)[:limit]
    with bar(len(samples), "Measuring") as advance:
        statistics = collect(samples, lambda name: advance())
    missing = None if wanted is None else missing_from(statistics.characters, wanted)
    _show(statistics, missing)
    if json is not None:
        _write_json(json, statistics, dataset, missing)
    for name, error in statistics.failures:
        report_error(error, name)
    if not statistics.failures:
        return 0
    return _SOME_FAILED if statistics.images else statistics.failures[0][1].exit_status


def _show(statistics: Statistics, missing: dict[str, int] | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from ocr.datasets.statistics import QUANTILES
    from ocr.writers.text import escape

    output = Console(highlight=False)
    print(f"{statistics.images} pictures, {statistics.lines} lines")
    table = Table("", *(_quantile(q) for q in QUANTILES))
    for column in table.columns[1:]:
        column.justify = "right"
    for distribution in statistics.distributions:
        quantiles = distribution.quantiles()
        if quantiles:
            table.add_row(distribution.name, *(_short(value) for value in quantiles))
    output.print(table)
    lines = max(statistics.lines, 1)
    print(
        f"quads {statistics.quads / lines:.1%}, within 2° of level {statistics.level / lines:.1%} of the lines"
    )
    print(
        f"dropped {statistics.dropped}, unreadable {statistics.unreadable}, "
        f"untranscribed {statistics.untranscribed} lines"
    )
    if statistics.fields:
        print(
            "fields", ", ".join(f"{escape(name)} {count}" for name, count in statistics.fields.most_common())
        )
    total = sum(statistics.characters.values())
    print(f"{total} characters, {len(statistics.characters)} different; from the most frequent:")
    shown = (f"{_character(c)} {count}" for c, count in statistics.characters.most_common())
    output.print("  " + "  ".join(shown), markup=False)
    if missing is not None:
        listed = ", ".join(f"{_character(c)} U+{ord(c):04X} {count}" for c, count in missing.items())
        print(f"outside the charset: {listed or 'none'}")


def _character(character: str) -> str:
    return character if character.isprintable() and not character.isspace() else repr(character)


def _quantile(share: float) -> str:
    return {0.0: "least", 0.5: "median", 1.0: "most"}.get(share, f"{share:.0%}")


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _write_json(path: Path, statistics: Statistics, dataset: Path, missing: dict[str, int] | None) -> None:
    from json import dumps

    from ocr import __version__
    from ocr.io import files

    content = {**statistics.to_dict(), "dataset": str(dataset), "version": __version__}
    if missing is not None:
        content["outside_charset"] = missing
    files.write_whole(path, dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
