"""Parameters and results of a stage: checked parameters, and a page with the transform of its pixels."""

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
        image: RGB (H, W, 3) uint8; the input array itself if the stage changed nothing.
        matrix: (3, 3) float64 from points of the input to points of ``image``, both in pixels from the
            top-left corner; ``None`` if no pixel moved.
        figures: measurements of the stage, for instance ``{"angle": -3.2}``.
    """

    image: Image
    matrix: Matrix | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


class Parameters(OptionRecord):
    """Base of the parameters of a stage: a frozen dataclass with the name of the stage."""

    option_name = "parameter"

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.of = f" of {cls.__name__.lower()}"
