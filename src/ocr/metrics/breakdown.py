"""Figures by trait of a picture: text height, contrast and skew."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.metrics.report import ImageReport
from ocr.metrics.truth import TruthLine

#: Traits by name, with definition and unit.
TRAITS: Mapping[str, str] = {
    "text height": "median height of the annotated lines, px",
    "contrast": "median difference of paper and ink in the annotated lines, grey levels",
    "skew": "median absolute angle of the annotated lines, degrees",
}


@dataclass(frozen=True)
class Part:
    """The pictures of a set whose trait lies in one range.

    Attributes:
        trait: a key of `TRAITS`.
        low: least value among them.
        high: greatest value among them.
        images: number of pictures.
        figures: means over the pictures, by name; those of texts only if texts were measured.
    """

    trait: str
    low: float
    high: float
    images: int
    figures: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "trait": self.trait,
            "low": self.low,
            "high": self.high,
            "images": self.images,
            "figures": dict(self.figures),
        }


def traits(lines: Sequence[TruthLine], grey: npt.NDArray[np.uint8]) -> dict[str, float]:
    """The traits of a picture, by its annotated lines.

    Args:
        lines: at least one.
        grey: (H, W) uint8, the upright picture.

    Raises:
        ValueError: there are no lines.
    """
    if not lines:
        raise ValueError("a picture without annotated lines has no traits")
    heights, contrasts, angles = [], [], []
    for line in lines:
        quad = polygons.to_quad(line.polygon)
        heights.append(polygons.thickness(quad))
        x0, y0, x1, y1 = polygons.bounds(quad)
        inside = grey[max(0, int(y0)) : int(y1) + 1, max(0, int(x0)) : int(x1) + 1]
        if inside.size:
            ink, paper = np.percentile(inside, (5, 90))
            contrasts.append(float(paper - ink))
        along = quad[1] - quad[0]
        # The direction of a short line is unreliable.
        if np.hypot(*along) > 3 * heights[-1]:
            angles.append(abs(float(np.degrees(np.arctan2(along[1], along[0])))))
    return {
        "text height": statistics.median(heights),
        "contrast": statistics.median(contrasts) if contrasts else 0.0,
        "skew": statistics.median(angles) if angles else 0.0,
    }


def breakdown(
    images: Sequence[ImageReport], values: Sequence[Mapping[str, float]], parts: int = 3
) -> list[Part]:
    """Figures of equal parts of a set, ordered by each trait.

    Args:
        images: figures of each picture.
        values: the `traits` of each, in the same order.
        parts: number of parts; fewer if there are fewer pictures.

    Raises:
        ValueError: the two differ in length.
    """
    if len(images) != len(values):
        raise ValueError(f"got {len(images)} pictures and traits of {len(values)}")
    result = []
    for trait in TRAITS:
        order = sorted(range(len(images)), key=lambda k: (values[k][trait], images[k].sample.name))
        for places in np.array_split(np.array(order, np.int64), max(1, min(parts, len(images)))):
            if len(places):
                group = [images[k] for k in places]
                low, high = values[places[0]][trait], values[places[-1]][trait]
                result.append(Part(trait, low, high, len(group), _means(group)))
    return result


def _means(images: Sequence[ImageReport]) -> dict[str, float]:
    figures = {
        "CLEval detection H": [i.cleval_detection.hmean for i in images if i.cleval_detection],
        "IoU 0.5 H": [image.iou.hmean for image in images if image.iou],
        "CLEval end-to-end H": [i.cleval_end_to_end.hmean for i in images if i.cleval_end_to_end],
        "CER of matched lines": [
            image.lines.matched.cer for image in images if image.lines and image.lines.matched.lines
        ],
        "token F1": [image.tokens.hmean for image in images if image.tokens],
    }
    return {name: statistics.fmean(values) for name, values in figures.items() if values}
