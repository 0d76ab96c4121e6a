"""Input of the writers of all formats: samples with the new names of their pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ocr import polygons
from ocr.datasets.sample import UNREADABLE, Sample

#: Points are written to a hundredth of a pixel.
_DECIMALS = 2

#: What a format cannot represent, with counts: ``polygons_to_quads``, ``texts_respaced``,
#: ``texts_taken_for_unreadable``, ``texts_left_out``, ``fields_left_out``, ``lines_left_out``.
Losses = Counter[str]


@dataclass(frozen=True)
class Outgoing:
    """A sample to be written to a new dataset.

    Attributes:
        file: name of its picture in the folder ``images`` of the new dataset; unique there, its stem too.
        sample: the annotation; every polygon has finite points.
        width: of the upright picture, in pixels.
        height: likewise.
        sha256: of the bytes of the picture file, in hexadecimal.
    """

    file: str
    sample: Sample
    width: int
    height: int
    sha256: str


class Writer(Protocol):
    """Writes the annotations of a whole dataset below a folder."""

    def __call__(self, samples: Iterable[Outgoing], out: Path) -> Losses:
        """Go through the samples once, in order; returns the losses."""


def coordinate(value: float | np.floating[Any]) -> float | int:
    """A coordinate to a hundredth of a pixel, as an int if it is whole."""
    rounded = round(float(value), _DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def point_list(polygon: polygons.Polygon) -> list[list[float | int]]:
    """(N, 2) as ``[[x, y], …]``."""
    return [[coordinate(x), coordinate(y)] for x, y in polygon]


def quad(polygon: polygons.Polygon, losses: Losses) -> polygons.Polygon:
    """The polygon as four points; one of more points becomes the rectangle around it, counted as a loss."""
    if len(polygon) != 4:
        losses["polygons_to_quads"] += 1
    return polygons.to_quad(polygon)


def marked(text: str | None, losses: Losses, marks: tuple[str, ...] = (UNREADABLE,)) -> str:
    """A transcript in a format that writes unreadable ones as ``###``; a readable text of this form is a loss."""
    if text is None:
        return UNREADABLE
    if text in marks:
        losses["texts_taken_for_unreadable"] += 1
    return text


def count_fields(sample: Sample, losses: Losses) -> None:
    """Count the fields of a sample as left out."""
    if sample.fields:
        losses["fields_left_out"] += len(sample.fields)
