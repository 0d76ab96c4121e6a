"""``ocr read``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from ocr.cli import options
from ocr.writers.formats import FORMATS, by_name


def read(
    inputs: options.Inputs,
    output_format: Annotated[
        str, typer.Option("--format", "-f", help=f"What is printed: {', '.join(FORMATS)}.")
    ] = "text",
    output: options.Output = None,
    formats: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Formats of the files in the output folder, parted by commas. [default: json,text]"
        ),
    ] = None,
    overlay: options.Overlay = False,
    recursive: options.Recursive = False,
    password: options.Password = None,
    max_pages: options.MaxPages = None,
    max_megapixels: options.MaxMegapixels = None,
    strict: options.Strict = False,
    min_confidence: options.MinConfidence = 0.0,
    max_regions: options.MaxRegions = None,
    prepare: options.Prepare = None,
    turn: options.TurnPages = options.Turn.auto,
    codes: options.Codes = "qr",
    mask: options.Mask = "",
    lm_weight: options.LmWeight = None,
    prior: options.OldLmWeight = None,
    detection: options.DetectionModel = None,
    recognition: options.RecognitionModel = None,
    threads: options.Threads = None,
    backend: options.Backend = None,
    provider: options.Provider = None,
    server: options.Server = None,
) -> int:
    """Read receipts: pictures or PDFs in, text, tables, JSON or searchable PDFs out.

    Results go to standard output, everything else to standard error. A broken input is named and the rest is
    read.
    """
    from ocr.cli import reading
    from ocr.prepare import settings

    request = reading.Request(
        arguments=inputs,
        printed=by_name(output_format),
        output=output,
        filed=reading.files(output, formats, overlay, (FORMATS["json"], FORMATS["text"])),
        recursive=recursive,
        detection=detection,
        recognition=recognition,
        threads=threads,
        backend=backend,
        providers=provider,
        server=server,
    )
    wanted = reading.options(
        max_pages,
        max_megapixels,
        strict=strict,
        password=password,
        min_confidence=min_confidence,
        max_regions=max_regions,
        prepare=settings.parse(prepare) if prepare is not None else None,
        turn=turn.value,
        codes=codes,
        mask=mask,
        lm_weight=options.renamed("lm-weight", lm_weight, "prior", prior),
    )
    return reading.run(request, wanted, lambda reader: reader.read)
