"""Decoders: feature maps at strides 4 to 32 to one map at stride 4.

Each is built from the encoder's ``channels`` and has an attribute ``outputs``, the channels of its map.
"""

from ocr.models.decoder.asf import AsfDecoder
from ocr.models.decoder.fpn import FpnDecoder
from ocr.models.decoder.pan import PanDecoder
from ocr.models.decoder.unet import UnetDecoder

__all__ = ["AsfDecoder", "FpnDecoder", "PanDecoder", "UnetDecoder"]
