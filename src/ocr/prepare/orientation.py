"""Rotating pages: by quarter turns without loss, by any angle, and detecting a page that lies on its side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr.prepare import ink
from ocr.prepare.stage import Image, Matrix, Parameters, Result
from ocr.prepare.warp import frame_colour, inside, warp
from ocr.runtime.options import Number, setting


@dataclass(frozen=True)
class Orientation(Parameters):
    """Parameters of `orientation`."""

    certainty: float = setting(
        0.6, Number(0.5, 1.0), "least share of letters whose nearest neighbour is above or below them"
    )


def turned(page: Image, quarters: int) -> Result:
    """The page rotated clockwise by quarter turns, without loss.

    Args:
        page: RGB (H, W, 3) uint8.
        quarters: number of quarter turns; 1 moves the left side to the top.
    """
    quarters %= 4
    if not quarters:
        return Result(page)
    height, width = page.shape[:2]
    image = np.ascontiguousarray(np.rot90(page, -quarters))
    return Result(image, _matrix(quarters, width, height))


def turned_by(page: Image, degrees: float) -> Result:
    """The page rotated clockwise. Nothing is cut off; the new corners get the colour of the page's border.

    Multiples of 90 degrees are lossless.

    Args:
        page: RGB (H, W, 3) uint8.
        degrees: any number.
    """
    quarters = round(degrees / 90)
    if abs(degrees - 90 * quarters) < 1e-6:
        return turned(page, quarters)
    turn = np.deg2rad(degrees)
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    rotation = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float64)
    matrix, size = inside(rotation, page.shape[1], page.shape[0])
    return Result(warp(page, matrix, size, frame_colour(page)), matrix)


def orientation(page: Image, parameters: Orientation = Orientation()) -> Result:
    """Rotate a page that lies on its side by a quarter turn clockwise, so that its lines run horizontally.

    The direction of lines does not show which end is up: if the right side was the top, the result is upside-down.
    ``ReadOptions(turn="auto")`` decides that by reading.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: threshold.

    Returns:
        The page with the figures ``quarters`` (0 or 1) and ``beside`` (share of letters whose nearest neighbour is
        beside them). Unchanged if the lines run horizontally, or there are too few letters.
    """
    marks = ink.marks(page)
    share = 0.5 if marks is None else ink.horizontal_share(marks)
    quarters = int(1 - share > parameters.certainty)
    result = turned(page, quarters)
    return Result(result.image, result.matrix, {"quarters": float(quarters), "beside": share})


def _matrix(quarters: int, width: int, height: int) -> Matrix:
    rows = {
        1: [[0, -1, height], [1, 0, 0], [0, 0, 1]],
        2: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        3: [[0, 1, 0], [-1, 0, width], [0, 0, 1]],
    }
    return np.array(rows[quarters], np.float64)
