"""Adaptive scale fusion, the decoder of DBNet++."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ocr.models.decoder.fpn import FpnDecoder


class AsfDecoder(FpnDecoder):
    """Feature pyramid whose levels are weighted pixel by pixel before they are joined (Liao et al., TPAMI 2023).

    A 3 × 3 convolution of all levels, S, gives by spatial attention one weight in [0, 1] a level and pixel; the levels
    are multiplied by their weights and joined (section 3.3, equations 1 to 3).

    Args:
        channels: channels of the encoder's maps, finest first.
        width: channels of the pyramid, a multiple of 4.
    """

    def __init__(self, channels: Sequence[int], width: int = 48) -> None:
        super().__init__(channels, width)
        inside = width // 4
        self.summary = nn.Conv2d(self.outputs, inside, 3, padding=1)
        self.spatial = nn.Sequential(
            nn.Conv2d(1, 1, 3, padding=1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(1, 1, 1, bias=False),
            nn.Sigmoid(),
        )
        self.weigh = nn.Sequential(nn.Conv2d(inside, len(channels), 1, bias=False), nn.Sigmoid())
        for module in (self.spatial[0], self.spatial[2]):
            # A single channel: drawn at random it could start where its ReLU gives no gradient anywhere.
            nn.init.constant_(module.weight, 1.0 / module.weight[0].numel())  # type: ignore[arg-type, index]

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps (N, C, H / s, W / s), s = 4 … 32, to (N, outputs, H / 4, W / 4)."""
        levels = self.levels(maps)
        summary = self.summary(torch.cat(levels, 1))
        weights = self.weigh(self.spatial(summary.mean(1, keepdim=True)) + summary)
        return torch.cat([weights[:, i : i + 1] * level for i, level in enumerate(levels)], 1)
