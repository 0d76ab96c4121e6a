"""Target maps of CRAFT, drawn on the fly (Baek et al., CVPR 2019, sections 3.2.1 and 3.2.2).

Receipts are annotated by lines, not by characters. Where the paper's own pseudo labels fail it divides a word into
equal parts, as many as its transcript has characters, and counts it by half (end of section 3.2.2); that is what is
done with each line here. A line is linked across its spaces as well, for the line is the region that is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons

Map = npt.NDArray[np.float32]

#: The maps are half as large as the picture, as in the paper.
STRIDE = 2
#: Height of an affinity box: from the middle of a character's upper triangle to that of its lower one.
_AFFINITY_TALL = 2 / 3
#: Beyond so many standard deviations a heat is nothing.
_REACH = 3.0
#: A character without a transcript is taken to be so much as wide as high.
_USUAL_WIDTH = 0.5


@dataclass(frozen=True)
class CraftMaps:
    """The maps of one picture, each (H / 2, W / 2) float32.

    Attributes:
        region: heat of the characters' middles, in [0, 1].
        affinity: heat of the middles between neighbouring characters of a line, in [0, 1].
        weight: what a pixel counts: 1 on background, the confidence on text, 0 on ignored text.
    """

    region: Map
    affinity: Map
    weight: Map


def draw(
    outlines: Sequence[polygons.Polygon],
    texts: Sequence[str | None],
    height: int,
    width: int,
    *,
    sigma: float = 0.3,
    confidence: float = 0.5,
    min_size: float = 3.0,
) -> CraftMaps:
    """Draw all three maps of a picture.

    The perspective that takes a line's quad to a row of unit squares, one a character, takes each pixel there; the
    Gaussian of its square is the paper's isotropic Gaussian warped to the character's quad. Overlapping heats give
    the greater one.

    Args:
        outlines: polygons in pixels of the picture; they may reach beyond it.
        texts: transcript of each, ``""`` where it is not known, ``None`` where the line is ignored.
        height: of the picture, a multiple of 2.
        width: of the picture, a multiple of 2.
        sigma: standard deviation of a heat, as a share of its box's side. Below a quarter the heats on either side of a
            space no longer meet above the usual thresholds.
        confidence: weight of the pixels of a line.
        min_size: a line thinner than this many pixels of the picture is ignored.
    """
    shape = (height // STRIDE, width // STRIDE)
    maps = CraftMaps(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.ones(shape, np.float32))
    for outline, text in zip(outlines, texts, strict=True):
        quad = polygons.to_quad(outline).astype(np.float64)
        readable = text is not None and polygons.thickness(outline) >= min_size
        centres, count = _characters(text or "", quad)
        placed = _along_line(quad / STRIDE, count, sigma * _REACH - 0.5, shape)
        if placed is None:
            continue
        window, along, across = placed
        inside = (along >= 0) & (along <= count) & (across >= 0) & (across <= 1)
        weight = maps.weight[window]
        if not readable:
            weight[inside] = 0.0
            continue
        weight[inside] = np.minimum(weight[inside], np.float32(confidence))
        exponent = np.float32(-0.5 / sigma**2)
        nearest = centres[np.searchsorted((centres[1:] + centres[:-1]) / 2, along)]
        heat = np.exp(exponent * ((along - nearest) ** 2 + (across - 0.5) ** 2))
        np.maximum(maps.region[window], heat, out=maps.region[window])
        if len(centres) < 2:
            continue
        pair = np.clip(np.searchsorted(centres, along) - 1, 0, len(centres) - 2)
        gap = centres[pair + 1] - centres[pair]
        middle = (centres[pair + 1] + centres[pair]) / 2
        heat = np.exp(
            exponent * (((along - middle) / gap) ** 2 + ((across - 0.5) / np.float32(_AFFINITY_TALL)) ** 2)
        )
        np.maximum(maps.affinity[window], heat, out=maps.affinity[window])
    return maps


def _characters(text: str, quad: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float32], int]:
    """Middles of the printed characters, in characters from the line's start, and how many the line has in all."""
    text = text.strip()
    if text:
        printed = [position + 0.5 for position, character in enumerate(text) if not character.isspace()]
        return np.array(printed, np.float32), len(text)
    long, tall = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])
    count = max(1, round(float(long / max(tall, 1.0)) / _USUAL_WIDTH))
    return np.arange(count, dtype=np.float32) + np.float32(0.5), count


def _along_line(
    quad: npt.NDArray[np.float64], count: int, margin: float, shape: tuple[int, int]
) -> tuple[tuple[slice, slice], Map, Map] | None:
    """Where the pixels around a line lie on it: a window of the map, characters along the line, height across it."""
    row = np.array([[0, 0], [count, 0], [count, 1], [0, 1]], np.float32)
    to_map = cv2.getPerspectiveTransform(row, quad.astype(np.float32))
    edge = max(margin, 0.0)
    around = polygons.transform(row + edge * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]), to_map)
    if not np.isfinite(around).all():
        return None
    x0, y0, x1, y1 = polygons.bounds(around)
    left, top = max(int(x0), 0), max(int(y0), 0)
    right, bottom = min(int(np.ceil(x1)), shape[1]), min(int(np.ceil(y1)), shape[0])
    if right <= left or bottom <= top:
        return None
    try:
        m = np.linalg.inv(to_map).astype(np.float32)
    except np.linalg.LinAlgError:
        return None
    x = np.arange(left, right, dtype=np.float32) + np.float32(0.5)
    y = (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5))[:, None]
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    # Behind the horizon of a steep perspective nothing is on the line.
    depth = np.where(depth > 1e-6, depth, np.float32(np.nan))
    along = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth
    across = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth
    far = np.float32(1e3)
    return (
        (slice(top, bottom), slice(left, right)),
        np.nan_to_num(along, nan=-far),
        np.nan_to_num(across, nan=-far),
    )
