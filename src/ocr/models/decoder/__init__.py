"""Decoders: feature maps at strides 4 to 32 to one map at stride 4.

Each is built from the encoder's ``channels`` and has an attribute ``outputs``, the channels of its map.
"""

from torch import nn

from ocr.models.decoder.asf import AsfDecoder
from ocr.models.decoder.fpn import FpnDecoder
from ocr.models.decoder.pan import PanDecoder
from ocr.models.decoder.unet import UnetDecoder

__all__ = ["DECODERS", "AsfDecoder", "FpnDecoder", "PanDecoder", "UnetDecoder"]

#: Decoders by the names of their configurations.
DECODERS: dict[str, type[nn.Module]] = {
    "asf": AsfDecoder,
    "fpn": FpnDecoder,
    "pan": PanDecoder,
    "unet": UnetDecoder,
}
