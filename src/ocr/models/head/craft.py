"""Region and affinity head of CRAFT (Baek et al., CVPR 2019)."""

from __future__ import annotations

from torch import Tensor, nn

from ocr.models.layers import ConvBnAct


class CraftHead(nn.Module):
    """Convolutions to a region and an affinity score at half the size of the picture (figure 2).

    The paper's decoder ends at stride 2, the decoders here at stride 4: an up-convolution comes first.

    Args:
        inputs: channels of the decoder's map.
        width: channels inside; ``None`` takes half of the inputs.
    """

    kind = "craft"

    def __init__(self, inputs: int, width: int | None = None) -> None:
        super().__init__()
        width = width or max(8, inputs // 2)
        self.scores = nn.Sequential(
            ConvBnAct(inputs, width),
            nn.ConvTranspose2d(width, width, 2, 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            ConvBnAct(width, width // 2),
            nn.Conv2d(width // 2, 2, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H / 4, W / 4) to (N, 2, H / 2, W / 2): region and affinity score.

        While training they are free, as the squared error wants them; else they are clamped to [0, 1].
        """
        scores: Tensor = self.scores(x)
        return scores if self.training else scores.float().clamp(0.0, 1.0)
