"""The convolutions that the recognisers share: a line crop to features along the line."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ocr.models.layers import ConvBnAct, LineContext, Residual


class LineEncoder(nn.Module):
    """Plain residual stages that keep the width from stride 4 on, then a wide look along the line.

    Height falls 32 → 16 → 8 → 4 → 2 → 1; the width stays at a quarter, 4 px a step.

    Args:
        channels: of the four stages.
        blocks: residual blocks of the four stages.
        width: channels along the line, after the height is gone.
        context: width of each depthwise kernel along the line, one block each.
        deeper: the same of blocks behind these, which begin as nothing, so that training can go on from a network
            without them.
    """

    height = 32
    stride = 4
    width_multiple = 8

    def __init__(
        self,
        channels: Sequence[int],
        blocks: Sequence[int],
        width: int,
        context: Sequence[int],
        deeper: Sequence[int] = (),
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [ConvBnAct(1, channels[0], 3, 2)]
        inputs = channels[0]
        for level, (outputs, count) in enumerate(zip(channels, blocks, strict=True)):
            for block in range(count):
                down = block == 0 and level > 0
                stride = ((2, 2) if level == 1 else (2, 1)) if down else 1
                layers.append(Residual(inputs, outputs, stride))
                inputs = outputs
        self.features = nn.Sequential(*layers)
        self.flatten = nn.Sequential(
            nn.Conv2d(inputs, width, (2, 1), bias=False), nn.BatchNorm2d(width), nn.ReLU(True)
        )
        self.context = nn.Sequential(
            *(LineContext(width, kernel) for kernel in context),
            *(LineContext.silent(width, kernel) for kernel in deeper),
        )

    def encode(self, lines: Tensor) -> Tensor:
        """(N, 1, 32, W) grey with values 0 … 255, padded with 127, to features (N, width, 1, W / 4)."""
        # 127 becomes 0, so that padding looks like the padding of the convolutions.
        features: Tensor = self.context(self.flatten(self.features((lines.float() - 127.0) / 64.0)))
        return features
