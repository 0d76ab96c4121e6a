"""Print several times as high as the text around it, such as a total: the detector sees only strokes of it.

Large letters that no region covers are found as connected components of a small picture of the page. Where there are
any, the page is detected once more at a scale at which they have the height of usual text.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection.regions import Region

#: Height in pixels of the median line in the small picture; heights of letters that are large, in such lines, and half
#: of the width of what is around a mark.
_LINE, _LARGE, _LARGEST, _BESIDE = 6.0, 1.9, 14.0, 3.5
#: Height in pixels that large letters have in the detection.
LETTER = 22.0
#: So much above and below the large letters is looked at, in their heights.
AROUND = 3.0
#: A mark is darker than what is around it by so many grey levels.
_DARKER = 40
#: Light letters stand on bars that are darker than this, take this share of the page at least, and of what is around
#: each letter.
_BAR, _LEAST_BAR, _ON_BAR = 140, 0.01, 0.3
#: Widths of a letter in its heights; several that touch are wider.
_NARROWEST, _WIDEST = 0.12, 5.0
#: Share of its box that is ink.
_LEAST_INK, _MOST_INK = 0.12, 0.85
#: Two letters of a line differ in height by this factor at most, and are so many heights apart at most.
_ALIKE, _APART = 1.5, 1.2
#: A region covers a letter from this share of its height on, where it is not beside this share of it.
_COVERED, _CUT = 0.6, 0.2
#: Height of a letter in that of the region that was found for it.
_OF_REGION = 0.5
#: A region that is so many times as long as high is a line, no stroke.
_LINE_ASPECT = 2.2
#: Height of a part of a large line, which was found by itself, in that of the line; and its distance in such heights up
#: to which a letter is of the same word.
_PART, _JOINED = 0.5, 0.5
#: Share of a region's area from which another one is as good.
_NEARLY = 0.85
#: Share of a region that lies in a larger one and is taken for a stroke of it.
_INSIDE = 0.6

Grey = npt.NDArray[np.uint8]
#: (N, 4) float32: x0, y0, x1, y1.
Boxes = npt.NDArray[np.float32]


def glance_scale(text: float) -> float:
    """Factor from a view with median lines of this height in pixels to the small picture."""
    return _LINE / max(text, 1.0)


def large_letters(small: Grey, quads: Sequence[npt.NDArray[np.float32]]) -> Boxes:
    """Letters much larger than the text of a page, which none of its regions covers.

    Args:
        small: (h, w) grey, its median line 6 px high.
        quads: (4, 2) each, the regions, in pixels of it.

    Returns:
        Their boxes in pixels of it, those of a letter without a neighbour in its line left out.
    """
    reach = 2 * round(_BESIDE * _LINE) + 1
    around = cv2.blur(small, (reach, reach), borderType=cv2.BORDER_REPLICATE)
    boxes = _marks(cv2.subtract(around, small) > _DARKER)
    dark = small < _BAR
    if dark.mean() > _LEAST_BAR:
        # Print on a dark bar is light; beside one, what is light is paper.
        on_bar = cv2.blur(dark.view(np.uint8) * np.uint8(255), (reach, reach)) > 255 * _ON_BAR
        boxes = np.concatenate([boxes, _marks((small > _BAR + _DARKER) & on_bar)])
    if not len(boxes):
        return boxes
    uncovered = ~_are_covered(boxes, np.reshape(quads, (-1, 4, 2)))
    # A single letter that was missed stands beside others that were not.
    return boxes[
        uncovered & [bool(missed) and _has_neighbour(k, boxes) for k, missed in enumerate(uncovered)]
    ]


def _marks(marked: npt.NDArray[np.bool_]) -> Boxes:
    """Boxes of connected pixels (h, w) of the size and shape of large letters."""
    pixels = marked.view(np.uint8)
    # Marks that do not touch leave every other row and column free. Where their numbers fit into 16 bits, counting them
    # takes a third of the time.
    most = (pixels.shape[0] // 2 + 1) * (pixels.shape[1] // 2 + 1)
    kind = cv2.CV_16U if most < 2**16 else cv2.CV_32S
    _, _, figures, _ = cv2.connectedComponentsWithStats(pixels, connectivity=8, ltype=kind)
    x, y, wide, tall, ink = figures[1:].T.astype(np.float32)
    share = ink / np.maximum(wide * tall, 1)
    large = (tall >= _LARGE * _LINE) & (tall <= _LARGEST * _LINE)
    large &= (
        (wide >= _NARROWEST * tall) & (wide <= _WIDEST * tall) & (share >= _LEAST_INK) & (share <= _MOST_INK)
    )
    return np.asarray(np.stack([x, y, x + wide, y + tall], axis=1)[large], np.float32)


def with_large_print(
    regions: Sequence[Region], coarse: Sequence[Region], letters: Sequence[npt.NDArray[np.float32]]
) -> list[Region]:
    """The regions of a page with those of its large print in place of strokes.

    Args:
        regions: of the usual detection.
        coarse: of the detection at a smaller scale; only those around large letters count.
        letters: (4, 2) each, the boxes of the large letters on the page.
    """
    kept, added = list(regions), []
    for region in coarse:
        tall = polygons.sides(region.polygon)[1]
        inside = [quad for quad in letters if _share_inside(quad, region.polygon) > _INSIDE]
        if not inside or max(polygons.sides(quad)[1] for quad in inside) < _OF_REGION * tall:
            continue
        strokes = [one for one in kept if _share_inside(one.polygon, region.polygon) > _INSIDE]
        # A block of usual lines is no large letter; another part of the same large line may be.
        lines = [one for one in strokes if _is_line(one.polygon)]
        if any(polygons.sides(one.polygon)[1] < _PART * tall for one in lines):
            continue
        if lines and min(_apart(one.polygon, quad) for one in lines for quad in inside) > _JOINED * tall:
            # Amounts stand far from what they are.
            added += _missed(region, lines, inside)
            strokes = [one for one in strokes if all(one is not line for line in lines)]
            kept = [one for one in kept if all(one is not stroke for stroke in strokes)]
            continue
        if any(_is_nearly(one.polygon, region.polygon, inside) for one in strokes):
            continue
        kept = [one for one in kept if all(one is not stroke for stroke in strokes)]
        added.append(region)
    return sorted([*kept, *added], key=lambda region: -region.score)


def _apart(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """How far two quads are from each other along the first one, in pixels; 0 where they overlap."""
    (x0, x1), (u0, u1) = _reach(one, one), _reach(other, one)
    return max(0.0, u0 - x1, x0 - u1)


def _reach(quad: npt.NDArray[np.float32], along: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Where a quad begins and ends along the text of another one, in pixels."""
    direction = along[1] - along[0]
    places = quad @ (direction / max(float(np.linalg.norm(direction)), 1e-6))
    return float(places.min()), float(places.max())


