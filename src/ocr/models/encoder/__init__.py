"""Encoders: a picture to feature maps at strides 4, 8, 16 and 32.

Each has an attribute ``channels``, the channels of its maps in that order; a decoder is built from it.
"""

from torch import nn

from ocr.models.encoder.receipt import ReceiptEncoder
from ocr.models.encoder.rep import RepEncoder
from ocr.models.encoder.timm import TimmEncoder

__all__ = ["ENCODERS", "ReceiptEncoder", "RepEncoder", "TimmEncoder"]

#: Encoders by the names of their configurations.
ENCODERS: dict[str, type[nn.Module]] = {"receipt": ReceiptEncoder, "rep": RepEncoder, "timm": TimmEncoder}
