"""``ocr read``."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer


class Format(str, Enum):
    """What is printed."""

    text = "text"
    json = "json"


class Turn(str, Enum):
    """What is done about pages that do not stand upright."""

    off = "off"
    auto = "auto"


def read(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, folders, patterns, or - for standard input."),
    ],
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="Text, or JSON Lines with one document a line.")
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
    min_confidence: Annotated[
        float, typer.Option(help="Leave out lines below this confidence, 0 to 1.")
    ] = 0.0,
    prepare: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Clean up pages first: stages such as deskew,shadow, or a JSON or YAML file."),
    ] = None,
    turn: Annotated[
        Turn, typer.Option(help="auto: read pages that lie on their side or upside-down as well.")
    ] = Turn.off,
    detection: Annotated[Optional[str], typer.Option(help="Detection model: a name or file.")] = None,  # noqa: UP045
    recognition: Annotated[Optional[str], typer.Option(help="Recognition model: a name or file.")] = None,  # noqa: UP045
    threads: Annotated[Optional[int], typer.Option(help="Threads; all cores if not given.")] = None,  # noqa: UP045
    backend: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="onnx or torch; OCR_BACKEND, else onnx, if not given."),
    ] = None,
) -> int:
    """Read receipts: pictures or PDFs in, text or JSON out.

    Results go to standard output, everything else to standard error. A broken input is named and the rest is
    read.
    """
    from ocr.cli import reading
    from ocr.prepare import settings
    from ocr.writers.text import to_text

    request = reading.Request(
        arguments=inputs,
        as_json=output_format is Format.json,
        output=output,
        overlay=overlay,
        recursive=recursive,
        detection=detection,
        recognition=recognition,
        threads=threads,
        backend=backend,
    )
    wanted = reading.options(password, max_pages, max_megapixels, min_confidence)
    wanted = replace(
        wanted, prepare=settings.parse(prepare) if prepare is not None else None, turn=turn.value
    )
    return reading.run(request, wanted, lambda reader: reader.read, to_text)
