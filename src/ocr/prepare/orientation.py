"""Turning pages: by quarters without loss, by any angle, and finding out that a page lies on its side."""

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
        0.6, Number(0.5, 1.0), "share of letters that must have their nearest neighbour above or below"
    )


def turned(page: Image, quarters: int) -> Result:
    """The page turned clockwise by quarters of a circle, without loss.

    Args:
        page: RGB (H, W, 3) uint8.
        quarters: any whole number; 1 takes the left side to the top.
    """
    quarters %= 4
    if not quarters:
        return Result(page)
    height, width = page.shape[:2]
    image = np.ascontiguousarray(np.rot90(page, -quarters))
    return Result(image, _matrix(quarters, width, height))


def turned_by(page: Image, degrees: float) -> Result:
    """The page turned clockwise by an angle; nothing is cut off, corners that appear get the colour of its rim.

    Multiples of 90 degrees are turned without loss.

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
    """Turn a page that lies on its side by a quarter clockwise, so that its lines run from left to right.

    Which of its two ends is up cannot be told from lines alone: where the page's right side was the top, it comes
    out upside-down. ``ReadOptions(turn="auto")`` finds that out by reading.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: what to believe.

    Returns:
        The page with the figures ``quarters`` (0 or 1) and ``beside`` (share of letters whose nearest neighbour is
        beside them). Unchanged where the lines seem level, or nothing can be told.
    """
    marks = ink.marks(page)
    share = 0.5 if marks is None else ink.beside(marks)
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
