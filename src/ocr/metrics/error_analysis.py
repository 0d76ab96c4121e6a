"""Error analysis: the step of reading at which a line was lost.

A line is lost if no prediction matches it at an intersection over union of 0.5, or if the matching one is misread. The
cause follows from the probability map inside its true outline, and from the regions of the map at any score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection.craft import CraftOptions
from ocr.detection.decode import Options
from ocr.detection.regions import Region, means
from ocr.metrics.matching import match_lines, shared_areas
from ocr.metrics.scores import Prediction
from ocr.metrics.truth import TruthLine

#: Causes by name, in the order of the steps of reading, with their descriptions.
CAUSES: Mapping[str, str] = {
    "probability": "the network detects no text there, or only part of it",
    "threshold": "its probability is raised, but below the threshold of a pixel",
    "size": "its region is smaller than the minimum size",
    "box_threshold": "its region has a score below the box threshold",
    "merged": "one region covers it together with another line",
    "split": "several regions cover parts of it",
    "unclip": "its region is too small, too large or displaced: IoU below 0.5",
    "crop": "detected and misread, but read correctly inside its true outline",
    "decoder": "detected and misread, also inside its true outline",
}
#: Least intersection over union of a line and a prediction that is attributed to it.
_NEAR = 0.1
#: Share of an area above which it counts as most of it.
_MOST = 0.5
#: Below this share of the pixel threshold the network detected nothing; above it, faint text.
_FAINT = 0.5
#: Shrink ratio of outlines for detectors without one of their own.
_SHRINK_RATIO = 0.7


@dataclass(frozen=True)
class Miss:
    """A lost line.

    Attributes:
        line: index of the truth line.
        cause: a key of `CAUSES`.
        prediction: index of the prediction with the largest overlap; ``None`` if none is attributed to the line.
        iou: intersection over union with that prediction, in [0, 1].
        probability: mean of the probability map in the middle of the true outline; ``None`` if the line was detected.
        score: of the rejected region, for the cause ``box_threshold``.
    """

    line: int
    cause: str
    prediction: int | None = None
    iou: float = 0.0
    probability: float | None = None
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "line": self.line,
            "cause": self.cause,
            "prediction": self.prediction,
            "iou": round(self.iou, 4),
            "probability": None if self.probability is None else round(self.probability, 4),
            "score": None if self.score is None else round(self.score, 4),
        }


@dataclass(frozen=True, eq=False)
class DetectionMap:
    """The output of the detector for a page.

    Attributes:
        probability: (H', W') float32 in [0, 1] over the whole page.
        width: of the page in pixels.
        height: of the page in pixels.
        options: how the map was decoded.
        regions: in pixels of the page, including those below the box threshold.
    """

    probability: npt.NDArray[np.float32]
    width: int
    height: int
    options: Options
    regions: Sequence[Region]


def find(
    truths: Sequence[TruthLine],
    predictions: Sequence[Prediction],
    detect: Callable[[], DetectionMap],
    read: Callable[[Sequence[npt.NDArray[np.float32]]], Sequence[str]] | None = None,
) -> tuple[Miss, ...]:
    """The lost lines of a page, each with its cause, in the order of the truth.

    Args:
        truths: annotated lines.
        predictions: the predicted lines.
        detect: returns the output of the detector; called only if a line was not detected.
        read: returns texts in quads (4, 2) of the page, called with the true outlines of misread lines; ``None``
            to analyse detection only. Letter case is ignored.
    """
    matching = match_lines(truths, predictions)
    matched = dict(matching.pairs)
    undetected = [t for t in matching.truths if t not in matched]
    misread = [t for t, p in matching.pairs if _differ(truths[t].text, predictions[p].text)] if read else []
    misses: list[Miss] = []
    if undetected:
        misses += _undetected(truths, predictions, undetected, set(matched.values()), detect())
    if misread and read is not None:
        texts = read([polygons.to_quad(truths[t].polygon) for t in misread])
        for t, text in zip(misread, texts, strict=True):
            overlap = polygons.iou(truths[t].polygon, predictions[matched[t]].polygon)
            cause = "decoder" if _differ(truths[t].text, text) else "crop"
            misses.append(Miss(t, cause, matched[t], overlap))
    return tuple(sorted(misses, key=lambda miss: miss.line))


def _differ(truth: str | None, read: str) -> bool:
    return bool(truth) and truth is not None and truth.upper() != read.upper()


def _undetected(
    truths: Sequence[TruthLine],
    predictions: Sequence[Prediction],
    lost: Sequence[int],
    matched: set[int],
    detected: DetectionMap,
) -> list[Miss]:
    """The causes of the lines that no prediction matches."""
    overlap = _Overlap.of(truths, predictions)
    raw = _Overlap.of(truths, detected.regions)
    free = np.array([p not in matched for p in range(len(predictions))], np.bool_)
    pixel, region = _thresholds(detected.options)
    middles = [_middle(truths[t].polygon, detected) for t in lost]
    mean = means(middles, detected.probability)
    over = detected.probability > pixel
    share = means(middles, over.astype(np.float32))
    # The mean probability of the part below the pixel threshold.
    rest = means(middles, np.where(over, 0, detected.probability)) / np.maximum(1 - share, 1e-6)
    return [
        _cause(
            t,
            (float(mean[k]), float(rest[k]), float(share[k])),
            overlap,
            raw,
            free,
            detected,
            (pixel, region),
        )
        for k, t in enumerate(lost)
    ]


def _cause(
    t: int,
    under: tuple[float, float, float],
    overlap: _Overlap,
    raw: _Overlap,
    free: npt.NDArray[np.bool_],
    detected: DetectionMap,
    thresholds: tuple[float, float],
) -> Miss:
    mean, rest, share = under
    pixel, region = thresholds
    best, iou = overlap.nearest(t)
    near = best if iou >= _NEAR else None

    def miss(cause: str, score: float | None = None) -> Miss:
        return Miss(t, cause, near, iou, mean, score)

    below = "probability" if rest < _FAINT * pixel else "threshold"
    covered = overlap.covered > _MOST
    for p in np.flatnonzero(covered[t]):
        if covered[:, p].sum() > 1:
            return miss("merged")
    if (free & (overlap.inside[t] > _MOST)).sum() > 1:
        return miss("split")
    if (free & (overlap.iou[t] >= _NEAR)).any():
        return miss("unclip" if share >= _MOST else below)
    rejected = [
        k
        for k in np.flatnonzero((raw.iou[t] >= _NEAR) | (raw.inside[t] > _MOST)).tolist()
        if detected.regions[k].score < region
    ]
    if rejected:
        return miss("box_threshold", max(detected.regions[k].score for k in rejected))
    if (raw.iou[t] >= _MOST).any():
        # The region was accepted, but gave no line: its text was read as empty.
        return miss("decoder")
    return miss("size" if share >= _MOST else below)


@dataclass(frozen=True, eq=False)
class _Overlap:
    """Overlaps of truths with regions, each (T, P): IoU, share of the truth's area, share of the region's area."""

    iou: npt.NDArray[np.float64]
    covered: npt.NDArray[np.float64]
    inside: npt.NDArray[np.float64]

    @classmethod
    def of(cls, truths: Sequence[TruthLine], regions: Sequence[Prediction] | Sequence[Region]) -> _Overlap:
        shared = shared_areas(truths, regions)
        a = np.array([polygons.area(one.polygon) for one in truths], np.float64)[:, None]
        b = np.array([polygons.area(one.polygon) for one in regions], np.float64)[None]
        least = 1e-9
        return cls(
            shared / np.maximum(a + b - shared, least),
            shared / np.maximum(a, least),
            shared / np.maximum(b, least),
        )

    def nearest(self, t: int) -> tuple[int | None, float]:
        if not self.iou.shape[1]:
            return None, 0.0
        best = int(self.iou[t].argmax())
        return best, float(self.iou[t, best])


def _thresholds(options: Options) -> tuple[float, float]:
    """The thresholds of a pixel and of a region."""
    pixel = options.low_text if isinstance(options, CraftOptions) else options.threshold
    return pixel, options.min_score


def _middle(polygon: npt.NDArray[np.float32], detected: DetectionMap) -> npt.NDArray[np.int32]:
    """The shrunk outline, where the map of a line should be high: a contour (M, 1, 2) in pixels of the map."""
    height, width = detected.probability.shape
    ratio = getattr(detected.options, "shrink_ratio", _SHRINK_RATIO)
    pieces = polygons.shrink(polygon, ratio) or [polygon]
    largest = max(pieces, key=polygons.area)
    scaled = largest * np.array([width / detected.width, height / detected.height], np.float32) - 0.5
    inside = np.clip(np.round(scaled), 0, [width - 1, height - 1])
    return inside.astype(np.int32).reshape(-1, 1, 2)
