"""Warping a page by a matrix in pixel-corner coordinates."""

from __future__ import annotations

import cv2
import numpy as np

from ocr import polygons
from ocr.prepare.stage import Image, Matrix

_HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]], np.float64)


def warp(page: Image, matrix: Matrix, size: tuple[int, int], fill: tuple[int, int, int]) -> Image:
    """The page warped by a matrix.

    Args:
        page: RGB (H, W, 3) uint8.
        matrix: (3, 3) from pixels of the page to pixels of the result, measured from the top-left corner.
        size: (width, height) of the result in pixels.
        fill: RGB colour of what lies outside the page.
    """
    # Points here are measured from pixel corners, OpenCV's from pixel centres.
    centred = np.linalg.inv(_HALF) @ matrix @ _HALF
    warped = cv2.warpPerspective(
        page, centred, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=fill
    )
    return np.asarray(warped, np.uint8)


def frame_colour(page: Image) -> tuple[int, int, int]:
    """The median RGB colour of the outermost pixels of a page, a guess at its surroundings."""
    border = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    red, green, blue = np.median(border, axis=0).astype(int).tolist()
    return red, green, blue


def shift(dx: float, dy: float) -> Matrix:
    """The matrix that moves points by (dx, dy) pixels."""
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)


def inside(matrix: Matrix, width: int, height: int) -> tuple[Matrix, tuple[int, int]]:
    """A matrix followed by the shift that brings the whole page into view, and the (width, height) of the result."""
    corners = polygons.transform([[0, 0], [width, 0], [width, height], [0, height]], matrix)
    x0, y0, x1, y1 = polygons.bounds(corners)
    size = (max(1, int(np.ceil(x1 - x0 - 1e-3))), max(1, int(np.ceil(y1 - y0 - 1e-3))))
    return shift(-x0, -y0) @ matrix, size
