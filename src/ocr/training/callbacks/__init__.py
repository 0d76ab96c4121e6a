"""Lightning callbacks."""

from ocr.training.callbacks.averaging import WarmAveraging

__all__ = ["WarmAveraging"]
