"""What every stage takes and gives: parameters that check themselves, and a page with the way that its pixels went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.runtime.options import OptionRecord

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


class Parameters(OptionRecord):
    """Base of the parameters of a stage: a frozen dataclass named like it."""

    option_name = "parameter"

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.of = f" of {cls.__name__.lower()}"
