"""Probability map to text regions; the one place that does it, for training validation and inference alike.

Follows DBNet (Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, section 3.4):
threshold, connected regions, rotated rectangle of each, score as the mean probability inside, and growth back to the
size of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.errors import BadConfiguration, ModelOutputInvalid


@dataclass(frozen=True)
class DecodeOptions:
    """How a probability map becomes regions.

    Attributes:
        threshold: probability in (0, 1) above which a pixel is text.
        box_threshold: least mean probability in [0, 1] of a region that is kept.
        shrink_ratio: the ratio r in (0, 1) that regions are grown back from: that of the training maps, or a
            little more where the network's regions reach beyond them.
        unclip_ratio: r' of D' = A' r' / L' in the paper; ``None`` inverts the shrinking exactly for a rectangle.
        min_size: least short side in pixels of a region before growth.
        max_candidates: most regions that are kept, best scores first.
    """

    threshold: float = 0.3
    box_threshold: float = 0.6
    shrink_ratio: float = 0.7
    unclip_ratio: float | None = None
    min_size: float = 2.0
    max_candidates: int = 1000

    def __post_init__(self) -> None:
        for name in ("threshold", "shrink_ratio"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise BadConfiguration(
                    f"{name} is {getattr(self, name)!r}; expected a number between 0 and 1"
                )
        if not 0.0 <= self.box_threshold <= 1.0:
            raise BadConfiguration(f"box_threshold is {self.box_threshold!r}; expected a number from 0 to 1")
        if self.unclip_ratio is not None and not 0.0 <= self.unclip_ratio <= 10.0:
            raise BadConfiguration(f"unclip_ratio is {self.unclip_ratio!r}; expected 0 to 10, or none")
        if self.max_candidates < 1:
            raise BadConfiguration(f"max_candidates is {self.max_candidates!r}; expected at least 1")

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> DecodeOptions:
        """Options from a model's metadata or a configuration.

        Raises:
            BadConfiguration: a key that is no option; the message names the nearest one.
        """
        known = [field.name for field in fields(cls)]
        for key in values:
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; options are {', '.join(known)}"
                raise BadConfiguration(f"unknown decode option {key!r}{hint}")
        return cls(**values)


@dataclass(frozen=True)
class Region:
    """One detected text region.

    Attributes:
        polygon: (4, 2) float32 in pixels of the map, clockwise from the text's own top-left corner.
        score: mean probability inside the region before growth, in [0, 1].
    """

    polygon: polygons.Polygon
    score: float


@dataclass(frozen=True)
class Decoded:
    """All regions of one map, and whether the limit left some out.

    Attributes:
        regions: best score first.
        left_out: how many regions were over ``max_candidates``.
    """

    regions: list[Region]
    left_out: int = 0


def decode(probability: npt.NDArray[np.float32], options: DecodeOptions | None = None) -> Decoded:
    """Turn one probability map into text regions.

    Args:
        probability: (H, W) float32 in [0, 1].
        options: thresholds; the defaults where ``None``.

    Raises:
        ModelOutputInvalid: the map holds NaN or infinity.
    """
    options = options or DecodeOptions()
    if probability.ndim != 2:
        raise ValueError(f"probability has shape {probability.shape}; expected (H, W)")
    # A NaN or an infinity anywhere makes the sum not finite; much cheaper than looking at each pixel.
    if not np.isfinite(probability.sum(dtype=np.float64)):
        raise ModelOutputInvalid("the detection network answered with values that are not finite")
    binary = (probability > options.threshold).astype(np.uint8)
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    regions = []
    for contour in contours:
        points = np.asarray(contour, np.int32).reshape(-1, 2)
        # A contour runs through pixel centres, while the region reaches to the pixels' outer edges.
        (cx, cy), (w, h), angle = cv2.minAreaRect(points)
        w, h = w + 1.0, h + 1.0
        if min(w, h) < options.min_size:
            continue
        score = _mean_inside(probability, points)
        if score < options.box_threshold:
            continue
        grown = polygons.grown_rectangle(w, h, options.shrink_ratio, options.unclip_ratio)
        quad = cv2.boxPoints(((cx + 0.5, cy + 0.5), grown, angle))
        regions.append(Region(polygons.order_quad(quad), score))
    regions.sort(key=lambda region: -region.score)
    return Decoded(regions[: options.max_candidates], max(0, len(regions) - options.max_candidates))


def _mean_inside(probability: npt.NDArray[np.float32], contour: npt.NDArray[np.int32]) -> float:
    x0, y0 = contour.min(axis=0)
    x1, y1 = contour.max(axis=0) + 1
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillPoly(mask, [contour - np.array([x0, y0], np.int32)], 1)
    return float(cv2.mean(probability[y0:y1, x0:x1], mask)[0])
