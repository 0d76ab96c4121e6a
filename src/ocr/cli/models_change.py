"""``ocr models add|promote|rollback|remove``: what changes the catalogue."""

from __future__ import annotations

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


def promote(name: Annotated[str, typer.Argument(metavar="NAME", help="Model of the catalogue.")]) -> None:
    """Make a model the default for its task; `ocr models rollback` undoes it."""
    from ocr.engine import catalogue_changes as changes
    from ocr.engine.catalogue import Catalogue
    from ocr.pipeline.smoke_test import smoke_test

    _tell("promoted", changes.promote(Catalogue(), name, check=smoke_test))


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
