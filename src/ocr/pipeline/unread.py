"""Parts of a page that hold letters, but no line that was read: receipts at another angle than the others."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocr.prepare import ink
from ocr.prepare.stage import Image

#: (x0, y0, x1, y1) in pixels.
Box = tuple[int, int, int, int]

#: Pages of which lines cover all but this share are not looked at again.
_MIN_FREE = 0.25
#: So much around a line belongs to it, in its heights.
_AROUND = 2.0
#: The first glance is at a picture with this long side in pixels, for marks darker than what is around by so many grey
#: levels, on this share of the free part.
_LONG_SIDE, _DARKER, _MIN_DARK = 480, 24, 0.004
#: Side in pixels of the squares in which dark marks are counted, and squares of the smallest connected patch of them
#: that can be a receipt; a logo or a stamp has fewer.
_SQUARE, _MIN_PATCH = 12, 20
#: A part has so many marks of the size of letters at least; marks so many letters apart belong together.
_MIN_MARKS, _REACH = 60, 3.0
#: So many parts of a page at most, those with the most marks.
_MAX_PARTS = 4
#: An unread part holds so many lines that were read at most.
_MAX_LINES_INSIDE = 3
#: Marks of a part gather in lines by this much; see `ocr.prepare.ink.Lines.contrast`.
_MIN_CONTRAST = 3.0


def unread_parts(page: Image, quads: Sequence[npt.NDArray[np.float32]]) -> list[Box]:
    """Find parts of a page that seem to hold text which was not read.

    Args:
        page: grey (H, W) uint8.
        quads: (4, 2) each, the lines that were read, in pixels of the page.

    Returns:
        Parts of the page with a margin, those with the most letters first; none where lines cover most of it, which
        costs next to nothing.
    """
    height, width = page.shape
    scale = min(1.0, _LONG_SIDE / max(height, width))
    every = max(1, round(0.5 / scale))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    free = _free(size, scale, quads)
    if free.mean() < _MIN_FREE:
        return []
    small = cv2.resize(np.ascontiguousarray(page[::every, ::every]), size, interpolation=cv2.INTER_AREA)
    around = cv2.blur(small, (15, 15)).astype(np.int16)
    dark = around - small > _DARKER
    if dark[free].mean() < _MIN_DARK:
        return []
    part = _dark_part(dark & free, page)
    if part is None:
        return []
    # Letters are looked for there alone: on the whole page it would take several times as long.
    marks = ink.marks(page[part[1] : part[3], part[0] : part[2]])
    boxes = [] if marks is None else _clusters(marks, part, free, page)
    centres = np.array([quad.mean(axis=0) for quad in quads]).reshape(-1, 2)
    # A logo in the midst of lines is no receipt; of a tilted one a few letters may have been taken for lines.
    return [
        box
        for box in boxes
        if ((centres > box[:2]) & (centres < box[2:])).all(axis=1).sum() <= _MAX_LINES_INSIDE
    ]


def _dark_part(dark: npt.NDArray[np.bool_], page: Image) -> Box | None:
    """The part of a page that holds all patches of dark pixels (h, w) that can be a receipt, and a square around."""
    size = (max(1, dark.shape[1] // _SQUARE), max(1, dark.shape[0] // _SQUARE))
    squares = cv2.resize(dark.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 7
    _, _, figures, _ = cv2.connectedComponentsWithStats(squares.astype(np.uint8), connectivity=8)
    large = figures[1:][figures[1:, cv2.CC_STAT_AREA] >= _MIN_PATCH]
    if not len(large):
        return None
    per_square = np.array([page.shape[1], page.shape[0]]) / size
    corner = np.maximum((large[:, :2].min(axis=0) - 1) * per_square, 0).astype(int).tolist()
    end = np.ceil(((large[:, :2] + large[:, 2:4]).max(axis=0) + 1) * per_square).astype(int).tolist()
    return corner[0], corner[1], min(end[0], page.shape[1]), min(end[1], page.shape[0])


def _free(
    size: tuple[int, int], scale: float, quads: Sequence[npt.NDArray[np.float32]]
) -> npt.NDArray[np.bool_]:
    """Where (h, w) of a small picture there is no line."""
    covered = np.zeros(size[::-1], np.uint8)
    if len(quads):
        lines = np.stack(quads)
        margins = _AROUND * np.linalg.norm(lines[:, 3] - lines[:, 0], axis=1)[:, None]
        first = ((lines.min(axis=1) - margins) * scale).astype(int).clip(0).tolist()
        last = ((lines.max(axis=1) + margins) * scale).astype(int).clip(0).tolist()
        for (x0, y0), (x1, y1) in zip(first, last, strict=True):
            covered[y0 : y1 + 1, x0 : x1 + 1] = 1
    return np.asarray(covered == 0)


def _clusters(marks: ink.Marks, part: Box, free: npt.NDArray[np.bool_], page: Image) -> list[Box]:
    """Boxes of the page around marks of a part of it that stand close together outside of receipts."""
    tall, wide = marks.labels.shape
    corner = np.array(part[:2])
    centres = (marks.boxes[:, :2] + marks.boxes[:, 2:]) / (2 * marks.scale) + corner
    column, row = (centres * (free.shape[1] / page.shape[1], free.shape[0] / page.shape[0])).T
    outside = free[
        row.astype(np.intp).clip(0, free.shape[0] - 1), column.astype(np.intp).clip(0, free.shape[1] - 1)
    ]
    boxes = marks.boxes[outside]
    if len(boxes) < _MIN_MARKS:
        return []
    # A cell is as large as the distance at which marks belong together.
    cell = _REACH * marks.usual
    columns, rows = (boxes[:, :2] / cell).astype(np.intp).T
    grid = np.zeros((int(tall / cell) + 2, int(wide / cell) + 2), np.uint8)
    grid[rows, columns] = 1
    _, labels = cv2.connectedComponents(grid, connectivity=8)
    of = labels[rows, columns]
    clusters = []
    for label in np.argsort(-np.bincount(of))[:_MAX_PARTS].tolist():
        some = boxes[of == label]
        if len(some) < _MIN_MARKS:
            break
        margin = 4 * marks.usual
        first, last = some[:, :2].min(axis=0) - margin, some[:, 2:].max(axis=0) + margin
        x0, y0 = np.maximum(first / marks.scale + corner, 0).astype(int).tolist()
        x1, y1 = (last / marks.scale + corner).astype(int).tolist()
        box = (x0, y0, min(x1, page.shape[1]), min(y1, page.shape[0]))
        letters = ink.marks(page[box[1] : box[3], box[0] : box[2]])
        if letters is not None and ink.text_angle(letters).contrast >= _MIN_CONTRAST:
            clusters.append(box)
    return clusters
