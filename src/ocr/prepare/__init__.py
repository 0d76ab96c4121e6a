"""Optional clean-up of a page before it is read, one stage a file, each with the way back to input pixels."""

from ocr.prepare.pipeline import STAGES, Pipeline, Prepared, Step
from ocr.prepare.stage import Parameters, Result

__all__ = ["STAGES", "Parameters", "Pipeline", "Prepared", "Result", "Step"]
