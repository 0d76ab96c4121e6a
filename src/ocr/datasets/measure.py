"""The size of a text line, along and across its text."""

from __future__ import annotations

import numpy as np

from ocr import polygons


def text_size(polygon: polygons.Polygon) -> tuple[float, float, float]:
    """Measure the quad of a line.

    Args:
        polygon: (N, 2) in pixels, clockwise from the text's own top-left corner.

    Returns:
        Width along the text and height across it in pixels (means of opposite sides), and the angle of the text
        in degrees, clockwise from rightwards.
    """
    a, b, c, d = polygons.to_quad(polygon).astype(np.float64)
    along = ((b - a) + (c - d)) / 2
    across = ((d - a) + (c - b)) / 2
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    return float(np.hypot(*along)), float(np.hypot(*across)), angle
