"""A picture of what was read: the page with its polygons, and beside it the texts in their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from ocr.io import drawing
from ocr.io.drawing import Image

if TYPE_CHECKING:
    from ocr.document import Document, Line, Page
    from ocr.writers.pictures import Pictures

#: Pages are drawn no longer than this: the picture is for looking at.
_LONGEST = 3000
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SURE, _UNSURE = (0, 130, 60), (200, 60, 0)


def draw(image: Image, page: Page) -> Image:
    """Draw one page.

    Args:
        image: RGB (H, W, 3) uint8, the upright page.
        page: what was read from it.

    Returns:
        RGB uint8 of about twice the width: polygons over the page on the left, texts on white on the right.
            Green is sure, orange unsure.
    """
    scale = min(1.0, _LONGEST / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    left = image.copy()
    if scale < 1:
        left = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    right = np.full_like(left, 255)
    thickness = max(1, round(max(size) / 1000))
    for line in page.lines:
        colour = _colour(line.confidence)
        polygon = line.polygon * scale
        drawing.outline(left, [polygon], colour, thickness)
        if line.text:
            _write(right, line, np.rint(polygon).astype(np.int32))
        else:
            drawing.outline(right, [polygon], colour, thickness)
    return np.hstack([left, right])


def to_png(image: Image, page: Page) -> bytes:
    """The drawing of `draw` as the bytes of a PNG file."""
    return drawing.to_png(draw(image, page))


def pages_to_png(document: Document, pictures: Pictures) -> bytes:
    """The drawings of all pages below each other as the bytes of one PNG file."""
    drawn = [
        draw(picture.pixels(page.width, page.height), page)
        for page, picture in zip(document.pages, pictures.pages, strict=True)
    ]
    width = max(canvas.shape[1] for canvas in drawn)
    padded = [
        np.pad(canvas, ((0, 0), (0, width - canvas.shape[1]), (0, 0)), constant_values=255)
        for canvas in drawn
    ]
    return drawing.to_png(np.vstack(padded))


def _write(canvas: Image, line: Line, points: npt.NDArray[np.int32]) -> None:
    """Write the text of a line as large as fits its place, upright."""
    x0, y0 = points.min(axis=0).tolist()
    x1, y1 = points.max(axis=0).tolist()
    text = " ".join("".join(c if c.isprintable() else " " for c in line.text).split())
    (width, height), below = cv2.getTextSize(text, _FONT, 1.0, 1)
    size = min(max(x1 - x0, 8) / max(width, 1), max(y1 - y0, 8) / max(height + below, 1))
    size = max(size, 0.25)
    middle = (y0 + y1) // 2 + round(size * (height - below) / 2)
    weight = 2 if size > 1.2 else 1
    cv2.putText(canvas, text, (x0, middle), _FONT, size, _colour(line.confidence), weight, cv2.LINE_AA)


def _colour(confidence: float) -> tuple[int, int, int]:
    part = min(1.0, max(0.0, (confidence - 0.5) * 2))
    mixed = [round(part * sure + (1 - part) * unsure) for sure, unsure in zip(_SURE, _UNSURE, strict=True)]
    return mixed[0], mixed[1], mixed[2]
