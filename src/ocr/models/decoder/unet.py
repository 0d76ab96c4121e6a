"""U-Net decoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ocr.models.layers import ConvBnAct


class UnetDecoder(nn.Module):
    """The expansive path of U-Net (Ronneberger et al., MICCAI 2015, section 2), as far as stride 4.

    Each step is a 2 × 2 up-convolution, the encoder's map of that size beside it, and two 3 × 3 convolutions. Channels
    halve from level to level as in the paper. Convolutions are padded and normalised, which the paper's are not: the
    map has to keep its size.

    Args:
        channels: channels of the encoder's maps, finest first.
        width: channels of the finest map; each coarser level has twice as many.
    """

    def __init__(self, channels: Sequence[int], width: int = 32) -> None:
        super().__init__()
        self.outputs = width
        widths = [width * 2**level for level in range(len(channels) - 1)]
        inputs = [*widths[1:], channels[-1]]
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(below, own, 2, 2) for below, own in zip(inputs, widths, strict=True)
        )
        self.convolve = nn.ModuleList(
            nn.Sequential(ConvBnAct(own + skip, own), ConvBnAct(own, own))
            for own, skip in zip(widths, channels, strict=False)
        )

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps (N, C, H / s, W / s), s = 4 … 32, to (N, outputs, H / 4, W / 4)."""
        x = maps[-1]
        for level in range(len(maps) - 2, -1, -1):
            x = self.convolve[level](torch.cat([self.up[level](x), maps[level]], 1))
        return x
