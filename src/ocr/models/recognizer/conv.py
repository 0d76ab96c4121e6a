"""A convolutional recogniser for CTC."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ocr.models.layers import ConvBnAct, LineContext, Residual


class ConvRecognizer(nn.Module):
    """Plain residual stages that keep the width from stride 4 on, then a wide look along the line.

    Height falls 32 → 16 → 8 → 4 → 2 → 1; the width stays at a quarter, 4 px a step, which leaves a step for the blank
    between the narrowest letters.

    Args:
        classes: characters and the blank.
        channels: of the four stages.
        blocks: residual blocks of the four stages.
        width: channels along the line, after the height is gone.
        context: width of each depthwise kernel along the line, one block each.
        dropout: before the classifier.
    """

    height = 32
    stride = 4
    width_multiple = 8

    def __init__(
        self,
        classes: int,
        channels: Sequence[int] = (24, 48, 96, 160),
        blocks: Sequence[int] = (1, 2, 2, 1),
        width: int = 224,
        context: Sequence[int] = (9, 9),
        dropout: float = 0.1,
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
        self.context = nn.Sequential(*(LineContext(width, kernel) for kernel in context))
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Conv2d(width, classes, 1)

    def forward(self, lines: Tensor) -> Tensor:
        """Read lines.

        Args:
            lines: (N, 1, 32, W) grey, uint8 or float with values 0 … 255; W a multiple of 8; padded with 127.

        Returns:
            (N, W / 4, classes) logits, class 0 the blank.
        """
        # 127 becomes 0, so that padding looks like the padding of the convolutions.
        x = self.features((lines.float() - 127.0) / 64.0)
        x = self.classify(self.dropout(self.context(self.flatten(x))))
        logits: Tensor = x[:, :, 0].transpose(1, 2)
        return logits
