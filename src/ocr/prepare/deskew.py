"""Rotating a page so that its lines of text are level."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.prepare import ink
from ocr.prepare.orientation import turned_by
from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, setting


@dataclass(frozen=True)
class Deskew(Parameters):
    """Parameters of `deskew`."""

    max_angle: float = setting(15.0, Number(0.5, 30.0), "largest skew that is corrected, in degrees")
    min_angle: float = setting(
        0.3,
        Number(0.0, 10.0),
        "a smaller skew is not corrected, because rotation costs sharpness; in degrees",
    )
    certainty: float = setting(
        1.6,
        Number(1.0, 100.0),
        "least ratio of the strength of the lines at their angle to the median strength of all angles",
    )


def deskew(page: Image, parameters: Deskew = Deskew()) -> Result:
    """Level the lines of text. Nothing is cut off; the new corners get the colour of the page's border.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: range of angles and thresholds.

    Returns:
        The page with the figures ``angle`` (degrees by which lines sank to the right) and ``certainty``. Unchanged
        if the skew is too small, or no lines are detected.
    """
    marks = ink.marks(page)
    if marks is None:
        return Result(page, None, {"angle": 0.0, "certainty": 0.0})
    lines = ink.lines(ink.points(marks), parameters.max_angle)
    figures = {"angle": lines.angle, "certainty": lines.contrast}
    # A best angle at the end of the range means that the true one lies beyond it.
    at_end = abs(lines.angle) > parameters.max_angle - 0.05
    if lines.contrast < parameters.certainty or abs(lines.angle) < parameters.min_angle or at_end:
        return Result(page, None, figures)
    level = turned_by(page, -lines.angle)
    return Result(level.image, level.matrix, figures)
