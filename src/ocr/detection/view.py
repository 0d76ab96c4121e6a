"""The view of a page that the detector gets: a part of it, scaled and levelled, with the exact inverse."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.io.letterbox import Letterbox

Grey = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class View:
    """A part of a page as the network sees it; points are measured from pixel corners on both sides.

    Attributes:
        corner: (x, y) of the part's top-left corner in whole pixels of the page.
        letterbox: how the part is scaled.
        turn: (3, 3) from the scaled part to the levelled view; ``None`` if nothing is turned.
        size: (width, height) of the view in pixels.
    """

    corner: tuple[int, int]
    letterbox: Letterbox
    turn: npt.NDArray[np.float64] | None
    size: tuple[int, int]

    @classmethod
    def whole(cls, width: int, height: int, scale: float) -> View:
        """The whole page, whose size is given in pixels, scaled."""
        letterbox = Letterbox.fit(width, height, scale)
        return cls((0, 0), letterbox, None, letterbox.scaled)

    @classmethod
    def part(cls, width: int, height: int, box: Box, angle: float, scale: float) -> View:
        """A part of a page, scaled and turned so that lines at an angle become level.

        Args:
            width: of the page in pixels.
            height: of the page in pixels.
            box: (x0, y0, x1, y1) of the part in pixels of the page turned about its origin by ``-angle``.
            angle: of the lines in degrees, positive where they sink to the right.
            scale: factor for both sides.
        """
        x0, y0, x1, y1 = box
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        extent = polygons.bounds(polygons.transform(corners, rotation(angle)))
        left, top = max(0, int(extent[0])), max(0, int(extent[1]))
        right, bottom = min(width, int(np.ceil(extent[2]))), min(height, int(np.ceil(extent[3])))
        letterbox = Letterbox.fit(max(1, right - left), max(1, bottom - top), scale)
        if not angle:
            return cls((left, top), letterbox, None, letterbox.scaled)
        size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
        turn = _shift(-x0 * scale, -y0 * scale) @ rotation(-angle) @ _shift(left * scale, top * scale)
        return cls((left, top), letterbox, turn, size)

    def scaled(self, factor: float) -> View:
        """The same part of the page at another scale."""
        letterbox = Letterbox.fit(*self.letterbox.source, self.scale * factor)
        if self.turn is None:
            return View(self.corner, letterbox, None, letterbox.scaled)
        resize = np.diag([factor, factor, 1.0])
        width, height = (max(1, round(side * factor)) for side in self.size)
        return View(self.corner, letterbox, resize @ self.turn @ np.linalg.inv(resize), (width, height))

    @property
    def scale(self) -> float:
        """Pixels of the view for one pixel of the page."""
        return float(np.sqrt(np.prod(self.letterbox.factors)))

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """(3, 3) float64 that takes points of the page to points of the view."""
        fx, fy = self.letterbox.factors
        scaled = np.diag([fx, fy, 1.0]) @ _shift(-self.corner[0], -self.corner[1])
        return scaled if self.turn is None else self.turn @ scaled

    def apply(self, page: Grey, pad: int) -> Grey:
        """The view (h, w) of a grey page (H, W) uint8; pixels outside of the page get the grey value ``pad``."""
        (x, y), (wide, tall) = self.corner, self.letterbox.source
        part = self.letterbox.apply(page[y : y + tall, x : x + wide])
        if self.turn is None:
            return part
        # Points here are measured from pixel corners, OpenCV's from pixel centres.
        centred = _shift(-0.5, -0.5) @ self.turn @ _shift(0.5, 0.5)
        levelled = cv2.warpAffine(
            part,
            centred[:2],
            self.size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=pad,
        )
        return np.asarray(levelled, np.uint8)

    def inverse(self, points: npt.ArrayLike) -> polygons.Polygon:
        """Points (N, 2) of the view in pixels -> of the page."""
        if self.turn is not None:
            points = polygons.transform(points, np.linalg.inv(self.turn))
        return self.letterbox.inverse(points) + np.array(self.corner, np.float32)


def rotation(degrees: float) -> npt.NDArray[np.float64]:
    """The (3, 3) matrix that turns points about the origin, clockwise as seen on the screen."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float64)


def _shift(dx: float, dy: float) -> npt.NDArray[np.float64]:
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)
