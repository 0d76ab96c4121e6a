"""A page to regions by a network: looks at it until the text has the size and level that the network knows.

Training validation and inference both come through here; they differ only in what runs the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection.decode import Options, decode
from ocr.detection.regions import Decoded, Region
from ocr.detection.sizing import SizePolicy
from ocr.detection.tiles import Tiles, find_in_tiles
from ocr.detection.view import Box, View, rotation
from ocr.runtime import timing

#: (H, W) grey uint8 at the network's size -> score maps (C, H / s, W / s) float32 in [0, 1] of a whole stride s.
Network = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
#: Called with the view, the place (x, y) in it, and the map (h, w) of each tile as it is looked at.
MapObserver = Callable[[View, tuple[int, int], npt.NDArray[np.float32]], None]

#: A page is looked at so many times at most.
_LOOKS = 3
#: Another look must enlarge the text by this factor, or level it.
_WORTH = 1.2
#: Where less than so many regions are found on a page that was shrunk to less than half, most of its text may be too
#: small to be seen beside a heading: the next look is so much closer.
_FEW, _SHRUNK, _CLOSER = 8, 0.5, 3.0
#: It was right where text turns up that is smaller by this factor; letters of large lines must not be taken for lines.
_SMALLER = 0.6
#: A look that finds less than this share of what the one before found was a mistake.
_LOST = 0.5
#: Lines this much longer than high tell the direction of the text.
_LONG = 3.0
#: Share of their length that must agree on it, within so many degrees.
_AGREED, _ALIKE = 0.6, 6.0
#: What is kept around the text that a look found: a share of its extent, and heights of a line.
_MARGIN, _MARGIN_LINES = 0.2, 6.0
#: Leaving out the rest of the page must save this share of the pixels.
_SAVED = 0.3


@dataclass(frozen=True)
class Found:
    """The regions of a page.

    Attributes:
        regions: in pixels of the page, inside it, best score first.
        left_out: regions over the limit.
        scale: factor from the page to the network's input that they were found at.
        wanted: factor that the size of the text asked for; above ``scale`` where the page is too large for it.
        text: height in pixels of the median line at ``scale``; 0 where there is none.
    """

    regions: tuple[Region, ...]
    left_out: int
    scale: float
    wanted: float
    text: float


@dataclass(frozen=True)
class ViewRequest:
    """How a page should be looked at."""

    scale: float
    angle: float = 0.0
    box: Box | None = None


def search(
    page: npt.NDArray[np.uint8],
    network: Network,
    policy: SizePolicy,
    options: Options,
    on_map: MapObserver | None = None,
) -> Found:
    """Find the text of a page.

    The short side of the page sets the scale of the first look. Where the text that it finds turns out to be small or
    not level, the page, or the part of it that holds the text, is looked at again at the scale and the angle that
    the text asks for.

    Args:
        page: (H, W) grey uint8.
        network: runs the detector.
        policy: sizes to take.
        options: how score maps are decoded.
        on_map: sees the maps of all looks, of several the greatest; the regions come from those of the last view that
            found enough.
    """
    height, width = page.shape
    wish = ViewRequest(policy.wanted(width, height))
    view = View.whole(width, height, policy.bounded(width, height, wish.scale))
    found = _look(page, view, network, policy, options, wish, on_map)
    for number in range(1, _LOOKS):
        again = _next(found, width, height, policy, wish, first=number == 1)
        if again is None:
            break
        wish, view = again
        closer = _look(page, view, network, policy, options, wish, on_map)
        if len(closer.regions) < _LOST * len(found.regions):
            break
        if _few(found) and number == 1 and closer.text / closer.scale > _SMALLER * found.text / found.scale:
            break
        found = closer
    return found


def _look(
    page: npt.NDArray[np.uint8],
    view: View,
    network: Network,
    policy: SizePolicy,
    options: Options,
    wish: ViewRequest,
    on_map: MapObserver | None,
) -> Found:
    height, width = page.shape
    with timing.stage(timing.SCALING):
        picture = view.apply(page, policy.pad)
    tiles = Tiles.of(*view.size, policy.tile_area, policy.multiple)

    def find_in(index: int) -> Decoded:
        tile = tiles.cut(picture, index)
        tall, wide = tile.shape
        right, below = -wide % policy.multiple, -tall % policy.multiple
        if right or below:
            border = (0, below, 0, right, cv2.BORDER_CONSTANT)
            tile = np.asarray(cv2.copyMakeBorder(tile, *border, value=policy.pad), np.uint8)
        maps = network(tile)
        stride = tile.shape[0] // maps.shape[-2]
        maps = maps[..., : math.ceil(tall / stride), : math.ceil(wide / stride)]
        if on_map is not None:
            on_map(view, tiles.corner(index), _shown(maps, tall, wide))
        return decode(maps, options).enlarged(stride)

    regions = []
    with timing.stage(timing.POSTPROCESSING):  # the network's runs inside count as its own
        decoded = find_in_tiles(tiles, find_in, options.max_candidates)
        quads = [region.polygon for region in decoded.regions]
        on_page = list(view.inverse(np.concatenate(quads)).reshape(-1, 4, 2)) if quads else []
        for region, checked in zip(
            decoded.regions, polygons.validate_all(on_page, width, height), strict=True
        ):
            if checked.polygon is not None:
                regions.append(Region(polygons.to_quad(checked.polygon), region.score))
        text = float(np.median(polygons.thicknesses([r.polygon for r in regions]))) if regions else 0.0
    return Found(tuple(regions), decoded.left_out, view.scale, wish.scale, text * view.scale)


def _shown(maps: npt.NDArray[np.float32], height: int, width: int) -> npt.NDArray[np.float32]:
    """One map (height, width) of the maps of a tile, of which one is taken as it is."""
    shown = maps if maps.ndim == 2 else maps[0] if len(maps) == 1 else maps.max(axis=0)
    if shown.shape == (height, width):
        return shown
    stride = math.ceil(height / shown.shape[0])
    return np.repeat(np.repeat(shown, stride, 0), stride, 1)[:height, :width]


def _next(
    found: Found, width: int, height: int, policy: SizePolicy, wish: ViewRequest, *, first: bool
) -> tuple[ViewRequest, View] | None:
    """The next look at a page, or ``None`` where the last one saw it well, or as well as can be."""
    if not policy.min_text_height:
        return None
    if (first and _few(found)) or not found.regions:
        scale = min(1.0, _CLOSER * found.scale)
        bounded = policy.bounded(width, height, scale)
        if bounded >= _CLOSER / 2 * found.scale:
            return ViewRequest(scale), View.whole(width, height, bounded)
    if not found.regions:
        return None
    angle = direction([region.polygon for region in found.regions])
    skewed = angle is not None and abs(angle - wish.angle) > policy.max_skew
    if angle is None or not skewed:
        angle = wish.angle
    scale = found.scale
    if found.text < policy.min_text_height:
        scale = min(scale * policy.text / found.text, policy.max_upscale)
    box = _text_box(found, width, height, angle)
    bounded = policy.bounded(box[2] - box[0], box[3] - box[1], scale)
    if not skewed and bounded < _WORTH * found.scale:
        return None
    return ViewRequest(scale, angle, box), View.part(width, height, box, angle, bounded)


def _few(found: Found) -> bool:
    return 0 < len(found.regions) < _FEW and found.scale < _SHRUNK


def direction(quads: list[polygons.Polygon]) -> float | None:
    """Angle in degrees at which most of the text runs, positive where it sinks to the right.

    Args:
        quads: (4, 2) each, clockwise from the text's own top-left corner.

    Returns:
        An angle between -45 and 45; ``None`` where lines disagree, or none is long enough to tell.
    """
    q = np.stack(quads).astype(np.float64)
    along = (q[:, 1] - q[:, 0]) + (q[:, 2] - q[:, 3])
    across = (q[:, 3] - q[:, 0]) + (q[:, 2] - q[:, 1])
    lengths = np.linalg.norm(along, axis=1)
    long = lengths > _LONG * np.linalg.norm(across, axis=1)
    if not long.any():
        return None
    angles, lengths = np.rad2deg(np.arctan2(along[long, 1], along[long, 0])), lengths[long]
    order = np.argsort(angles)
    total = np.cumsum(lengths[order])
    middle = float(angles[order][np.searchsorted(total, total[-1] / 2)])
    agreed = lengths[np.abs(angles - middle) < _ALIKE].sum()
    return middle if abs(middle) < 45 and agreed >= _AGREED * total[-1] else None


def _text_box(found: Found, width: int, height: int, angle: float) -> Box:
    """The part of the page, turned by ``-angle`` about its origin, that holds the text and some space around it."""
    turn = rotation(-angle)
    page = polygons.bounds(polygons.transform([[0, 0], [width, 0], [width, height], [0, height]], turn))
    points = np.concatenate([region.polygon for region in found.regions])
    x0, y0, x1, y1 = polygons.bounds(polygons.transform(points, turn))
    lines = _MARGIN_LINES * found.text / found.scale
    dx, dy = _MARGIN * (x1 - x0) + lines, _MARGIN * (y1 - y0) + lines
    box = (max(page[0], x0 - dx), max(page[1], y0 - dy), min(page[2], x1 + dx), min(page[3], y1 + dy))
    saved = 1 - (box[2] - box[0]) * (box[3] - box[1]) / ((page[2] - page[0]) * (page[3] - page[1]))
    # Turned pages have empty corners: their part is always the better one.
    return box if angle or saved >= _SAVED else page
