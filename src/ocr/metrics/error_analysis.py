"""Why a line was lost: the step between the picture and the text at which it went missing or wrong.

A line is lost where no prediction matches it at an intersection over union of 0.5, or where the one that does is read
wrongly. What stands under its true outline in the probability map, and which regions the map gives when none is refused
for its score, tell where.
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

#: Causes by name, in the order of the steps of reading, and what each says.
CAUSES: Mapping[str, str] = {
    "probability": "the network sees no text there, or only part of it",
    "threshold": "the network sees it faintly: its probability is below the threshold of a pixel",
    "size": "its region is smaller than the least that is kept",
    "box_threshold": "its region is found, with a score below the box threshold",
    "merged": "one region holds it together with another line",
    "split": "several regions hold parts of it",
    "unclip": "its region is too small, too large or beside it: IoU below 0.5",
    "crop": "found, but cut out so that it is misread; inside its true outline it is read rightly",
    "decoder": "found and misread, inside its true outline as well",
}
#: A prediction has to do with a line from this intersection over union on.
_NEAR = 0.1
#: Share of an area that counts as most of it.
_MOST = 0.5
#: Below this share of the threshold the network saw nothing; above it, something faint.
_FAINT = 0.5
#: What is looked at under an outline where a detector has no shrink ratio of its own.
_CORE = 0.7


@dataclass(frozen=True)
class Miss:
    """A line that was lost.

    Attributes:
        line: its place among the truth lines.
        cause: a key of `CAUSES`.
        prediction: place of the prediction that is nearest to it; ``None`` where there is none.
        iou: intersection over union with that one, in [0, 1].
        probability: mean of the probability map in the middle of its true outline; ``None`` where it was found.
        score: of the region that was refused for it, with the cause ``box_threshold``.
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
class Seen:
    """What the detector saw of a page.

    Attributes:
        probability: (H', W') float32 in [0, 1], laid over the whole page.
        width: of the page in pixels.
        height: of the page in pixels.
        options: how the map was decoded.
        regions: in pixels of the page, those below the box threshold among them.
    """

    probability: npt.NDArray[np.float32]
    width: int
    height: int
    options: Options
    regions: Sequence[Region]


def find(
    truths: Sequence[TruthLine],
    predictions: Sequence[Prediction],
    look: Callable[[], Seen],
    read: Callable[[Sequence[npt.NDArray[np.float32]]], Sequence[str]] | None = None,
) -> tuple[Miss, ...]:
    """The lost lines of a page, each with its cause, in the order of the truth.

    Args:
        truths: annotated lines.
        predictions: what was read.
        look: gives what the detector saw; asked only where a line was not found.
        read: gives the texts inside of quads (4, 2) of the page; ``None`` where only regions are judged. Asked for the
            true outlines of lines that were misread. Letter case does not count.
    """
    matching = match_lines(truths, predictions)
    found = dict(matching.pairs)
    lost = [t for t in matching.truths if t not in found]
    wrong = [t for t, p in matching.pairs if _differ(truths[t].text, predictions[p].text)] if read else []
    misses = [] if not lost else _unfound(truths, predictions, lost, set(found.values()), look())
    if wrong and read is not None:
        texts = read([polygons.to_quad(truths[t].polygon) for t in wrong])
        for t, text in zip(wrong, texts, strict=True):
            overlap = polygons.iou(truths[t].polygon, predictions[found[t]].polygon)
            cause = "decoder" if _differ(truths[t].text, text) else "crop"
            misses.append(Miss(t, cause, found[t], overlap))
    return tuple(sorted(misses, key=lambda miss: miss.line))


def _differ(truth: str | None, read: str) -> bool:
    return bool(truth) and truth is not None and truth.upper() != read.upper()


def _unfound(
    truths: Sequence[TruthLine],
    predictions: Sequence[Prediction],
    lost: Sequence[int],
    taken: set[int],
    seen: Seen,
) -> list[Miss]:
    overlap = _Overlap.of(truths, predictions)
    raw = _Overlap.of(truths, seen.regions)
    free = np.array([p not in taken for p in range(len(predictions))], np.bool_)
    pixel, region = _thresholds(seen.options)
    middles = [_middle(truths[t].polygon, seen) for t in lost]
    mean = means(middles, seen.probability)
    over = seen.probability > pixel
    share = means(middles, over.astype(np.float32))
    # What remains where a part of the line was seen.
    rest = means(middles, np.where(over, 0, seen.probability)) / np.maximum(1 - share, 1e-6)
    return [
        _cause(
            t, (float(mean[k]), float(rest[k]), float(share[k])), overlap, raw, free, seen, (pixel, region)
        )
        for k, t in enumerate(lost)
    ]


def _cause(
    t: int,
    under: tuple[float, float, float],
    overlap: _Overlap,
    raw: _Overlap,
    free: npt.NDArray[np.bool_],
    seen: Seen,
    thresholds: tuple[float, float],
) -> Miss:
    mean, rest, share = under
    pixel, region = thresholds
    best, iou = overlap.nearest(t)
    near = best if iou >= _NEAR else None

    def miss(cause: str, score: float | None = None) -> Miss:
        return Miss(t, cause, near, iou, mean, score)

    unseen = "probability" if rest < _FAINT * pixel else "threshold"
    held = overlap.covered > _MOST
    for p in np.flatnonzero(held[t]):
        if held[:, p].sum() > 1:
            return miss("merged")
    if (free & (overlap.inside[t] > _MOST)).sum() > 1:
        return miss("split")
    if (free & (overlap.iou[t] >= _NEAR)).any():
        return miss("unclip" if share >= _MOST else unseen)
    refused = [
        k
        for k in np.flatnonzero((raw.iou[t] >= _NEAR) | (raw.inside[t] > _MOST)).tolist()
        if seen.regions[k].score < region
    ]
    if refused:
        return miss("box_threshold", max(seen.regions[k].score for k in refused))
    if (raw.iou[t] >= _MOST).any():
        # A region good enough, of which no line came: what was read in it is empty.
        return miss("decoder")
    return miss("size" if share >= _MOST else unseen)


@dataclass(frozen=True, eq=False)
class _Overlap:
    """Of every truth with every other region, (T, P): IoU, share of the truth's area, share of the region's."""

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
    """Of a pixel and of a region."""
    pixel = options.low_text if isinstance(options, CraftOptions) else options.threshold
    return pixel, options.min_score


def _middle(polygon: npt.NDArray[np.float32], seen: Seen) -> npt.NDArray[np.int32]:
    """The middle of an outline, where the network should see text: a contour (M, 1, 2) in pixels of the map."""
    height, width = seen.probability.shape
    ratio = getattr(seen.options, "shrink_ratio", _CORE)
    pieces = polygons.shrink(polygon, ratio) or [polygon]
    largest = max(pieces, key=polygons.area)
    scaled = largest * np.array([width / seen.width, height / seen.height], np.float32) - 0.5
    inside = np.clip(np.round(scaled), 0, [width - 1, height - 1])
    return inside.astype(np.int32).reshape(-1, 1, 2)
