"""Perspective rectification of the sheet of paper in a photo."""

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
        0.15, Number(0.01, 1.0), "a sheet that covers a smaller share of the picture is ignored"
    )
    min_fill: float = setting(
        0.93,
        Number(0.5, 1.0),
        "least intersection over union of the paper's outline with a quad of four straight sides",
    )
    min_edge: float = setting(
        12.0,
        Number(0.0, 255.0),
        "least difference between paper and surroundings along each side, in levels of 255",
    )
    max_missed: float = setting(
        0.1,
        Number(0.0, 1.0),
        "a sheet that leaves out a larger share of the picture's letters is ignored",
    )
    margin: float = setting(0.01, Number(0.0, 0.2), "margin around the paper, as a share of its sides")


def perspective(page: Image, parameters: Perspective = Perspective()) -> Result:
    """Rectify the sheet of paper in a photo.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: thresholds.

    Returns:
        The rectified sheet with the figures ``share``, ``fill``, ``edge`` and ``missed`` of `ocr.prepare.paper.Paper`.
        Unchanged if no sheet is detected, it is not clearly four-sided, or a side of it lies outside the picture.
    """
    sheet = paper.find(page)
    if sheet is None:
        return Result(page, None, {"share": 0.0, "fill": 0.0, "edge": 0.0, "missed": 0.0})
    figures = {"share": sheet.share, "fill": sheet.fill, "edge": sheet.edge, "missed": sheet.missed}
    convincing = (
        sheet.cut == 0
        and sheet.share >= parameters.min_share
        and sheet.fill >= parameters.min_fill
        and sheet.edge >= parameters.min_edge
        and sheet.missed <= parameters.max_missed
        and _rectangular(sheet.quad)
    )
    if not convincing:
        return Result(page, None, figures)
    top, right, bottom, left = np.linalg.norm(np.roll(sheet.quad, -1, axis=0) - sheet.quad, axis=1).tolist()
    # The longer of two opposite sides has the highest resolution, so none of it is lost.
    wide, tall = max(top, bottom), max(left, right)
    x, y = parameters.margin * wide, parameters.margin * tall
    target = np.array([[x, y], [x + wide, y], [x + wide, y + tall], [x, y + tall]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(sheet.quad, target), np.float64)
    size = (max(1, round(wide + 2 * x)), max(1, round(tall + 2 * y)))
    return Result(warp(page, matrix, size, frame_colour(page)), matrix, figures)


def _rectangular(quad: npt.NDArray[np.float32]) -> bool:
    """Whether a quad is a plausible photo of a rectangle: angles near 90° and similar opposite sides."""
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(sides, axis=1)
    if lengths.min() < 1:
        return False
    units = sides / lengths[:, None]
    cosines = np.abs(np.sum(units * np.roll(units, 1, axis=0), axis=1))
    opposite = lengths[:2] / lengths[2:]
    return bool(cosines.max() < np.sin(np.deg2rad(30)) and np.abs(np.log(opposite)).max() < np.log(2.2))
