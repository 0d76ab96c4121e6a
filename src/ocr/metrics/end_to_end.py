"""Reading measured line by line: texts of lines that were matched one to one by their regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ocr.metrics.calibration import Calibration, CalibrationResult
from ocr.metrics.matching import Matching, match_lines
from ocr.metrics.scores import Prediction, ratio
from ocr.metrics.text import TextErrors, TextResult
from ocr.metrics.truth import TruthLine


@dataclass(frozen=True)
class LinesResult:
    """Figures of read lines.

    Attributes:
        matched: error rates of the lines that a prediction matched at an intersection over union of 0.5.
        line_recall: share of all truth lines that were matched and read without any error.
        truths: number of readable truth lines with a transcript.
        calibration: of the confidences of matched lines.
    """

    matched: TextResult
    line_recall: float
    truths: int
    calibration: CalibrationResult = field(default_factory=lambda: CalibrationResult(0.0, 0.0, 0))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **self.matched.to_dict(),
            "line_recall": self.line_recall,
            "truths": self.truths,
            "calibration": self.calibration.to_dict(),
        }


@dataclass
class LineReading:
    """CER, WER and line accuracy of matched lines over a set of pictures.

    Args:
        threshold: least intersection over union of a match, in (0, 1].
        case_sensitive: whether ``a`` read as ``A`` is wrong; else both are upper-cased first.
    """

    threshold: float = 0.5
    case_sensitive: bool = True
    _errors: TextErrors = field(default_factory=TextErrors, repr=False)
    _truths: int = 0
    _calibration: Calibration = field(default_factory=Calibration, repr=False)

    def add(self, truths: Sequence[TruthLine], predictions: Sequence[Prediction]) -> LinesResult:
        """Match and compare one picture; returns its own figures."""
        return self.add_matching(match_lines(truths, predictions, self.threshold), truths, predictions)

    def add_matching(
        self, matching: Matching, truths: Sequence[TruthLine], predictions: Sequence[Prediction]
    ) -> LinesResult:
        """Compare the texts of one picture from its matching; returns its own figures."""
        errors, calibration = TextErrors(), Calibration()
        for t, p in matching.pairs:
            text = truths[t].text
            if text:  # a line without a transcript cannot be compared
                read = predictions[p].text
                if not self.case_sensitive:
                    text, read = text.upper(), read.upper()
                errors.add(text, read)
                for counter in (calibration, self._calibration):
                    counter.add(predictions[p].confidence, text == read)
        count = sum(bool(truths[t].text) for t in matching.truths)
        self._errors.merge(errors)
        self._truths += count
        return _result(errors, count, calibration)

    def result(self) -> LinesResult:
        """The figures over all pictures so far."""
        return _result(self._errors, self._truths, self._calibration)


def _result(errors: TextErrors, truths: int, calibration: Calibration) -> LinesResult:
    matched = errors.result()
    right = ratio(matched.line_accuracy * matched.lines, truths)
    return LinesResult(matched, right, truths, calibration.result())
