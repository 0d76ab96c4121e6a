"""Polygons and pictures transformed by matrices."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr.polygons.measures import Polygon, sides

Image = npt.NDArray[np.uint8]


def transform(polygon: npt.ArrayLike, matrix: npt.ArrayLike) -> Polygon:
    """Apply a 3×3 perspective or a 2×3 affine matrix to the points (N, 2)."""
    p = np.asarray(polygon, np.float64).reshape(-1, 2)
    m = np.asarray(matrix, np.float64)
    moved = np.column_stack([p, np.ones(len(p))]) @ m.T
    if m.shape[0] == 3:
        moved = moved[:, :2] / moved[:, 2:3]
    return np.asarray(moved, np.float32)


def parts_along(quads: npt.ArrayLike, shares: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Cut quads between two positions along their text.

    Args:
        quads: (N, 4, 2), clockwise from the text's own top-left corner.
        shares: (N, 2) start and end, 0 at the quad's own start and 1 at its end; clipped to [0, 1].

    Returns:
        (N, 4, 2) float32, as high as the quads.
    """
    corners = np.asarray(quads, np.float64)
    along = np.clip(np.asarray(shares, np.float64), 0.0, 1.0)[:, [0, 1, 1, 0], None]
    starts, ends = corners[:, [0, 0, 3, 3]], corners[:, [1, 1, 2, 2]]
    return (starts + along * (ends - starts)).astype(np.float32)


def crop(
    image: Image,
    quad: npt.ArrayLike,
    height: int,
    *,
    margin: float = 0.0,
    width: int | None = None,
    fill: int | None = 127,
) -> Image:
    """Cut out a line upright at a fixed height, by the perspective warp from its quad to a rectangle.

    Args:
        image: (H, W) or (H, W, C) uint8.
        quad: (4, 2) in pixels, clockwise from the text's own top-left corner.
        height: height of the result in pixels.
        margin: added on every side, as a share of the quad's height.
        width: width of the result; ``None`` keeps the aspect ratio.
        fill: value of pixels outside the image; ``None`` for that of its nearest pixel.

    Returns:
        (height, width[, C]) uint8, at least one pixel wide.
    """
    corners = np.asarray(quad, np.float32).reshape(4, 2).tolist()
    wide, tall = (max(side, 1.0) for side in sides(corners))
    pad = margin * tall
    if width is None:
        width = max(1, round(height * (wide + 2 * pad) / (tall + 2 * pad)))
    # Text much taller than the result is warped at a multiple of its size, then averaged: a warp alone would alias.
    work = max(1, int((tall + 2 * pad) / height))
    w, h = width * work, height * work
    # OpenCV's warp measures from pixel centres, our coordinates from pixel corners: half a pixel apart.
    left, top = pad * w / (wide + 2 * pad) - 0.5, pad * h / (tall + 2 * pad) - 0.5
    right, bottom = w - 1 - left, h - 1 - top
    matrix = cv2.getPerspectiveTransform(
        np.array(corners, np.float32) - np.float32(0.5),
        np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32),
    )
    mode = cv2.BORDER_REPLICATE if fill is None else cv2.BORDER_CONSTANT
    border = (fill or 0,) * (1 if image.ndim == 2 else image.shape[2])
    cut = cv2.warpPerspective(
        image, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=mode, borderValue=border
    )
    if work > 1:
        cut = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cut, np.uint8)
