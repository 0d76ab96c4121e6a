"""What arguments stand for where pictures may have a truth: an annotated dataset, or any pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.cli.inputs import STDIN, expand
from ocr.errors import AnnotationInvalid, BadConfiguration, ImageEmpty

if TYPE_CHECKING:
    from ocr.datasets import Sample


def gather(arguments: Sequence[str], format: str = "auto", limit: int | None = None) -> list[Sample]:
    """The samples of a dataset, where the only argument is one; else the pictures, without any lines.

    Raises:
        ImageEmpty: there are no pictures.
        BadConfiguration: standard input is named, or a format where no dataset is.
    """
    from ocr.datasets import Sample, open_dataset

    if STDIN in arguments:
        raise BadConfiguration("pictures are read several times here; give files instead of standard input")
    if len(arguments) == 1 and (
        format != "auto" or Path(arguments[0]).is_dir() or arguments[0].endswith(".json")
    ):
        try:
            return list(open_dataset(arguments[0], format)[:limit])
        except AnnotationInvalid:
            if format != "auto":
                raise
    elif format != "auto":
        raise BadConfiguration("--format goes with one dataset; give a single path")
    samples = [
        Sample(image_path=Path(item.name), lines=(), name=item.stem)
        for item in expand(arguments, recursive=True)[:limit]
    ]
    if not samples:
        raise ImageEmpty(f"there are no pictures in {', '.join(arguments)}")
    return samples
