"""What every stage takes and gives: checked parameters, and a page with the way that its pixels went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import BadConfiguration

Image = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Result:
    """A page after one stage.

    Attributes:
        image: RGB (H, W, 3) uint8; the very array that came in where the stage had nothing to do.
        matrix: (3, 3) float64 that takes points of the page that came in to points of ``image``, both in pixels
            from the top-left corner; ``None`` where every pixel stayed in its place.
        figures: what the stage measured, for instance ``{"angle": -3.2}``.
    """

    image: Image
    matrix: Matrix | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


def number(default: float, least: float, most: float) -> Any:
    """A numeric parameter of a stage; whole where its default is."""
    return field(default=default, metadata={"least": least, "most": most})


def choice(default: str, *others: str) -> Any:
    """A parameter that is one of some words."""
    return field(default=default, metadata={"words": (default, *others)})


class Parameters:
    """Base of the parameters of a stage: frozen dataclasses made of `number` and `choice`.

    Raises:
        BadConfiguration: a value of another type or outside its range.
    """

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]
            value = getattr(self, one.name)
            words = one.metadata.get("words")
            if words is not None:
                fine, expected = value in words, f"one of {', '.join(words)}"
            else:
                least, most = one.metadata["least"], one.metadata["most"]
                kinds = int if isinstance(one.default, int) else (int, float)
                fine = isinstance(value, kinds) and not isinstance(value, bool)
                fine = fine and math.isfinite(value) and least <= value <= most
                kind = "whole number" if kinds is int else "number"
                expected = f"a {kind} from {least:g} to {most:g}"
            if not fine:
                raise BadConfiguration(
                    f"{one.name} of {type(self).__name__.lower()} is {value!r}; expected {expected}"
                )
