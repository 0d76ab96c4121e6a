"""Losses, always computed in float32."""

from ocr.models.loss.db import DbLoss, DbTargets

__all__ = ["DbLoss", "DbTargets"]
