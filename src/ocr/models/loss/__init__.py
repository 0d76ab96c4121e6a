"""Losses, always computed in float32."""

from ocr.models.loss.attention import AttentionLoss
from ocr.models.loss.craft import CraftLoss, CraftTargets
from ocr.models.loss.ctc import CtcLoss, CtcTargets
from ocr.models.loss.db import DbLoss, DbTargets

__all__ = ["AttentionLoss", "CraftLoss", "CraftTargets", "CtcLoss", "CtcTargets", "DbLoss", "DbTargets"]
