"""``ocr detect``."""

from __future__ import annotations

from typing import Annotated

import typer

from ocr.cli.options import (
    Backend,
    DetectionModel,
    Format,
    Inputs,
    MaxMegapixels,
    MaxPages,
    Output,
    Overlay,
    Password,
    Recursive,
    Threads,
)


def detect(
    inputs: Inputs,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="Lines x1,y1,…,x4,y4,score, or JSON Lines.")
    ] = Format.text,
    output: Output = None,
    overlay: Overlay = False,
    recursive: Recursive = False,
    password: Password = None,
    max_pages: MaxPages = None,
    max_megapixels: MaxMegapixels = None,
    detection: DetectionModel = None,
    threads: Threads = None,
    backend: Backend = None,
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
