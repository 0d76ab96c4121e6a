"""Measures of detection and reading, each with ``add`` for a picture and ``result`` for the set."""

from ocr.metrics.calibration import Calibration, CalibrationResult
from ocr.metrics.cleval import CLEval, CLEvalResult
from ocr.metrics.detection import DetectionMetrics, DetectionReport, IouHmean
from ocr.metrics.end_to_end import LineReading, LinesResult
from ocr.metrics.matching import Matching, match_lines
from ocr.metrics.report import EvaluationFailure, ImageReport, Reading, Report
from ocr.metrics.scores import Prediction, Score
from ocr.metrics.text import TextErrors, TextResult, TokenF1, TokenResult, character_error_rate, edit_distance

__all__ = [
    "CLEval",
    "CLEvalResult",
    "Calibration",
    "CalibrationResult",
    "DetectionMetrics",
    "DetectionReport",
    "EvaluationFailure",
    "ImageReport",
    "IouHmean",
    "LineReading",
    "LinesResult",
    "Matching",
    "Prediction",
    "Reading",
    "Report",
    "Score",
    "TextErrors",
    "TextResult",
    "TokenF1",
    "TokenResult",
    "character_error_rate",
    "edit_distance",
    "match_lines",
]
