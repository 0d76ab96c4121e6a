"""Detection measured by regions: recall, precision and H-mean at an intersection over union of 0.5.

Karatzas et al., "ICDAR 2015 Competition on Robust Reading", ICDAR 2015; Huang et al., "ICDAR2019 Competition
on Scanned Receipt OCR and Information Extraction", ICDAR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr.metrics.cleval import CLEval
from ocr.metrics.matching import Matching, match_lines
from ocr.metrics.scores import Prediction, Score
from ocr.metrics.truth import TruthLine


@dataclass
class IouHmean:
    """H-mean of one-to-one matches, summed over all pictures before dividing.

    Args:
        threshold: least intersection over union of a match, in (0, 1].
    """

    threshold: float = 0.5
    _matched: int = 0
    _truths: int = 0
    _predictions: int = 0

    def add(self, truths: Sequence[TruthLine], predictions: Sequence[Prediction]) -> Score:
        """Match and count one picture; returns its own score."""
        return self.add_matching(match_lines(truths, predictions, self.threshold))

    def add_matching(self, matching: Matching) -> Score:
        """Count one picture from its matching; returns its own score."""
        counts = len(matching.pairs), len(matching.truths), len(matching.predictions)
        self._matched += counts[0]
        self._truths += counts[1]
        self._predictions += counts[2]
        return Score.of(*counts)

    def result(self) -> Score:
        """Recall and precision over all pictures so far."""
        return Score.of(self._matched, self._truths, self._predictions)


@dataclass(frozen=True)
class DetectionReport:
    """Figures of a detector over a set.

    Attributes:
        cleval: character-level score.
        iou: score of regions at an intersection over union of 0.5.
        images: number of pictures.
    """

    cleval: Score
    iou: Score
    images: int

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"cleval": self.cleval.to_dict(), "iou": self.iou.to_dict(), "images": self.images}


class DetectionMetrics:
    """Both scores of a detector, as training validation and `ocr eval` report them."""

    def __init__(self) -> None:
        self._cleval = CLEval(texts=False)
        self._iou = IouHmean()
        self._images = 0

    def add(self, truths: Sequence[TruthLine], predictions: Sequence[Prediction]) -> DetectionReport:
        """Count one picture; returns its own figures."""
        self._images += 1
        return DetectionReport(
            self._cleval.add(truths, predictions).detection.score(), self._iou.add(truths, predictions), 1
        )

    def result(self) -> DetectionReport:
        """The figures over all pictures so far."""
        return DetectionReport(self._cleval.result().detection.score(), self._iou.result(), self._images)