def _missed(
    region: Region, lines: Sequence[Region], letters: Sequence[npt.NDArray[np.float32]]
) -> list[Region]:
    """The parts of a region before, between and behind lines that were found in it, those with large letters."""
    start, end = _reach(region.polygon, region.polygon)
    taken = sorted(_reach(one.polygon, region.polygon) for one in lines)
    edges = [start, *(edge for reach in taken for edge in reach), end]
    parts = []
    for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
        shares = (np.array([[x0, x1]]) - start) / (end - start)
        places = [sum(_reach(quad, region.polygon)) / 2 for quad in letters]
        if x1 > x0 and any(x0 < place < x1 for place in places):
            quad = polygons.parts_along(region.polygon[None], shares)[0].astype(np.float32)
            parts.append(Region(quad, region.score))
    return parts


def _are_covered(boxes: Boxes, quads: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Which boxes (N, 4) have one of the quads (Q, 4, 2) around their centre, high enough, that does not cut them."""
    centres = ((boxes[:, :2] + boxes[:, 2:]) / 2)[:, None]
    first, last = quads.min(axis=1), quads.max(axis=1)
    inside = ((first <= centres) & (centres <= last)).all(axis=2)
    edges = np.linalg.norm(quads[:, [3, 2]] - quads[:, [0, 1]], axis=2).mean(axis=1)
    tall = boxes[:, 3:] - boxes[:, 1:2]
    cut = np.maximum(first[:, 1] - boxes[:, 1:2], boxes[:, 3:] - last[:, 1]) > _CUT * tall
    return np.asarray((inside & ~cut & (edges >= _COVERED * tall)).any(axis=1))


def _has_neighbour(k: int, boxes: Boxes) -> bool:
    x0, y0, x1, y1 = boxes.T
    tall = y1 - y0
    apart = np.maximum(x0 - x1[k], x0[k] - x1)
    alike = np.maximum(tall, tall[k]) <= _ALIKE * np.minimum(tall, tall[k])
    level = np.abs((y0 + y1) - (y0[k] + y1[k])) / 2 < 0.4 * tall[k]
    near = alike & level & (apart < _APART * tall[k])
    near[k] = False
    # Letters that touch are one mark.
    return bool(near.any() or x1[k] - x0[k] > 1.5 * tall[k])


def _is_line(quad: npt.NDArray[np.float32]) -> bool:
    wide, tall = polygons.sides(quad)
    return wide > _LINE_ASPECT * tall


def _is_nearly(
    one: npt.NDArray[np.float32], other: npt.NDArray[np.float32], letters: Sequence[npt.NDArray[np.float32]]
) -> bool:
    """Whether a region is nearly as large as another one and has its letters."""
    nearly = polygons.area(one) > _NEARLY * polygons.area(other)
    return nearly and all(_share_inside(quad, one) > _INSIDE for quad in letters)


def _share_inside(quad: npt.NDArray[np.float32], around: npt.NDArray[np.float32]) -> float:
    return polygons.intersection_area(quad, around) / max(polygons.area(quad), 1e-6)
