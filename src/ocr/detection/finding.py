"""A page to regions by a network: sizing, one or two passes, decoding, and the way back to page pixels.

Training validation and inference both come through here; they differ only in what runs the network.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ocr import polygons, stages
from ocr.detection.decode import DecodeOptions, Region, decode
from ocr.detection.sizing import SizePolicy, fit

#: (H, W) grey uint8 at the network's size -> probability map (H, W) float32 in [0, 1].
Network = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Found:
    """The regions of a page.

    Attributes:
        regions: in pixels of the page, inside it, best score first.
        left_out: regions over the limit.
        scale: factor from the page to the network's input that they were found at.
        wanted: factor that the size of the text asked for; above ``scale`` where the page is too large for it.
        probability: (H', W') float32 in [0, 1], the map that they were decoded from; it covers the whole page.
    """

    regions: tuple[Region, ...]
    left_out: int
    scale: float
    wanted: float
    probability: npt.NDArray[np.float32]


def find(page: npt.NDArray[np.uint8], network: Network, policy: SizePolicy, options: DecodeOptions) -> Found:
    """Find the text of a page; look again at a larger scale where it turns out to be small.

    Args:
        page: (H, W) grey uint8.
        network: runs the detector.
        policy: sizes to take.
        options: how probability maps are decoded.
    """
    height, width = page.shape
    wanted = policy.wanted(width, height)
    first = _find_at(page, network, policy, options, wanted)
    if not first.regions:
        return first
    tall = statistics.median(polygons.thickness(region.polygon) for region in first.regions) * first.scale
    if tall >= policy.least_text:
        return first
    again = min(first.scale * policy.text / tall, policy.max_upscale)
    if policy.bounded(width, height, again) < 1.2 * first.scale:
        return replace(first, wanted=max(wanted, again))
    return _find_at(page, network, policy, options, again)


def _find_at(
    page: npt.NDArray[np.uint8], network: Network, policy: SizePolicy, options: DecodeOptions, wanted: float
) -> Found:
    height, width = page.shape
    scale = policy.bounded(width, height, wanted)
    with stages.stage(stages.SCALING):
        padded, placement = fit(page, policy, scale)
    probability = network(padded)[: placement.scaled[1], : placement.scaled[0]]
    regions = []
    with stages.stage(stages.POSTPROCESSING):
        decoded = decode(probability, options)
        for region in decoded.regions:
            checked = polygons.validate(placement.inverse(region.polygon), width, height)
            if checked.polygon is not None:
                regions.append(Region(polygons.to_quad(checked.polygon), region.score))
    return Found(tuple(regions), decoded.left_out, scale, wanted, probability)
