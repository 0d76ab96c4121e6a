"""Feature pyramid decoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate


class FpnDecoder(nn.Module):
    """Feature pyramid as DBNet uses it (Lin et al., 2017; Liao et al., 2020, section 3.1).

    Lateral 1 × 1 convolutions, a top-down path, a 3 × 3 convolution to a quarter of the width on each level, and all
    levels joined at stride 4.

    Args:
        channels: channels of the encoder's maps, finest first.
        width: channels of the pyramid, a multiple of 4.
    """

    def __init__(self, channels: Sequence[int], width: int = 48) -> None:
        super().__init__()
        if width % 4:
            raise ValueError(f"width is {width}; expected a multiple of 4")
        self.outputs = width // 4 * len(channels)
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.smooth = nn.ModuleList(nn.Conv2d(width, width // 4, 3, padding=1) for _ in channels)

    def levels(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps (N, C, H / s, W / s), s = 4 … 32, to the pyramid's levels, each (N, width / 4, H / 4, W / 4)."""
        pyramid = [lateral(m) for lateral, m in zip(self.lateral, maps, strict=True)]
        for level in range(len(pyramid) - 2, -1, -1):
            pyramid[level] = pyramid[level] + interpolate(pyramid[level + 1], scale_factor=2.0)
        smooth = [smooth(m) for smooth, m in zip(self.smooth, pyramid, strict=True)]
        return [
            m if level == 0 else interpolate(m, scale_factor=float(2**level))
            for level, m in enumerate(smooth)
        ]

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps (N, C, H / s, W / s), s = 4 … 32, to (N, outputs, H / 4, W / 4)."""
        return torch.cat(self.levels(maps), 1)
