"""Arguments and options that several commands take, declared once."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

T = TypeVar("T")


class Format(str, Enum):
    """What is printed."""

    text = "text"
    json = "json"


Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Files, folders, patterns, or - for standard input.")
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Folder for NAME.json and NAME.txt.")]
Overlay = Annotated[
    bool, typer.Option("--overlay", help="Write NAME.overlay.png into the output folder as well.")
]
Recursive = Annotated[bool, typer.Option("--recursive", "-r", help="Go into subfolders.")]
Password = Annotated[str | None, typer.Option(envvar="OCR_PDF_PASSWORD", help="Password of encrypted PDFs.")]
MaxPages = Annotated[int | None, typer.Option(help="Pages of one input at most.")]
MaxMegapixels = Annotated[float | None, typer.Option(help="Size of a page at most.")]

DetectionModel = Annotated[
    str | None, typer.Option(help="Detection model: a name or file; the default one if not given.")
]
RecognitionModel = Annotated[
    str | None, typer.Option(help="Recognition model: a name or file; the default one if not given.")
]
Threads = Annotated[int | None, typer.Option(help="Threads; all cores if not given.")]
Backend = Annotated[str | None, typer.Option(help="onnx or torch; OCR_BACKEND, else onnx, if not given.")]

LmWeight = Annotated[
    float | None,
    typer.Option(
        help="Weight of the language model, 0 to 2: 0 decides by the look of the letters alone. [default: the model's]"
    ),
]
#: The name that version 0.1 had for it.
OldLmWeight = Annotated[float | None, typer.Option("--prior", hidden=True)]

Dataset = Annotated[Path, typer.Argument(metavar="DATASET", help="Folder or annotation file.")]
AnnotationFormat = Annotated[
    str, typer.Option("--format", help="Annotation format; told by what lies there if not given.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Take the first pictures only.")]


def renamed(name: str, value: T | None, old_name: str, old_value: T | None) -> T | None:
    """The value of an option that was given by its name, or by the one that it had before."""
    if old_value is not None:
        typer.echo(f"--{old_name} is now called --{name}; the old name works for one release", err=True)
    return old_value if value is None else value
