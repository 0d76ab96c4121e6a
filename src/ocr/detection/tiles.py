"""Pictures that are too large for one run of the network: overlapping tiles, and the merging of their regions.

Every line lies whole in one of two neighbouring tiles unless it is longer across the seam than they overlap. A line
found in both is taken from the tile whose side of the overlap it lies on; pieces that are cut in both are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection.regions import Decoded, Region

#: Pixels shared by neighbouring tiles: several lines of text at the height that the network is trained for.
OVERLAP = 128
#: Least thickness of a strip; in thinner ones the overlaps would be most of the work.
_MIN_THICKNESS = 4 * OVERLAP
#: Regions of two tiles are the same text if they share more than this part of the smaller one.
_SAME = 0.5
#: A cut piece of a line is dropped if a region of the other tile covers more than this part of it.
_COVERED = 0.1
#: A region this close to the edge of a tile, in pixels, may be cut by it.
_NEAR = 2.0


@dataclass(frozen=True)
class Tiles:
    """How a picture is cut into strips.

    Attributes:
        axis: 0 for strips side by side (along x), 1 for strips below each other (along y).
        spans: (start, end) of each strip in pixels along the axis, in order; one where nothing is cut.
    """

    axis: int
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, width: int, height: int, area: int, multiple: int) -> Tiles:
        """Strips of about ``area`` pixels at most, never thinner than `_MIN_THICKNESS`.

        Rows of text are cut last: strips lie below each other unless the picture is so wide that they would be thin.

        Args:
            width: of the picture in pixels.
            height: of the picture in pixels.
            area: pixels of a strip.
            multiple: strips start at multiples of this, so that the network's grid is the same in all of them.
        """
        axis = 0 if width > 2 * height and area < _MIN_THICKNESS * width else 1
        length, across = (width, height) if axis == 0 else (height, width)
        if width * height <= area:
            return cls(axis, ((0, length),))
        thick = multiple * max(1, max(area // across, _MIN_THICKNESS) // multiple)
        return cls(axis, spans(length, thick, min(OVERLAP, thick // 4), multiple))

    def cut(self, picture: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """One strip of a picture (H, W)."""
        start, end = self.spans[index]
        return picture[:, start:end] if self.axis == 0 else picture[start:end]

    def place(self, polygon: polygons.Polygon, index: int) -> polygons.Polygon:
        """A polygon of a strip in pixels of the picture."""
        return polygon + np.array(self.corner(index), np.float32)

    def corner(self, index: int) -> tuple[int, int]:
        """The top-left corner (x, y) of a strip in pixels of the picture."""
        start = self.spans[index][0]
        return (start, 0) if self.axis == 0 else (0, start)


def spans(length: int, thick: int, overlap: int, multiple: int) -> tuple[tuple[int, int], ...]:
    """Spans (start, end) that cover ``length``: ``thick`` long, evenly spaced, overlapping by at least ``overlap``.

    All start at a multiple of ``multiple`` pixels; the last one may be longer by less than that.
    """
    if length < thick + multiple:
        return ((0, length),)
    count = -(-(length - overlap) // (thick - overlap))
    starts = [int(k * (length - thick) / (count - 1)) // multiple * multiple for k in range(count)]
    return (*((start, start + thick) for start in starts[:-1]), (starts[-1], length))


def find_in_tiles(tiles: Tiles, find: Callable[[int], Decoded], limit: int) -> Decoded:
    """Detect on each strip and merge the regions.

    Args:
        tiles: the strips.
        find: the regions of a strip, in its own pixels.
        limit: most regions kept, best scores first.
    """
    if len(tiles.spans) == 1:
        return find(0)
    merged: list[Region] = []
    left_out = 0
    for index, span in enumerate(tiles.spans):
        decoded = find(index)
        left_out += decoded.left_out
        placed = [Region(tiles.place(region.polygon, index), region.score) for region in decoded.regions]
        merged = (
            placed if not index else merge(merged, placed, tiles.axis, span[0], tiles.spans[index - 1][1])
        )
    merged.sort(key=lambda region: -region.score)
    return Decoded(merged[:limit], left_out + max(0, len(merged) - limit))


def merge(
    before: Sequence[Region], after: Sequence[Region], axis: int, start: float, end: float
) -> list[Region]:
    """The regions of two neighbouring tiles as one list, each text once.

    Args:
        before: regions of the tile (or tiles) that ends at ``end``.
        after: regions of the tile that begins at ``start``, below ``end``: both hold what lies between.
        axis: 0 where the tiles lie side by side, 1 where they lie below each other.
        start, end: in pixels along the axis.
    """
    low = {id(r): float(r.polygon[:, axis].min()) for r in (*before, *after)}
    high = {id(r): float(r.polygon[:, axis].max()) for r in (*before, *after)}
    ones = [r for r in before if high[id(r)] > start]
    others = [r for r in after if low[id(r)] < end]
    merged = [r for r in before if high[id(r)] <= start] + [r for r in after if low[id(r)] >= end]
    # Regions that the edge of their tile cuts, or may cut.
    cut = {id(r) for r in ones if high[id(r)] > end - _NEAR} | {
        id(r) for r in others if low[id(r)] < start + _NEAR
    }
    shared = np.zeros((len(ones), len(others)))
    for i, one in enumerate(ones):
        for j, other in enumerate(others):
            # Pieces of one long text are compared within the overlap only, whatever their length beyond it.
            pieces = id(one) in cut and id(other) in cut
            shared[i, j] = _shared(one, other, axis, (start, end) if pieces else None)
    for some, their in _groups(shared > _SAME):
        mine, theirs = [ones[i] for i in some], [others[j] for j in their]
        if not theirs or not mine:
            (alone,) = mine or theirs
            share = shared[some[0]] if mine else shared[:, their[0]]
            if id(alone) not in cut or share.max(initial=0.0) <= _COVERED:
                merged.append(alone)
            continue
        whole, whole_too = [r for r in mine if id(r) not in cut], [r for r in theirs if id(r) not in cut]
        if whole and whole_too:
            centre = np.mean([r.polygon[:, axis].mean() for r in (*whole, *whole_too)])
            merged += whole if centre < (start + end) / 2 else whole_too
        elif whole or whole_too:
            merged += whole or whole_too
        else:
            merged.append(_join_pieces([*mine, *theirs]))
    return merged


def _shared(one: Region, other: Region, axis: int, band: tuple[float, float] | None) -> float:
    """The shared area of two regions over the area of the smaller one, or of its part within a band along the axis."""
    shared = polygons.intersection_area(one.polygon, other.polygon)
    if not shared:
        return 0.0
    areas = []
    for polygon in (one.polygon, other.polygon):
        low, high = float(polygon[:, axis].min()), float(polygon[:, axis].max())
        inside = 1.0
        if band is not None:
            inside = (min(high, band[1]) - max(low, band[0])) / max(high - low, 1e-6)
        areas.append(inside * polygons.area(polygon))
    return shared / max(min(areas), 1e-6)


def _groups(linked: npt.NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Connected components of a bipartite graph (rows, columns), those of a single row or column included."""
    rows, columns = set(range(linked.shape[0])), set(range(linked.shape[1]))
    groups = []
    while rows or columns:
        some, their = ({rows.pop()}, set()) if rows else (set(), {columns.pop()})
        grown = -1
        while grown != len(some) + len(their):
            grown = len(some) + len(their)
            their |= {int(j) for i in some for j in np.flatnonzero(linked[i])}
            some |= {int(i) for j in their for i in np.flatnonzero(linked[:, j])}
        rows -= some
        columns -= their
        groups.append((sorted(some), sorted(their)))
    return groups


def _join_pieces(pieces: Sequence[Region]) -> Region:
    """Pieces of one text as one region, with the reading direction of the largest piece."""
    areas = np.array([polygons.area(piece.polygon) for piece in pieces])
    quad = polygons.min_area_quad(np.concatenate([piece.polygon for piece in pieces]))
    first = pieces[int(areas.argmax())].polygon
    along = first[1] - first[0]
    sides = np.roll(quad, -1, axis=0) - quad
    quad = np.roll(quad, -int((sides @ along).argmax()), axis=0)
    return Region(quad, float(np.average([piece.score for piece in pieces], weights=areas)))
