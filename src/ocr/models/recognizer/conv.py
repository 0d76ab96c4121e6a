"""A convolutional recogniser for CTC."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ocr.models.recognizer.line_encoder import LineEncoder
from ocr.recognition.decode import Decoding


class ConvRecognizer(LineEncoder):
    """A `LineEncoder` and a classifier of each of its steps.

    A step is 4 px wide, which leaves one for the blank between the narrowest letters.

    Args:
        classes: characters and the blank.
        channels: of the four stages.
        blocks: residual blocks of the four stages.
        width: channels along the line, after the height is gone.
        context: width of each depthwise kernel along the line, one block each.
        deeper: the same of blocks behind these, which begin as nothing; see `LineEncoder`.
        dropout: before the classifier.
    """

    decoding = Decoding("ctc")

    def __init__(
        self,
        classes: int,
        channels: Sequence[int] = (24, 48, 96, 160),
        blocks: Sequence[int] = (1, 2, 2, 1),
        width: int = 224,
        context: Sequence[int] = (9, 9),
        deeper: Sequence[int] = (),
        dropout: float = 0.1,
    ) -> None:
        super().__init__(channels, blocks, width, context, deeper)
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Conv2d(width, classes, 1)

    def forward(self, lines: Tensor) -> Tensor:
        """Read lines.

        Args:
            lines: (N, 1, 32, W) grey, uint8 or float with values 0 … 255; W a multiple of 8; padded with 127.

        Returns:
            (N, W / 4, classes) logits, class 0 the blank.
        """
        x = self.classify(self.dropout(self.encode(lines)))
        logits: Tensor = x[:, :, 0].transpose(1, 2)
        return logits
