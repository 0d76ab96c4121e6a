"""Lines of narrow letters, which are widened before they are read.

A network of the kind CTC answers once for a few columns. Letters that are hardly wider than that share an answer: of
two equal figures one is lost, or a point between them. How narrow letters are is told before reading, by how often the
pixels change between paper and ink along a line.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

#: A line becomes so many times as wide at most.
MOST = 1.5
#: Widening by less than this changes nothing.
_LEAST = 1.03
#: Share of the rows that cross fewer strokes than the one that counts: a row between two bars of a letter crosses few.
_ROWS = 0.75


def stroke_spacing(crops: Sequence[Image], levels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How many columns there are for each stroke along lines.

    Args:
        crops: (H, W) uint8 lines of one height.
        levels: (N, 3) of their darkest, most and lightest parts; see `ocr.recognition.tones.levels`.

    Returns:
        (N,) columns a stroke; a line without strokes has its width.
    """
    if not crops:
        return np.zeros(0)
    height = crops[0].shape[0]
    widths = np.array([crop.shape[1] for crop in crops])
    # The middle half holds the small letters; above and below it are few strokes.
    rows = np.concatenate([crop[height // 4 : height - height // 4] for crop in crops], axis=1)
    ink = rows < np.repeat(((levels[:, 0] + levels[:, 2] + 1) // 2).astype(np.uint8), widths)
    changes = np.zeros(ink.shape, np.uint8)
    np.not_equal(ink[:, 1:], ink[:, :-1], out=changes[:, 1:], casting="unsafe")
    begins = np.cumsum(widths) - widths
    changes[:, begins] = 0
    counts = np.add.reduceat(changes, begins, axis=1, dtype=np.int32)
    crossed = np.sort(counts, axis=0)[int(_ROWS * (len(counts) - 1))]
    return np.asarray(widths / np.maximum(crossed / 2, 1.0))


def widenings(
    crops: Sequence[Image], levels: npt.NDArray[np.int64], columns: float
) -> npt.NDArray[np.float64]:
    """How many times as wide lines are to become, (N,) from 1 to `MOST`, for a stroke to have so many columns.

    Args:
        crops: as `stroke_spacing` takes them.
        levels: as `stroke_spacing` takes them.
        columns: wanted for a stroke; 0 widens nothing.
    """
    if columns <= 0:
        return np.ones(len(crops))
    times = columns / stroke_spacing(crops, levels)
    return np.where(times < _LEAST, 1.0, np.minimum(times, MOST))


def widened(crop: Image, times: float, most: int) -> Image:
    """A line (H, W) made wider, though not beyond ``most`` columns."""
    height, wide = crop.shape
    width = min(most, round(times * wide))
    if width <= wide:
        return crop
    return np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
