"""Arguments and options that several commands take, declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import typer

from ocr.io.limits import Limits
from ocr.pipeline.options import ReadOptions
from ocr.runtime.options import Choice, Number, OptionRecord, checked, setting_of

R = TypeVar("R")
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


def takes(**groups: Callable[..., Any]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a command the options of other functions, each in place of one parameter.

    Args:
        groups: by the name of a parameter, which is given by keyword alone, the function that makes its value of the
            options that it takes itself.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        taken = {name: parameters_of(group) for name, group in groups.items()}
        own = parameters_of(function)
        parameters = [
            one.replace(kind=parameter.kind)
            for parameter in own
            for one in taken.get(parameter.name, [parameter])
        ]

        def call(*values: Any, **named: Any) -> R:
            made = {
                name: groups[name](**{one.name: named.pop(one.name) for one in options})
                for name, options in taken.items()
            }
            return function(*values, **named, **made)

        return with_parameters(call, parameters, function)

    return decorate


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """What a function takes."""
    return list(inspect.signature(function, eval_str=True).parameters.values())


def with_parameters(
    call: Callable[..., R], parameters: list[inspect.Parameter], documented: Callable[..., R]
) -> Callable[..., R]:
    """A function of such parameters, as Typer looks at one."""

    def command(*values: Any, **named: Any) -> R:
        return call(*values, **named)

    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        parameters, return_annotation=int
    )
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = documented.__doc__
    command.__name__ = documented.__name__
    return command


def checked_options(
    max_pages: int | None, max_megapixels: float | None, *, strict: bool = False, **settings: Any
) -> ReadOptions:
    """Reading options from those of the command line.

    Args:
        max_pages: see `ocr.io.limits.Limits`; the default where ``None``.
        max_megapixels: of one page, likewise.
        strict: see `ocr.io.limits.Limits`.
        settings: fields of `ocr.pipeline.options.ReadOptions`.

    Raises:
        BadConfiguration: a value outside its range.
    """
    limits: dict[str, Any] = {"strict": strict}
    if max_pages is not None:
        limits["max_pages"] = checked("--max-pages", max_pages, setting_of(Limits, "max_pages").kind)
    if max_megapixels is not None:
        limits["max_pixels"] = max(1, int(checked("--max-megapixels", max_megapixels, MEGAPIXELS) * 1e6))
    for name, value in settings.items():
        checked(f"--{name.replace('_', '-')}", value, setting_of(ReadOptions, name).kind)
    return ReadOptions(limits=Limits(**limits), **settings)


class Models(NamedTuple):
    """Which models read, and what runs them; ``None`` for what was not given."""

    detection: str | None
    recognition: str | None
    backend: str | None
    providers: str | None


def models(
    detection: DetectionModel = None,
    recognition: RecognitionModel = None,
    backend: Backend = None,
    provider: Provider = None,
) -> Models:
    """The models of a command that reads; see `takes`."""
    return Models(detection, recognition, backend, provider)


def read_options(
    password: Password = None,
    max_pages: MaxPages = None,
    max_megapixels: MaxMegapixels = None,
    strict: Strict = False,
    min_confidence: MinConfidence = 0.0,
    max_regions: MaxRegions = None,
    prepare: Prepare = None,
    turn: TurnPages = Turn.auto,
    codes: Codes = "qr",
    mask: Mask = "",
    lm_weight: LmWeight = None,
) -> ReadOptions:
    """The options of each call of a command that reads; see `takes`.

    Raises:
        BadConfiguration: a value outside its range.
    """
    from ocr.prepare import settings

    return checked_options(
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
        lm_weight=lm_weight,
    )
