"""``ocr models add|promote|rollback|remove``: what changes the catalogue."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocr.engine.catalogue import Entry


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="ONNX file of `ocr export`.")],
    name: Annotated[
        str | None, typer.Option(help="Name in the catalogue; that of the file if not given.")
    ] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Make it the default at once.")] = False,
) -> None:
    """Take a model into the catalogue.

    The file is checked and tried on noise, then copied with the card beside it. Nothing refers to FILE
    afterwards.
    """
    from ocr.engine import catalogue_changes as changes
    from ocr.engine.catalogue import Catalogue
    from ocr.pipeline.smoke_test import smoke_test

    catalogue = Catalogue()
    entry = changes.add(catalogue, file, name, check=smoke_test)
    if promote:
        entry = changes.promote(catalogue, entry.name, check=smoke_test)
    _tell("added", entry)


def promote(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Model of the catalogue.")],
    on: Annotated[
        Path | None,
        typer.Option(metavar="DATASET", help="Refuse a model that is worse on it than the present default."),
    ] = None,
    even_if_worse: Annotated[
        bool, typer.Option("--even-if-worse", help="Measure, but promote whatever comes out.")
    ] = False,
) -> None:
    """Make a model the default for its task; `ocr models rollback` undoes it.

    With --on the present default and the new model are measured on an annotated dataset: a detector by its IoU 0.5
    H-mean, a recogniser by its token F1.
    """
    from ocr.engine import catalogue_changes as changes
    from ocr.engine.catalogue import Catalogue
    from ocr.engine.model_file import ModelFile
    from ocr.errors import BadConfiguration
    from ocr.pipeline.smoke_test import smoke_test

    catalogue = Catalogue()
    if on is None:
        if even_if_worse:
            raise BadConfiguration("--even-if-worse needs a dataset to measure on: --on DATASET")
        _tell("promoted", changes.promote(catalogue, name, check=smoke_test))
        return
    from ocr.bench import promotion
    from ocr.datasets import open_dataset

    # Measured before the catalogue is locked; what is promoted is that very file.
    candidate = catalogue.get(name)
    model = candidate.load()
    smoke_test(model)
    present = catalogue.default(candidate.task).load()
    try:
        promotion.not_worse(present, open_dataset(on), lambda line: print(line, file=sys.stderr))(model)
    except promotion.WorseModel:
        if not even_if_worse:
            raise

    def unchanged(again: ModelFile) -> None:
        if again.sha256 != model.sha256:
            raise BadConfiguration(f"{name} was replaced while it was measured; try again")

    _tell("promoted", changes.promote(catalogue, name, check=unchanged))


def rollback(
    task: Annotated[str, typer.Argument(metavar="TASK", help="detection or recognition.")],
) -> None:
    """Go back to the default before the last promotion, one step at each call."""
    from ocr.engine import catalogue_changes as changes
    from ocr.engine.catalogue import Catalogue
    from ocr.pipeline.smoke_test import smoke_test

    _tell("rolled back", changes.rollback(Catalogue(), task, check=smoke_test))


def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="Model of the catalogue.")]) -> None:
    """Delete a model from the catalogue; a default is refused."""
    from ocr.engine import catalogue_changes as changes
    from ocr.engine.catalogue import Catalogue

    tasks = changes.remove(Catalogue(), name)
    dropped = f"; rolling back {', '.join(tasks)} passes over it" if tasks else ""
    print(f"removed {name}{dropped}")


def _tell(what: str, entry: Entry) -> None:
    state = f", default for {entry.task}" if entry.default else ""
    short = "" if entry.sha256 is None else f", SHA-256 {entry.sha256[:12]}"
    print(f"{what} {entry.name} ({entry.task}{short}{state})")
