"""What metrics need of annotations; the records of `ocr.datasets` have it, and so can anybody's own."""

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
        """Whether the line counts neither for nor against anything."""


class TruthSample(Protocol):
    """An annotated picture."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def lines(self) -> Sequence[TruthLine]:
        """Its annotated lines."""

    @property
    def drops(self) -> Sequence[str]:
        """One reason a line that was dropped."""

    @property
    def lines_annotated(self) -> bool:
        """Whether its lines are annotated; else they are not measured."""

    @property
    def receipt(self) -> ReceiptTruth | None:
        """What is annotated of the receipt; ``None`` where nothing is."""

    def validated(self, width: int, height: int) -> Self:
        """The sample with the polygon rules applied for an image of this size."""

    def load(self) -> npt.NDArray[np.uint8]:
        """The picture as (H, W, 3) uint8 RGB."""
