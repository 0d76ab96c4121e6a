"""``ocr read``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Optional

import typer

from ocr.cli import options
from ocr.pipeline.options import ReadOptions
from ocr.writers.formats import FORMATS, by_name


@options.takes(wanted=options.read_options, models=options.models)
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
    *,
    wanted: ReadOptions,
    prior: options.OldLmWeight = None,
    models: options.Models,
    threads: options.Threads = None,
    server: options.Server = None,
) -> int:
    """Read receipts: pictures or PDFs in, text, tables, JSON or searchable PDFs out.

    Results go to standard output, everything else to standard error. A broken input is named and the rest is
    read.
    """
    from ocr.cli import reading

    request = reading.Request(
        arguments=inputs,
        printed=by_name(output_format),
        output=output,
        filed=reading.files(output, formats, overlay, (FORMATS["json"], FORMATS["text"])),
        recursive=recursive,
        threads=threads,
        server=server,
        **models._asdict(),
    )
    weight = options.renamed("lm-weight", wanted.lm_weight, "prior", prior)
    wanted = replace(wanted, lm_weight=weight)
    return reading.run(request, wanted, lambda reader: reader.read)
