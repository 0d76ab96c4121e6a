"""Input and output of all metrics: predictions, and recall, precision and H-mean."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ocr import polygons

Polygon = npt.NDArray[np.float32]
Record = TypeVar("Record")


@dataclass(frozen=True, eq=False)
class Prediction:
    """A predicted text line.

    Attributes:
        polygon: (N, 2) float32 with N >= 3, in pixels, clockwise from the text's own top-left corner.
        text: the reading; ``""`` for detection only.
        confidence: in [0, 1].

    Raises:
        ValueError: the polygon is not of shape (N, 2) with N >= 3, or is not finite.
    """

    polygon: Polygon
    text: str = ""
    confidence: float = 1.0

    def __post_init__(self) -> None:
        polygon = np.ascontiguousarray(self.polygon, np.float32)
        if not polygons.is_outline(polygon):
            raise ValueError(f"A polygon is of shape (N, 2) with N >= 3; got {polygon.shape}.")
        if not polygons.is_finite(polygon):
            raise ValueError("A predicted polygon has values that are not finite.")
        object.__setattr__(self, "polygon", polygon)


@dataclass(frozen=True)
class Score:
    """Recall and precision, both in [0, 1]."""

    recall: float
    precision: float

    @classmethod
    def of(cls, matched: int, truths: int, predictions: int) -> Score:
        """From counts. Without truths and predictions both are 1, as in the ICDAR evaluation."""
        return cls(
            ratio(matched, truths, empty=1.0 if predictions == 0 else 0.0),
            ratio(matched, predictions, empty=1.0 if truths == 0 else 0.0),
        )

    @property
    def hmean(self) -> float:
        """Harmonic mean of recall and precision; 0 where both are 0."""
        total = self.recall + self.precision
        return 2.0 * self.recall * self.precision / total if total > 0 else 0.0

    def to_dict(self) -> dict[str, float]:
        """``{"recall", "precision", "hmean"}``."""
        return {"recall": self.recall, "precision": self.precision, "hmean": self.hmean}


def ratio(part: float, whole: float, empty: float = 0.0) -> float:
    """``part / whole``, or `empty` where there is nothing to divide by."""
    return part / whole if whole else empty


def summed(a: Record, b: Record) -> Record:
    """The field-wise sum of two dataclass instances of the same type."""
    record: Any = a
    return type(a)(**{f.name: getattr(a, f.name) + getattr(b, f.name) for f in fields(record)})
