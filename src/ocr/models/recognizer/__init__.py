"""Recognisers: a line crop to logits.

Each has ``height`` (pixels of the crop), ``stride`` (pixels in width of a step), ``width_multiple``, and ``decoding``,
how its logits become text.
"""

from ocr.models.recognizer.conv import ConvRecognizer
from ocr.models.recognizer.parseq import ParseqRecognizer

__all__ = ["ConvRecognizer", "ParseqRecognizer"]
