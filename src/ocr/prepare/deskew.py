"""Turning a page so that its lines of text are level."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.prepare import ink
from ocr.prepare.orientation import turned_by
from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, setting


@dataclass(frozen=True)
class Deskew(Parameters):
    """Parameters of `deskew`."""

    max_angle: float = setting(15.0, Number(0.5, 30.0), "skews up to this are found, in degrees")
    min_angle: float = setting(
        0.3, Number(0.0, 10.0), "a smaller skew is left alone: turning costs sharpness"
    )
    certainty: float = setting(
        1.6,
        Number(1.0, 100.0),
        "how much stronger than at the usual angle the lines must stand out at the one found",
    )


def deskew(page: Image, parameters: Deskew = Deskew()) -> Result:
    """Level the lines of text; nothing is cut off, the corners that appear get the colour of the page's rim.

    Args:
        page: RGB (H, W, 3) uint8.
        parameters: how far to look and what to believe.

    Returns:
        The page with the figures ``angle`` (degrees by which lines sank to the right) and ``certainty``. Unchanged
        where the skew is too small, or no lines stand out.
    """
    marks = ink.marks(page)
    if marks is None:
        return Result(page, None, {"angle": 0.0, "certainty": 0.0})
    found = ink.lines(ink.points(marks), parameters.max_angle)
    figures = {"angle": found.angle, "certainty": found.contrast}
    # A best angle at the end of the range is the slope towards one beyond it.
    at_end = abs(found.angle) > parameters.max_angle - 0.05
    if found.contrast < parameters.certainty or abs(found.angle) < parameters.min_angle or at_end:
        return Result(page, None, figures)
    level = turned_by(page, -found.angle)
    return Result(level.image, level.matrix, figures)
