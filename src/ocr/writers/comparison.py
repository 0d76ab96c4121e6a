"""Truth and prediction on the picture they belong to: truth green, unreadable truth grey, predictions red."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ocr import files

Image = npt.NDArray[np.uint8]
_TRUTH, _UNREADABLE, _PREDICTED = (0, 150, 0), (150, 150, 150), (220, 0, 0)
#: Coordinates are drawn at a sixteenth of a pixel.
_SHIFT = 4


def draw(
    image: Image,
    truths: Iterable[npt.ArrayLike],
    predictions: Iterable[npt.ArrayLike],
    unreadable: Iterable[npt.ArrayLike] = (),
) -> Image:
    """A copy of the picture with outlines.

    Args:
        image: (H, W, 3) uint8 RGB; it is not changed.
        truths: (N, 2) polygons in pixels, drawn in green.
        predictions: drawn in red, thinner and over the truth.
        unreadable: drawn in grey.
    """
    canvas: Image = np.ascontiguousarray(image).copy()
    width = max(1, round(max(canvas.shape[:2]) / 1200))
    _outline(canvas, unreadable, _UNREADABLE, width)
    _outline(canvas, truths, _TRUTH, 2 * width)
    _outline(canvas, predictions, _PREDICTED, width)
    return canvas


def write(path: Path, canvas: Image) -> Path:
    """Write an RGB picture as JPEG, whole or not at all.

    Raises:
        ocr.files.OutputUnwritable: the operating system refused.
    """
    _, data = cv2.imencode(".jpg", cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return files.write_whole(path, data.tobytes())


def _outline(
    canvas: Image, polygons: Iterable[npt.ArrayLike], colour: tuple[int, int, int], width: int
) -> None:
    # OpenCV speaks of pixel centres, polygons of pixel corners: half a pixel apart.
    points = [np.rint((np.asarray(p, np.float64) - 0.5) * (1 << _SHIFT)).astype(np.int32) for p in polygons]
    cv2.polylines(canvas, points, True, colour, width, cv2.LINE_AA, _SHIFT)
