"""Multi-scale search: the text regions of a page, detected again where its text is too small or skewed.

Training validation and inference both use it; they differ only in what runs the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection import large_print
from ocr.detection.decode import Options, decode
from ocr.detection.regions import Decoded, Region
from ocr.detection.sizing import SizePolicy
from ocr.detection.tiles import Tiles, find_in_tiles
from ocr.detection.view import Box, View, rotation
from ocr.io.letterbox import Letterbox
from ocr.runtime import timing

#: (H, W) grey uint8 at the network's size -> score maps (C, H / s, W / s) float32 in [0, 1] of a whole stride s.
Network = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
#: Called for each tile with the view, the tile's top-left corner (x, y) in it, and its map (h, w).
MapObserver = Callable[[View, tuple[int, int], npt.NDArray[np.float32]], None]

#: Most detection passes over a page.
_MAX_PASSES = 3
#: What misses the score of a region by up to this much is kept apart.
_UNSURE = 0.15
#: Another pass must enlarge the text by at least this factor, or level it.
_MIN_ENLARGEMENT = 1.2
#: With fewer regions than `_FEW` on a page scaled below `_SHRUNK`, most of its text may be too small to be detected:
#: the second pass enlarges the page by `_CLOSER`.
_FEW, _SHRUNK, _CLOSER = 8, 0.5, 3.0
#: Its result is used only if its median line is smaller by this factor: else it split large lines into letters.
_SMALLER = 0.6
#: A pass that finds less than this share of the regions of the pass before is discarded.
_MIN_REGIONS = 0.5
#: Lines with at least this ratio of length to height count for the direction of the text.
_LONG = 3.0
#: This share of their total length must agree with the median direction, within so many degrees.
_MIN_AGREEMENT, _SAME_ANGLE = 0.6, 6.0
#: Margin around the text when the page is cropped: a share of the text's extent, plus heights of a line.
_MARGIN, _MARGIN_LINES = 0.2, 6.0
#: The page is cropped only if that saves this share of its pixels.
_MIN_SAVING = 0.3


@dataclass(frozen=True)
class SearchResult:
    """The regions of a page.

    Attributes:
        regions: in pixels of the page, inside it, best score first.
        left_out: number of regions over the limit.
        scale: factor from the page to the network's input, in the pass that result them.
        wanted: factor that the size of the text requires; above ``scale`` if the page is too large for it.
        text: height in pixels of the median line at ``scale``; 0 without regions.
        unsure: what hardly is a region, such as single characters; nothing is decided by it.
    """

    regions: tuple[Region, ...]
    left_out: int
    scale: float
    wanted: float
    text: float
    unsure: tuple[Region, ...] = ()


@dataclass(frozen=True)
class ViewRequest:
    """The view of a page that the next pass should detect on.

    Attributes:
        scale: factor for both sides, before the size policy bounds it.
        angle: of the lines in degrees, positive where they sink to the right; the view is levelled by it.
        box: part of the page turned by ``-angle``; ``None`` for the whole page.
    """

    scale: float
    angle: float = 0.0
    box: Box | None = None


def search(
    page: npt.NDArray[np.uint8],
    network: Network,
    policy: SizePolicy,
    options: Options,
    on_map: MapObserver | None = None,
) -> SearchResult:
    """Find the text of a page.

    The short side of the page sets the scale of the first pass. If the text is then small or skewed, the page, or the
    part of it that holds the text, is detected again at a larger scale and levelled.

    Args:
        page: (H, W) grey uint8.
        network: runs the detector.
        policy: at which scales to detect.
        options: how score maps are decoded.
        on_map: called with the map of each tile of every pass (several maps are reduced to their maximum), also of a
            pass whose result is discarded.
    """
    height, width = page.shape
    request = ViewRequest(policy.wanted(width, height))
    view = View.whole(width, height, policy.bounded(width, height, request.scale))
    picture = _picture(page, view, policy)
    result = _detect(picture, view, (width, height), network, policy, options, request, on_map)
    for number in range(1, _MAX_PASSES):
        following = _next_view(result, width, height, policy, request, first=number == 1)
        if following is None:
            break
        request, closer_view = following
        closer_picture = _picture(page, closer_view, policy)
        closer = _detect(
            closer_picture, closer_view, (width, height), network, policy, options, request, on_map
        )
        if len(closer.regions) < _MIN_REGIONS * len(result.regions):
            break
        if (
            _has_few(result)
            and number == 1
            and closer.text / closer.scale > _SMALLER * result.text / result.scale
        ):
            break
        result, view, picture = closer, closer_view, closer_picture
    return _with_large_print(picture, view, (width, height), result, network, policy, options, on_map)


def _with_large_print(
    picture: npt.NDArray[np.uint8],
    view: View,
    size: tuple[int, int],
    result: SearchResult,
    network: Network,
    policy: SizePolicy,
    options: Options,
    on_map: MapObserver | None,
) -> SearchResult:
    """The result, and regions of print that is several times as high as the median line, if there is any."""
    if not policy.min_text_height or len(result.regions) < _FEW:
        return result
    small = view.scaled(large_print.glance_scale(result.text))
    corners = np.concatenate([region.polygon for region in result.regions])
    on_small = list(polygons.transform(corners, small.matrix).reshape(-1, 4, 2))
    letters = large_print.large_letters(_glance(picture, small), on_small)
    if not len(letters):
        return result
    tall = float(np.median(letters[:, 3] - letters[:, 1]))
    coarse_view = small.scaled(large_print.LETTER / tall)
    coarse_picture = _shrunk(picture, coarse_view)
    # What is far above the letters, or below them, is not looked at again.
    enlarged = coarse_view.size[1] / small.size[1]
    around = large_print.AROUND * large_print.LETTER
    top = max(0, math.floor(float(letters[:, 1].min()) * enlarged - around))
    bottom = math.ceil(float(letters[:, 3].max()) * enlarged + around)
    request = ViewRequest(coarse_view.scale)
    coarse = _detect(
        coarse_picture[top:bottom], coarse_view, size, network, policy, options, request, on_map, top
    )
    corners = letters[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    boxes = list(small.inverse(corners).reshape(-1, 4, 2))
    regions = large_print.with_large_print(result.regions, coarse.regions, boxes)
    return replace(result, regions=tuple(regions))


def _picture(page: npt.NDArray[np.uint8], view: View, policy: SizePolicy) -> npt.NDArray[np.uint8]:
    """The pixels (h, w) of a view."""
    with timing.stage(timing.SCALING):
        return view.apply(page, policy.pad)


def _shrunk(picture: npt.NDArray[np.uint8], view: View) -> npt.NDArray[np.uint8]:
    """The pixels of a view, from those of a larger one of the same part: sooner done than from the page."""
    with timing.stage(timing.SCALING):
        return Letterbox((picture.shape[1], picture.shape[0]), view.size, view.size).apply(picture)


def _glance(picture: npt.NDArray[np.uint8], view: View) -> npt.NDArray[np.uint8]:
    """As `_shrunk`, sooner and a little less exact.

    OpenCV halves a picture much sooner than it shrinks it by any other factor, and what is shrunk then is a quarter.
    """
    width, height = picture.shape[1] // 2, picture.shape[0] // 2
    if view.size[0] <= width and view.size[1] <= height:
        with timing.stage(timing.SCALING):
            # An odd last row or column is left out.
            even = picture[: 2 * height, : 2 * width]
            picture = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return _shrunk(picture, view)


def _detect(
    picture: npt.NDArray[np.uint8],
    view: View,
    size: tuple[int, int],
    network: Network,
    policy: SizePolicy,
    options: Options,
    request: ViewRequest,
    on_map: MapObserver | None,
    top: int = 0,
) -> SearchResult:
    """One pass: the regions of a view, in pixels of the page.

    Args:
        picture: the pixels of the view, or some of its rows, the first of which is ``top``.
        view: of the page.
        size: (width, height) of the page in pixels.
        network: and the others as of `search`.
        policy: see `search`.
        options: see `search`.
        request: that the view answers.
        on_map: see `search`.
        top: row of the view in which the picture begins.
    """
    width, height = size
    tiles = Tiles.of(picture.shape[1], picture.shape[0], policy.tile_area, policy.multiple)

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
            x, y = tiles.corner(index)
            on_map(view, (x, y + top), _single_map(maps, tall, wide))
        return decode(maps, every).enlarged(stride)

    every = options.relaxed(_UNSURE)
    regions: list[Region] = []
    unsure: list[Region] = []
    with timing.stage(timing.POSTPROCESSING):  # the network's runs inside are timed as detection
        decoded = find_in_tiles(tiles, find_in, options.max_candidates)
        quads = [region.polygon for region in decoded.regions]
        below = np.array((0, top), np.float32)
        on_page = list(view.inverse(np.concatenate(quads) + below).reshape(-1, 4, 2)) if quads else []
        for region, checked in zip(
            decoded.regions, polygons.validate_all(on_page, width, height), strict=True
        ):
            if checked.polygon is not None:
                found = regions if region.score >= options.min_score else unsure
                found.append(Region(polygons.to_quad(checked.polygon), region.score))
        text = float(np.median(polygons.thicknesses([r.polygon for r in regions]))) if regions else 0.0
    # The best scores are kept: where unsure ones are among them, no other was left out.
    left_out = 0 if unsure else decoded.left_out
    return SearchResult(tuple(regions), left_out, view.scale, request.scale, text * view.scale, tuple(unsure))


def _single_map(maps: npt.NDArray[np.float32], height: int, width: int) -> npt.NDArray[np.float32]:
    """The maximum of the maps of a tile, enlarged to (height, width)."""
    greatest = maps if maps.ndim == 2 else maps[0] if len(maps) == 1 else maps.max(axis=0)
    if greatest.shape == (height, width):
        return greatest
    stride = math.ceil(height / greatest.shape[0])
    return np.repeat(np.repeat(greatest, stride, 0), stride, 1)[:height, :width]


def _next_view(
    result: SearchResult, width: int, height: int, policy: SizePolicy, request: ViewRequest, *, first: bool
) -> tuple[ViewRequest, View] | None:
    """The view of the next pass, or ``None`` if another pass would not make the text larger or more level."""
    if not policy.min_text_height:
        return None
    if (first and _has_few(result)) or not result.regions:
        scale = min(1.0, _CLOSER * result.scale)
        bounded = policy.bounded(width, height, scale)
        if bounded >= _CLOSER / 2 * result.scale:
            return ViewRequest(scale), View.whole(width, height, bounded)
    if not result.regions:
        return None
    angle = direction([region.polygon for region in result.regions])
    skewed = angle is not None and abs(angle - request.angle) > policy.max_skew
    if angle is None or not skewed:
        angle = request.angle
    scale = result.scale
    if result.text < policy.min_text_height:
        scale = min(scale * policy.text / result.text, policy.max_upscale)
    box = _text_box(result, width, height, angle)
    bounded = policy.bounded(box[2] - box[0], box[3] - box[1], scale)
    if not skewed and bounded < _MIN_ENLARGEMENT * result.scale:
        return None
    return ViewRequest(scale, angle, box), View.part(width, height, box, angle, bounded)


def _has_few(result: SearchResult) -> bool:
    """Whether a result has so few regions on a page shrunk so far that small text was probably missed."""
    return 0 < len(result.regions) < _FEW and result.scale < _SHRUNK


def direction(quads: list[polygons.Polygon]) -> float | None:
    """Angle in degrees at which most of the text runs, positive where it sinks to the right.

    Args:
        quads: (4, 2) each, clockwise from the text's own top-left corner.

    Returns:
        An angle between -45 and 45; ``None`` if the lines disagree, or none is long enough.
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
    agreed = lengths[np.abs(angles - middle) < _SAME_ANGLE].sum()
    return middle if abs(middle) < 45 and agreed >= _MIN_AGREEMENT * total[-1] else None


def _text_box(result: SearchResult, width: int, height: int, angle: float) -> Box:
    """The part of the page, turned by ``-angle`` about its origin, that holds the text and a margin around it."""
    turn = rotation(-angle)
    page = polygons.bounds(polygons.transform([[0, 0], [width, 0], [width, height], [0, height]], turn))
    points = np.concatenate([region.polygon for region in result.regions])
    x0, y0, x1, y1 = polygons.bounds(polygons.transform(points, turn))
    lines = _MARGIN_LINES * result.text / result.scale
    dx, dy = _MARGIN * (x1 - x0) + lines, _MARGIN * (y1 - y0) + lines
    box = (max(page[0], x0 - dx), max(page[1], y0 - dy), min(page[2], x1 + dx), min(page[3], y1 + dy))
    saved = 1 - (box[2] - box[0]) * (box[3] - box[1]) / ((page[2] - page[0]) * (page[3] - page[1]))
    # A turned page has empty corners: there the crop is always smaller.
    return box if angle or saved >= _MIN_SAVING else page
