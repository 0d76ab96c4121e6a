"""How large a PDF page is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

POINTS_PER_INCH = 72.0
#: Pictures that cover this share of a page decide its resolution.
_MIN_COVER = 0.2
#: With more paths than this a page is drawn, whatever pictures it has.
_FEW_PATHS = 20
#: A page that is one picture is drawn at that picture's resolution, but not below this one (dots per inch).
_MIN_DPI = 36.0
#: PDFium rounds sizes up: a hair less keeps 240.0000001 pixels from becoming 241.
_HAIR = 1 - 1e-6


@dataclass(frozen=True)
class Measured:
    """What decides the resolution to draw a page at.

    Attributes:
        width: of the page in points.
        height: likewise.
        pictures: (dots per inch, share of the page) of each picture.
        text: median size of visible text in points; ``None`` where there is none.
        paths: number of drawn paths.
    """

    width: float
    height: float
    pictures: Sequence[tuple[float, float]]
    text: float | None
    paths: int

    def resolution(self, usual: float, most: int, limit: int) -> float:
        """Dots per inch: that of the pictures where they are all there is, and never less than they have elsewhere.

        Args:
            usual: for pages without pictures.
            most: pixels of a page; larger ones are drawn at a lower resolution, but not below 72 dots per inch.
            limit: pixels of a page that are never passed.
        """
        own = self._own_resolution()
        dpi = usual
        if own is not None:
            only_pictures = self.text is None and self.paths <= _FEW_PATHS
            dpi = max(own, _MIN_DPI) if only_pictures else max(dpi, own)
        inches = self.width * self.height / POINTS_PER_INCH**2
        affordable = math.sqrt(min(most, limit) / inches)
        return min(dpi, max(affordable, min(POINTS_PER_INCH, math.sqrt(limit / inches))))

    def size(self, dpi: float) -> tuple[int, int]:
        """(width, height) in pixels at a resolution."""
        width, height = (
            max(1, math.ceil(side * dpi / POINTS_PER_INCH * _HAIR)) for side in (self.width, self.height)
        )
        return width, height

    def _own_resolution(self) -> float | None:
        """The resolution that half of the area of all pictures reaches; ``None`` where they cover little."""
        covered = sum(share for _, share in self.pictures)
        if covered < _MIN_COVER:
            return None
        reached = 0.0
        for dpi, share in sorted(self.pictures, reverse=True):
            reached += share
            if reached >= covered / 2:
                return dpi
        return None
