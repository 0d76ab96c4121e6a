"""A small residual encoder for the text of receipts."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from ocr.models.encoder.staged import StagedEncoder
from ocr.models.layers import ConvBnAct, LineContext, Residual


class ReceiptEncoder(StagedEncoder):
    """Plain residual stages at strides 4, 8, 16, 32 with a wide look along the line at the last two.

    Args:
        stem: channels at stride 2.
        channels: channels of the four maps.
        blocks: residual blocks of the four stages.
        context: width of the depthwise kernel along the line at strides 16 and 32; 0 leaves it out.
        deeper: further residual blocks at the ends of the four stages, which begin as nothing: a trained network goes
            on from where it was when it is given some.
    """

    def __init__(
        self,
        stem: int = 16,
        channels: Sequence[int] = (24, 48, 96, 128),
        blocks: Sequence[int] = (1, 2, 2, 2),
        context: int = 9,
        deeper: Sequence[int] = (0, 0, 0, 0),
    ) -> None:
        first = nn.Sequential(ConvBnAct(1, stem, 3, 2), ConvBnAct(stem, channels[0], 3, 2))
        stages = []
        inputs = channels[0]
        for level, (outputs, count) in enumerate(zip(channels, blocks, strict=True)):
            layers: list[nn.Module] = []
            for block in range(count):
                stride = 2 if level > 0 and block == 0 else 1
                layers.append(Residual(inputs, outputs, stride))
                inputs = outputs
            if context and level >= 2:
                layers.append(LineContext(outputs, context))
            layers += [Residual.silent(outputs) for _ in range(deeper[level])]
            stages.append(layers)
        super().__init__(channels, first, stages)
