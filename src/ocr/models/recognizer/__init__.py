"""Recognisers: a line crop to logits.

Each has ``height`` (pixels of the crop), ``stride`` (pixels in width of a step), ``width_multiple``, and ``decoding``,
how its logits become text.
"""

from torch import nn

# For training alone: exported it is a `ConvRecognizer`, so that it is not among the networks of this room.
from ocr.models.recognizer.composed import ComposedRecognizer as ComposedRecognizer
from ocr.models.recognizer.conv import ConvRecognizer
from ocr.models.recognizer.parseq import ParseqRecognizer

__all__ = ["RECOGNIZERS", "ConvRecognizer", "ParseqRecognizer"]

#: Recognisers by the names of their configurations.
RECOGNIZERS: dict[str, type[nn.Module]] = {
    "composed_ctc": ComposedRecognizer,
    "conv_ctc": ConvRecognizer,
    "parseq": ParseqRecognizer,
}
