"""Losses, always computed in float32."""

from ocr.models.loss.ctc import CtcLoss, CtcTargets
from ocr.models.loss.db import DbLoss, DbTargets

__all__ = ["CtcLoss", "CtcTargets", "DbLoss", "DbTargets"]
