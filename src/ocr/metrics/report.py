"""The report of an evaluation: figures of each picture and of the set, and pictures that could not be read."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import OcrError
from ocr.metrics.end_to_end import LinesResult
from ocr.metrics.error_analysis import CAUSES, Miss
from ocr.metrics.fields import FieldsResult, ReceiptFields
from ocr.metrics.scores import Prediction, Score
from ocr.metrics.text import TokenResult
from ocr.metrics.truth import TruthSample
from ocr.receipt import Receipt

#: Name and number of the JSON layout. Keys are added within a number, never renamed.
SCHEMA = "ocr.metrics.evaluation/1"
#: Attributes of a report that its JSON has if they were measured.
_FIGURES = (
    *("cleval_detection", "iou", "cleval_end_to_end", "lines", "tokens"),
    *("cleval_end_to_end_cased", "lines_cased", "fields"),
)


@dataclass(frozen=True)
class Reading:
    """The reading of one picture.

    Attributes:
        lines: the predicted lines.
        width: of the upright picture in pixels.
        height: of the upright picture in pixels.
        receipts: extracted from the lines; ``None`` if lines were only detected.
    """

    lines: tuple[Prediction, ...]
    width: int
    height: int
    receipts: tuple[Receipt, ...] | None = None


@dataclass(frozen=True, eq=False)
class ImageReport:
    """Figures of one picture.

    Attributes:
        sample: the truth as it was measured, after the polygon rules.
        reading: what was predicted.
        seconds: from file to result.
        cleval_detection: character-level detection; ``None`` where lines are not annotated, as for all but `fields`.
        iou: regions at an intersection over union of 0.5.
        cleval_end_to_end: character-level reading without regard to letter case; ``None`` where only
            detection was measured, as for `lines` and `tokens`.
        lines: texts of matched lines, likewise.
        tokens: tokens of the whole picture, likewise.
        misses: the lost lines with their causes; ``None`` without error analysis.
        fields: of the receipt; ``None`` where none are annotated.
    """

    sample: TruthSample
    reading: Reading
    seconds: float
    cleval_detection: Score | None = None
    iou: Score | None = None
    cleval_end_to_end: Score | None = None
    lines: LinesResult | None = None
    tokens: Score | None = None
    misses: tuple[Miss, ...] | None = None
    fields: ReceiptFields | None = None

    @property
    def name(self) -> str:
        """Of the picture in its dataset."""
        return self.sample.name

    @property
    def rank(self) -> tuple[float, float]:
        """Sorts pictures from worst to best: by CLEval, end to end where texts were read, then by IoU."""
        main = self.cleval_detection if self.cleval_end_to_end is None else self.cleval_end_to_end
        return 0.0 if main is None else main.hmean, 0.0 if self.iou is None else self.iou.hmean

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        content: dict[str, Any] = {
            "name": self.name,
            "seconds": self.seconds,
            "width": self.reading.width,
            "height": self.reading.height,
            "truths": [_placed(line.polygon, line.text) for line in self.sample.lines],
            "predictions": [
                _placed(line.polygon, line.text) | {"confidence": round(line.confidence, 4)}
                for line in self.reading.lines
            ],
        }
        for key in ("cleval_detection", "iou", "cleval_end_to_end", "lines", "fields"):
            value = getattr(self, key)
            if value is not None:
                content[key] = value.to_dict()
        if self.tokens is not None:
            recall, precision = self.tokens.recall, self.tokens.precision
            content["tokens"] = {"recall": recall, "precision": precision, "f1": self.tokens.hmean}
        if self.misses is not None:
            content["misses"] = [miss.to_dict() for miss in self.misses]
        return content


def _placed(polygon: npt.NDArray[np.float32], text: str | None) -> dict[str, Any]:
    return {"polygon": np.round(polygon.astype(np.float64), 1).tolist(), "text": text}


@dataclass(frozen=True)
class EvaluationFailure:
    """A picture that could not be measured.

    Attributes:
        name: of the picture in its dataset.
        error: the reason.
    """

    name: str
    error: OcrError

    def to_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {"name": self.name, "code": self.error.code, "message": str(self.error)}


@dataclass(frozen=True, eq=False)
class Report:
    """Figures of a set; pictures that failed are in `failures` and in no figure.

    Texts are compared twice: without regard to letter case, because many annotations (SROIE among them) are in upper
    case whatever is printed, and exactly.

    Attributes:
        cleval_detection: character-level detection, characters summed over all pictures; ``None`` where no lines are
            annotated, as for all figures of lines.
        iou: regions at an intersection over union of 0.5, summed likewise.
        cleval_end_to_end: character-level reading without regard to letter case; ``None`` where only
            detection was measured, as for the four below.
        lines: texts of matched lines, without regard to letter case.
        tokens: tokens of whole pictures, without regard to letter case.
        cleval_end_to_end_cased: character-level reading where letter case counts.
        lines_cased: texts of matched lines where letter case counts.
        images: figures of each picture, in the order of the dataset.
        failures: pictures that could not be measured.
        drops: how many annotated lines the polygon rules dropped, by reason.
        fields: of receipts; ``None`` where none are annotated.
    """

    cleval_detection: Score | None = None
    iou: Score | None = None
    cleval_end_to_end: Score | None = None
    lines: LinesResult | None = None
    tokens: TokenResult | None = None
    cleval_end_to_end_cased: Score | None = None
    lines_cased: LinesResult | None = None
    images: tuple[ImageReport, ...] = ()
    failures: tuple[EvaluationFailure, ...] = ()
    drops: Mapping[str, int] = field(default_factory=Counter)
    fields: FieldsResult | None = None

    @property
    def median_seconds(self) -> float:
        """Median seconds of a picture from file to result; 0 where none was read."""
        return statistics.median([image.seconds for image in self.images]) if self.images else 0.0

    def worst(self, count: int) -> list[ImageReport]:
        """The `count` worst pictures, the worst first."""
        return sorted(self.images, key=lambda image: (*image.rank, image.sample.name))[:count]

    @property
    def causes(self) -> dict[str, int] | None:
        """Number of lost lines by cause of `ocr.metrics.error_analysis`; ``None`` without error analysis."""
        if not any(image.misses is not None for image in self.images):
            return None
        counts = Counter(miss.cause for image in self.images for miss in image.misses or ())
        return {cause: counts[cause] for cause in CAUSES if counts[cause]}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, by the layout `SCHEMA`."""
        content: dict[str, Any] = {
            "schema": SCHEMA,
            "images": len(self.images),
        }
        for key in _FIGURES:
            value = getattr(self, key)
            if value is not None:
                content[key] = value.to_dict()
        content["median_seconds"] = self.median_seconds
        content["drops"] = dict(self.drops)
        if self.causes is not None:
            content["causes"] = self.causes
        content["failures"] = [failure.to_dict() for failure in self.failures]
        content["per_image"] = [image.to_dict() for image in self.images]
        return content
