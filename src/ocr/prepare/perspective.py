"""Finding the paper in the photo of a phone and looking at it from straight above."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.prepare import paper
from ocr.prepare.stage import Image, Parameters, Result
from ocr.prepare.warp import frame_colour, warp
from ocr.runtime.options import Number, setting


@dataclass(frozen=True)
class Perspective(Parameters):
    """Parameters of `perspective`."""

    min_share: float = setting(
        0.15, Number(0.01, 1.0), "paper that covers less of the picture than this share is not believed"
    )
    min_fill: float = setting(
        0.93,
        Number(0.5, 1.0),
        "least agreement (intersection over union) of the paper's outline with four straight sides",
    )
    min_edge: float = setting(
        12.0,
        Number(0.0, 255.0),
        "least difference between paper and surroundings along each side, in levels of 255",
    )
    max_missed: float = setting(
        0.1,
        Number(0.0, 1.0),
        "paper that leaves out more of the picture's letters than this share is not believed",
    )
    margin: float = setting(0.01, Number(0.0, 0.2), "what is kept around the paper, as a share of its sides")


def perspective(page: Image, parameters: Perspective = Perspective()) -> Result:
    """Rectify the sheet of paper in a photo.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: what to believe.

    Returns:
        The paper with the figures ``share``, ``fill``, ``edge`` and ``missed`` of what was found. Unchanged where no
        sheet is found, the sheet is not clearly four-sided, or a side of it lies outside the picture.
    """
    found = paper.find(page)
    if found is None:
        return Result(page, None, {"share": 0.0, "fill": 0.0, "edge": 0.0, "missed": 0.0})
    figures = {"share": found.share, "fill": found.fill, "edge": found.edge, "missed": found.missed}
    convincing = (
        found.cut == 0
        and found.share >= parameters.min_share
        and found.fill >= parameters.min_fill
        and found.edge >= parameters.min_edge
        and found.missed <= parameters.max_missed
        and _rectangular(found.quad)
    )
    if not convincing:
        return Result(page, None, figures)
    top, right, bottom, left = np.linalg.norm(np.roll(found.quad, -1, axis=0) - found.quad, axis=1).tolist()
    # The nearer of two opposite sides shows the paper's size in the finest pixels: none is thrown away.
    wide, tall = max(top, bottom), max(left, right)
    x, y = parameters.margin * wide, parameters.margin * tall
    target = np.array([[x, y], [x + wide, y], [x + wide, y + tall], [x, y + tall]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(found.quad, target), np.float64)
    size = (max(1, round(wide + 2 * x)), max(1, round(tall + 2 * y)))
    return Result(warp(page, matrix, size, frame_colour(page)), matrix, figures)


def _rectangular(quad: npt.NDArray[np.float32]) -> bool:
    """Whether a rectangle seen by a hand-held phone can look like this: right angles and sides change moderately."""
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(sides, axis=1)
    if lengths.min() < 1:
        return False
    units = sides / lengths[:, None]
    cosines = np.abs(np.sum(units * np.roll(units, 1, axis=0), axis=1))
    opposite = lengths[:2] / lengths[2:]
    return bool(cosines.max() < np.sin(np.deg2rad(30)) and np.abs(np.log(opposite)).max() < np.log(2.2))
