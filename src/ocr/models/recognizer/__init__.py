"""Recognisers: a line crop to logits for CTC.

Each has ``height`` (pixels of the crop), ``stride`` (pixels in width of a step), ``width_multiple``.
"""

from ocr.models.recognizer.conv import ConvRecognizer

__all__ = ["ConvRecognizer"]
