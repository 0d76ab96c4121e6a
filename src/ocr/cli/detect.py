"""``ocr detect``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from ocr.cli.read import Format


def detect(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, folders, patterns, or - for standard input."),
    ],
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="Lines x1,y1,…,x4,y4,score, or JSON Lines.")
    ] = Format.text,
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="Folder for NAME.json and NAME.txt.")  # noqa: UP045
    ] = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Write NAME.overlay.png into the output folder as well.")
    ] = False,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Go into subfolders.")] = False,
    password: Annotated[
        Optional[str], typer.Option(envvar="OCR_PDF_PASSWORD", help="Password of encrypted PDFs.")  # noqa: UP045
    ] = None,
    max_pages: Annotated[Optional[int], typer.Option(help="Pages of one input at most.")] = None,  # noqa: UP045
    max_megapixels: Annotated[Optional[float], typer.Option(help="Size of a page at most.")] = None,  # noqa: UP045
    detection: Annotated[Optional[str], typer.Option(help="Detection model: a name or file.")] = None,  # noqa: UP045
    threads: Annotated[Optional[int], typer.Option(help="Threads; all cores if not given.")] = None,  # noqa: UP045
    backend: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="onnx or torch; OCR_BACKEND, else onnx, if not given."),
    ] = None,
) -> int:
    """Find text regions without reading them.

    JSON has the layout of a read document with empty texts; the confidence is the score of the region.
    """
    from ocr.cli import reading
    from ocr.writers.text import to_polygons

    request = reading.Request(
        arguments=inputs,
        as_json=output_format is Format.json,
        output=output,
        overlay=overlay,
        recursive=recursive,
        detection=detection,
        threads=threads,
        backend=backend,
        regions_only=True,
    )
    wanted = reading.options(password, max_pages, max_megapixels)
    return reading.run(request, wanted, lambda reader: reader.detect, to_polygons)
