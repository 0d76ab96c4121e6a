"""Removing a pattern behind the text of a page: stripes, nets, guilloches, dots or wood, lighter than the ink.

A pattern covers much more of a page than print does, and between its levels and those of the ink is a gap. What is
lighter than the gap becomes paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.io.images import to_grey
from ocr.io.page_image import in_colour
from ocr.prepare.shadow import illumination
from ocr.prepare.stage import Image, Parameters, Result
from ocr.runtime.options import Number, setting

#: Darkness of what is no paper, as a share of the light.
_MARKED = 0.1
#: Print covers this share of a page at most: of more than two levels, those below the next gap are pattern as well.
_MOST_INK = 0.15
#: Darkness of a mark between lines, as a share of the light, and `Pattern.reach` where marks are looked for.
_MARK, _REACH = 0.15, 0.06
#: Sides of the cells in which marks are counted in heights of a line, and share of a cell that holds no text; so much
#: around a line belongs to it, likewise.
_SIDE, _FREE, _AROUND = 1.5, 0.8, 0.4
#: Height of a line, as a share of the page's short side, where none was found.
_USUAL = 0.05
#: Cells of a page at least.
_CELLS = 10
#: A page is looked at with this short side in pixels, small first, since most pages have no pattern: so many of its
#: cells have marks, which cover so much of all at least. A scanner's specks cover less.
_LOOKS = ((100, 0.4, 0.03), (300, 0.95, 0.06))
#: Brightness of paper and of full ink afterwards.
_PAPER, _BLACK = 245, 37


@dataclass(frozen=True)
class Pattern(Parameters):
    """Parameters of `pattern`."""

    edge: float = setting(
        0.3,
        Number(0.01, 1.0),
        "darknesses between paper and full ink, as a share of the light: the width of the gap",
    )
    reach: float = setting(
        0.06, Number(0.01, 0.5), "largest size of ink as a share of the page's short side; see shadow"
    )


def pattern(page: Image, parameters: Pattern = Pattern()) -> Result:
    """Turn a pattern that is lighter than the ink of a page into paper.

    The gap is found by the method of Otsu (1979) among what is no paper.

    Args:
        page: RGB (H, W, 3) or grey (H, W) uint8.
        parameters: how wide the gap is.

    Returns:
        The page, grey in as many channels as it had, with the figures ``marked``, the share of it that was no paper,
        and ``darkness``, that of the pattern in that of the ink.
    """
    dark = _darkness(to_grey(page), parameters.reach)
    marked = dark[dark > _MARKED]
    share = marked.size / dark.size
    if not marked.size:
        return Result(page, None, {"marked": 0.0, "darkness": 0.0})
    gap, darkness = _gap(marked)
    above = marked[marked > gap]
    if above.size > _MOST_INK * dark.size:
        gap, darkness = _gap(above)
    kept = np.clip((dark - gap) / parameters.edge + 0.5, 0, 1)
    cleaned = (_PAPER - (_PAPER - _BLACK) * kept).astype(np.uint8)
    return Result(
        cleaned if page.ndim == 2 else in_colour(cleaned), None, {"marked": share, "darkness": darkness}
    )


def marked_share(page: Image, parameters: Pattern = Pattern()) -> float:
    """The share in [0, 1] of an RGB (H, W, 3) or grey (H, W) uint8 page that is no paper.

    Print comes to a sixth at most, and to more where the page is dark or has a pattern.
    """
    return float((_darkness(to_grey(page), parameters.reach) > _MARKED).mean())


def is_marked_evenly(
    page: npt.NDArray[np.uint8],
    lines: npt.NDArray[np.float32],
    texts: npt.NDArray[np.bool_],
    whole: bool = False,
) -> bool:
    """Whether marks that are no text are everywhere between the lines of a page, as those of a pattern are.

    Args:
        page: grey (H, W) uint8.
        lines: (N, 4, 2) quads in pixels of the page.
        texts: (N,) which of them are text; others may be marks of the pattern.
        whole: look at the whole page, as where there are no lines, instead of what lies between them.
    """
    for short, least, mean in _LOOKS:
        every = max(1, min(page.shape) // short)
        small = np.ascontiguousarray(page[::every, ::every])
        shares = _marked_cells(small, lines / every, texts, whole)
        if len(shares) < _CELLS or (shares > 0).mean() < least or shares.mean() < mean:
            return False
    return True


def _marked_cells(
    page: npt.NDArray[np.uint8], lines: npt.NDArray[np.float32], texts: npt.NDArray[np.bool_], whole: bool
) -> npt.NDArray[np.float64]:
    """The share of pixels that are no paper, of each cell of a page that holds next to no text."""
    whole = whole or not len(lines)
    along = lines[:, 1] - lines[:, 0] + lines[:, 2] - lines[:, 3]
    down = lines[:, 3] - lines[:, 0] + lines[:, 2] - lines[:, 1]
    heights = np.linalg.norm(down, axis=1) / 2
    usual = float(np.median(heights)) if len(heights) else min(page.shape) * _USUAL
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    down /= np.maximum(np.linalg.norm(down, axis=1, keepdims=True), 1e-6)
    free = np.full(page.shape, whole, np.uint8)
    if not whole:
        cv2.fillConvexPoly(free, cv2.convexHull(lines.reshape(-1, 2)).astype(np.int32), 1)
    around = _AROUND * np.minimum(heights, 2 * usual)[:, None, None]
    corners = lines + around * np.stack([-along - down, along - down, along + down, down - along], axis=1)
    for quad in corners[texts].astype(np.int32):
        cv2.fillConvexPoly(free, quad, 0)
    side = max(4, round(_SIDE * usual))
    rows, columns = (length // side for length in page.shape)

    def in_cells(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        cells = pixels[: rows * side, : columns * side].reshape(rows, side, columns, side)
        return np.asarray(cells.sum((1, 3), np.int64))

    size = in_cells(free)
    some = size >= _FREE * side * side
    marked = in_cells(free & (_darkness(page, _REACH) > _MARK))
    return np.asarray(marked[some] / size[some])


def _darkness(grey: Image, reach: float) -> npt.NDArray[np.float32]:
    """How dark a page (H, W) is, as a share of the light on it: 0 for paper, 1 for black."""
    light = np.maximum(illumination(grey, reach), 1.0)
    return np.asarray(1 - np.minimum(grey / light, 1.0), np.float32)


def _gap(dark: npt.NDArray[np.float32]) -> tuple[float, float]:
    """The darkness half-way between two classes of darknesses (N,) that are most unlike, and the ratio of the two."""
    levels: Any = (255 * dark).astype(np.uint8)[:, None]
    lower = levels[:, 0] <= cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]
    if lower.all() or not lower.any():
        # All is ink, or all is pattern: paper is the other class.
        return float(dark.mean()) / 2, 0.0
    light, heavy = float(dark[lower].mean()), float(dark[~lower].mean())
    return (light + heavy) / 2, light / heavy
