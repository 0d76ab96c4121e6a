"""Protocols of the annotations that metrics take, fulfilled by the records of `ocr.datasets`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from typing_extensions import Self

    from ocr.datasets.receipt_truth import ReceiptTruth


class TruthLine(Protocol):
    """One annotated text line."""

    @property
    def polygon(self) -> npt.NDArray[np.float32]:
        """(N, 2) in pixels with N >= 3, clockwise from the text's own top-left corner."""

    @property
    def text(self) -> str | None:
        """The transcript; ``None`` where the line is unreadable."""

    @property
    def ignore(self) -> bool:
        """Whether the line is left out of all figures."""


class TruthSample(Protocol):
    """An annotated picture."""

    @property
    def name(self) -> str:
        """Its name in reports."""

    @property
    def lines(self) -> Sequence[TruthLine]:
        """Its annotated lines."""

    @property
    def drops(self) -> Sequence[str]:
        """The reason of each dropped line."""

    @property
    def lines_annotated(self) -> bool:
        """Whether its lines are annotated; if not, they are not measured."""

    @property
    def receipt(self) -> ReceiptTruth | None:
        """The annotated receipt; ``None`` without annotation."""

    def validated(self, width: int, height: int) -> Self:
        """The sample with the polygon rules applied for an image of this size."""

    def load(self) -> npt.NDArray[np.uint8]:
        """The picture as (H, W, 3) uint8 RGB."""
