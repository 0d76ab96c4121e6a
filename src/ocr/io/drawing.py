"""Outlines and small print on pictures for people to look at, and the files that such pictures become."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import OcrError
from ocr.polygons import is_finite

Image = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
#: Coordinates are drawn at a sixteenth of a pixel.
_SHIFT = 4


def outline(
    canvas: Image,
    polygons: Iterable[npt.ArrayLike],
    colour: Colour,
    width: int,
    origin: float = 0.0,
    dots: bool = False,
) -> None:
    """Draw closed polygons onto a picture, in place.

    Args:
        canvas: (H, W, 3) uint8 RGB.
        polygons: (N, 2) points in pixels; one with numbers that are not finite is left out.
        colour: RGB.
        width: of the line in pixels.
        origin: where the polygons' origin lies on the canvas, in both directions.
        dots: mark the first point of each.
    """
    for polygon in polygons:
        points = np.asarray(polygon, np.float64)
        if not is_finite(points):
            continue
        # OpenCV speaks of pixel centres, polygons of pixel corners; its coordinates end at 16 bits before the shift.
        fixed = np.rint((np.clip(points, -2e4, 6e4) + origin - 0.5) * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(canvas, [fixed], True, colour, width, cv2.LINE_AA, _SHIFT)
        if dots:
            cv2.circle(canvas, fixed[0].tolist(), (width + 2) << _SHIFT, colour, -1, cv2.LINE_AA, _SHIFT)


def fill(canvas: Image, polygons: Iterable[npt.ArrayLike], colour: Colour) -> None:
    """Fill polygons on a picture, in place; arguments as of `outline`."""
    for polygon in polygons:
        points = np.asarray(polygon, np.float64)
        if is_finite(points):
            fixed = np.rint((np.clip(points, -2e4, 6e4) - 0.5) * (1 << _SHIFT)).astype(np.int32)
            cv2.fillPoly(canvas, [fixed], colour, cv2.LINE_8, _SHIFT)


def strip(rows: Iterable[tuple[str, Colour]], width: int, unit: float = 1.0) -> Image:
    """Rows of text on white, each as large as fits.

    Args:
        rows: texts with their colours; what OpenCV's font lacks is spelt or becomes a question mark.
        width: of the picture in pixels.
        unit: 1 for rows of 22 px.

    Returns:
        (H, width, 3) uint8 RGB.
    """
    listed = list(rows)
    step = round(22 * unit)
    canvas = np.full((step * (len(listed) + 1) - step // 2, width, 3), 255, np.uint8)
    for number, (text, colour) in enumerate(listed, start=1):
        plain = text.replace("×", "x").replace("°", " deg").encode("ascii", "replace").decode()
        wide = cv2.getTextSize(plain, _FONT, 1.0, 1)[0][0]
        size = min(0.55 * unit, (width - 16 * unit) / max(wide, 1))
        place = (round(8 * unit), step * number)
        cv2.putText(canvas, plain, place, _FONT, size, colour, max(1, round(unit)), cv2.LINE_AA)
    return canvas


def label(canvas: Image, text: str, place: tuple[int, int], colour: Colour, size: float) -> None:
    """Write a few letters onto a picture, in place, with a white rim."""
    cv2.putText(canvas, text, place, _FONT, size, (255, 255, 255), max(3, round(6 * size)), cv2.LINE_AA)
    cv2.putText(canvas, text, place, _FONT, size, colour, max(1, round(2 * size)), cv2.LINE_AA)


def to_jpeg(canvas: Image, quality: int = 85) -> bytes:
    """An RGB picture as the bytes of a JPEG file of a quality from 0 to 100."""
    return _encoded(canvas, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def to_png(canvas: Image) -> bytes:
    """An RGB picture as the bytes of a PNG file."""
    return _encoded(canvas, ".png", [])


def _encoded(canvas: Image, suffix: str, settings: list[int]) -> bytes:
    fine, data = cv2.imencode(suffix, cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR), settings)
    if not fine:
        raise OcrError(f"a drawing of {canvas.shape[1]} x {canvas.shape[0]} pixels could not be encoded")
    return data.tobytes()
