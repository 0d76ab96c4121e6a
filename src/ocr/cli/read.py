"""``ocr read``."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Optional

import typer

from ocr.cli import options


class Turn(str, Enum):
    """What is done about pages that do not stand upright."""

    off = "off"
    auto = "auto"


def read(
    inputs: options.Inputs,
    output_format: Annotated[
        options.Format, typer.Option("--format", "-f", help="Text, or JSON Lines with one document a line.")
    ] = options.Format.text,
    output: options.Output = None,
    overlay: options.Overlay = False,
    recursive: options.Recursive = False,
    password: options.Password = None,
    max_pages: options.MaxPages = None,
    max_megapixels: options.MaxMegapixels = None,
    min_confidence: Annotated[
        float, typer.Option(help="Leave out lines below this confidence, 0 to 1.")
    ] = 0.0,
    prepare: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Clean up pages first: stages such as deskew,shadow, or a JSON or YAML file."),
    ] = None,
    turn: Annotated[
        Turn,
        typer.Option(help="auto: read pages that lie on their side or upside-down as well; off: do not."),
    ] = Turn.auto,
    codes: Annotated[
        str,
        typer.Option(
            help="Codes that are read: qr (with the extra codes installed), all (slower, bars too), or off."
        ),
    ] = "qr",
    lm_weight: options.LmWeight = None,
    prior: options.OldLmWeight = None,
    detection: options.DetectionModel = None,
    recognition: options.RecognitionModel = None,
    threads: options.Threads = None,
    backend: options.Backend = None,
) -> int:
    """Read receipts: pictures or PDFs in, text or JSON out.

    Results go to standard output, everything else to standard error. A broken input is named and the rest is
    read.
    """
    from ocr.cli import reading
    from ocr.pipeline.options import merged
    from ocr.prepare import settings
    from ocr.writers.text import to_text

    request = reading.Request(
        arguments=inputs,
        as_json=output_format is options.Format.json,
        output=output,
        overlay=overlay,
        recursive=recursive,
        detection=detection,
        recognition=recognition,
        threads=threads,
        backend=backend,
    )
    wanted = reading.options(password, max_pages, max_megapixels, min_confidence)
    pipeline = settings.parse(prepare) if prepare is not None else None
    weight = options.renamed("lm-weight", lm_weight, "prior", prior)
    changes = {"prepare": pipeline, "turn": turn.value, "codes": codes, "lm_weight": weight}
    wanted = merged(wanted, changes)
    return reading.run(request, wanted, lambda reader: reader.read, to_text)
