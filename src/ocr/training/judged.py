"""A validation picture with how well it was read; what modules tell and callbacks keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr.io.drawing import Image


@dataclass(frozen=True)
class Judged:
    """A validation picture and how well it was read.

    Attributes:
        name: of the picture.
        score: 0 all wrong to 1 all right.
        draw: draws truth and prediction by `ocr.writers.comparison.draw`; called for the worst alone.
    """

    name: str
    score: float
    draw: Callable[[], Image]
