"""Measures of detection and reading, each an accumulator with ``add`` for a picture and ``result`` for the
set.
"""

from ocr.metrics.calibration import Calibration, CalibrationResult
from ocr.metrics.cleval import CLEval, CLEvalResult, cleval
from ocr.metrics.detection import DetectionMetrics, DetectionReport, IouHmean
from ocr.metrics.end_to_end import LineReading, LinesResult
from ocr.metrics.matching import Matching, match_lines
from ocr.metrics.scores import Prediction, Score
from ocr.metrics.text import TextErrors, TextResult, TokenF1, TokenResult, character_error_rate, edit_distance

__all__ = [
    "CLEval",
    "CLEvalResult",
    "Calibration",
    "CalibrationResult",
    "DetectionMetrics",
    "DetectionReport",
    "IouHmean",
    "LineReading",
    "LinesResult",
    "Matching",
    "Prediction",
    "Score",
    "TextErrors",
    "TextResult",
    "TokenF1",
    "TokenResult",
    "character_error_rate",
    "cleval",
    "edit_distance",
    "match_lines",
]
