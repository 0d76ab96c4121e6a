"""The networks, as pure ``nn.Module`` without anything of training.

Shapes in this package: N images, C channels, H × W pixels, T steps along a line, K classes. `ocr.models.factory` makes
networks by name; its functions are the public names here.
"""

from ocr.models.factory import (
    create_detector,
    create_recognizer,
    list_decoders,
    list_encoders,
    list_heads,
    list_recognizers,
)

__all__ = [
    "create_detector",
    "create_recognizer",
    "list_decoders",
    "list_encoders",
    "list_heads",
    "list_recognizers",
]
