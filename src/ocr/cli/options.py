"""Arguments and options that several commands take, declared once."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from ocr.io.limits import Limits
from ocr.pipeline.options import ReadOptions
from ocr.runtime.options import Choice, Number, OptionRecord, setting_of

T = TypeVar("T")


class Format(str, Enum):
    """What is printed."""

    text = "text"
    json = "json"


class Turn(str, Enum):
    """What is done about pages that do not stand upright; the words of `ReadOptions.turn`."""

    off = "off"
    auto = "auto"


def declared(record: type[OptionRecord], name: str, **settings: Any) -> Any:
    """An option whose help and range are those of a setting; the record checks the value."""
    declaration = setting_of(record, name)
    if isinstance(declaration.kind, Choice):
        settings = {"metavar": f"<{'|'.join(declaration.kind.words)}>", **settings}
    return typer.Option(help=declaration.help, **settings)


#: What ``--max-megapixels`` takes.
MEGAPIXELS = Number(0, 10_000, above=True)

Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Files, folders, patterns, or - for standard input.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder for files, NAME.json and NAME.txt.")
]
Overlay = Annotated[
    bool, typer.Option("--overlay", help="Write NAME.overlay.png into the output folder as well.")
]
Recursive = Annotated[bool, typer.Option("--recursive", "-r", help="Go into subfolders.")]
Password = Annotated[str | None, declared(ReadOptions, "password", envvar="OCR_PDF_PASSWORD")]
MaxPages = Annotated[int | None, declared(Limits, "max_pages")]
MaxMegapixels = Annotated[
    float | None, typer.Option(help=f"Megapixels of one page at most: {MEGAPIXELS.expected}.")
]
Strict = Annotated[bool, declared(Limits, "strict")]
MinConfidence = Annotated[float, declared(ReadOptions, "min_confidence")]
MaxRegions = Annotated[int | None, declared(ReadOptions, "max_regions")]
TurnPages = Annotated[Turn, declared(ReadOptions, "turn")]
Codes = Annotated[str, declared(ReadOptions, "codes")]
Mask = Annotated[str, declared(ReadOptions, "mask")]
Prepare = Annotated[
    str | None,
    typer.Option(help="Clean up pages first: stages such as deskew,shadow, or a JSON or YAML file."),
]

DetectionModel = Annotated[
    str | None, typer.Option(help="Detection model: a name or file; the default one if not given.")
]
RecognitionModel = Annotated[
    str | None, typer.Option(help="Recognition model: a name or file; the default one if not given.")
]
Threads = Annotated[int | None, typer.Option(help="Threads; all cores if not given.")]
Backend = Annotated[str | None, typer.Option(help="onnx or torch; OCR_BACKEND, else onnx, if not given.")]
Provider = Annotated[
    str | None,
    typer.Option(
        help="Execution providers of ONNX Runtime such as cuda or openvino,cpu; OCR_PROVIDERS, else cpu, if not given."
    ),
]

Server = Annotated[
    str | None,
    typer.Option(
        envvar="OCR_SERVER",
        help="Read on this server of `ocr serve`, such as http://localhost:8300; key: OCR_API_KEY.",
    ),
]

LmWeight = Annotated[float | None, declared(ReadOptions, "lm_weight")]
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
