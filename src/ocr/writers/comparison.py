"""Truth and prediction on the picture they belong to: truth green, unreadable truth grey, predictions red."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ocr.io import drawing, files
from ocr.io.drawing import Image

_TRUTH, _UNREADABLE, _PREDICTED = (0, 150, 0), (150, 150, 150), (220, 0, 0)
#: Texts are written below a picture that is at least this wide.
_LEGIBLE = 480


class Region(Protocol):
    """Anything with a place. A true one with the attribute ``ignore`` set is unreadable and counts for nothing."""

    @property
    def polygon(self) -> npt.NDArray[Any]:
        """(N, 2) points in pixels."""
        ...


def draw(
    image: Image, truths: Sequence[Region] = (), predictions: Iterable[Region] = (), texts: Sequence[str] = ()
) -> Image:
    """A copy of the picture with outlines, and below it texts.

    Args:
        image: (H, W, 3) uint8 RGB, or (H, W) grey; it is not changed.
        truths: drawn in green, unreadable ones in grey.
        predictions: drawn in red, thinner and over the truth.
        texts: the true text, and what was read; written below the picture in green and red.

    Returns:
        (H', W', 3) uint8 RGB; H' and W' are those of the picture where there are no texts.
    """
    canvas: Image = np.ascontiguousarray(
        image if image.ndim == 3 else np.repeat(image[..., None], 3, 2)
    ).copy()
    width = max(1, round(max(canvas.shape[:2]) / 1200))
    for colour, ignored, thick in ((_UNREADABLE, True, width), (_TRUTH, False, 2 * width)):
        shown = [line.polygon for line in truths if getattr(line, "ignore", False) is ignored]
        drawing.outline(canvas, shown, colour, thick)
    drawing.outline(canvas, [line.polygon for line in predictions], _PREDICTED, width)
    if not texts:
        return canvas
    if canvas.shape[1] < _LEGIBLE:
        canvas = np.pad(canvas, ((0, 0), (0, _LEGIBLE - canvas.shape[1]), (0, 0)), constant_values=255)
    written = drawing.strip(zip(texts, (_TRUTH, _PREDICTED), strict=False), canvas.shape[1])
    return np.vstack([canvas, written])


def write(path: Path, canvas: Image) -> Path:
    """Write an RGB picture as JPEG, whole or not at all.

    Raises:
        ocr.errors.OutputFailed: the operating system refused.
    """
    return files.write_whole(path, drawing.to_jpeg(canvas))
