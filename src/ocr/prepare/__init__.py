"""Optional preparation of a page before it is read: one module per stage, each with its exact inverse transform."""

from ocr.prepare.pipeline import STAGES, Pipeline, Prepared, Step
from ocr.prepare.stage import Parameters, Result

__all__ = ["STAGES", "Parameters", "Pipeline", "Prepared", "Result", "Step"]
