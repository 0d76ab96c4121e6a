"""``ocr detect``."""

from __future__ import annotations

from typing import Annotated

import typer

from ocr.cli import options


def detect(
    inputs: options.Inputs,
    output_format: Annotated[
        options.Format, typer.Option("--format", "-f", help="Lines x1,y1,…,x4,y4,score, or JSON Lines.")
    ] = options.Format.text,
    output: options.Output = None,
    overlay: options.Overlay = False,
    recursive: options.Recursive = False,
    password: options.Password = None,
    max_pages: options.MaxPages = None,
    max_megapixels: options.MaxMegapixels = None,
    strict: options.Strict = False,
    max_regions: options.MaxRegions = None,
    detection: options.DetectionModel = None,
    threads: options.Threads = None,
    backend: options.Backend = None,
    provider: options.Provider = None,
) -> int:
    """Find text regions without reading them.

    JSON has the layout of a read document with empty texts; the confidence is the score of the region.
    """
    from ocr.cli import reading
    from ocr.writers.formats import FORMATS
    from ocr.writers.text import to_polygons

    text = FORMATS["text"]._replace(write=lambda document, pictures: to_polygons(document))
    request = reading.Request(
        arguments=inputs,
        printed=FORMATS["json"] if output_format is options.Format.json else text,
        output=output,
        filed=reading.files(output, None, overlay, (FORMATS["json"], text)),
        recursive=recursive,
        detection=detection,
        threads=threads,
        backend=backend,
        providers=provider,
        regions_only=True,
    )
    wanted = options.checked_options(
        max_pages, max_megapixels, strict=strict, password=password, max_regions=max_regions
    )
    return reading.run(request, wanted, lambda reader: reader.detect)
