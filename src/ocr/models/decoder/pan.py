"""Decoder of the Pixel Aggregation Network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ocr.models.layers import ConvBnAct


class PanDecoder(nn.Module):
    """Cascaded feature pyramid enhancement and feature fusion (Wang et al., ICCV 2019, sections 3.2 and 3.3).

    The encoder's maps are taken to one width. Each enhancement module passes over the pyramid from coarse to fine and
    back with separable convolutions; the results of all modules are added level by level, and the levels are joined
    at stride 4.

    Args:
        channels: channels of the encoder's maps, finest first.
        width: channels of each level; 128 in the paper.
        modules: enhancement modules in the cascade; 2 in the paper.

    Raises:
        ValueError: fewer than one module.
    """

    def __init__(self, channels: Sequence[int], width: int = 32, modules: int = 2) -> None:
        super().__init__()
        if modules < 1:
            raise ValueError(f"modules is {modules}; expected at least 1")
        self.outputs = width * len(channels)
        self.reduce = nn.ModuleList(ConvBnAct(c, width, 1) for c in channels)
        self.enhance = nn.ModuleList(PyramidEnhancement(width, len(channels)) for _ in range(modules))

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps (N, C, H / s, W / s), s = 4 … 32, to (N, outputs, H / 4, W / 4)."""
        pyramid = [reduce(m) for reduce, m in zip(self.reduce, maps, strict=True)]
        fused: list[Tensor] | None = None
        for enhance in self.enhance:
            pyramid = enhance(pyramid)
            fused = pyramid if fused is None else [a + b for a, b in zip(fused, pyramid, strict=True)]
        assert fused is not None
        return torch.cat([m if level == 0 else _up(m, 2**level) for level, m in enumerate(fused)], 1)


class PyramidEnhancement(nn.Module):
    """One enhancement module: up-scale enhancement from coarse to fine, then down-scale enhancement back (figure 4).

    Args:
        width: channels of each level.
        levels: of the pyramid.
    """

    def __init__(self, width: int, levels: int) -> None:
        super().__init__()
        self.finer = nn.ModuleList(_separable(width, 1) for _ in range(levels - 1))
        self.coarser = nn.ModuleList(_separable(width, 2) for _ in range(levels - 1))

    def forward(self, pyramid: Sequence[Tensor]) -> list[Tensor]:
        """Maps (N, width, H / s, W / s), finest first, to maps of the same shapes."""
        maps = list(pyramid)
        for level in range(len(maps) - 2, -1, -1):
            maps[level] = self.finer[level](_up(maps[level + 1], 2) + maps[level])
        for level in range(1, len(maps)):
            # The paper adds at the finer size and comes down by the stride of the depthwise convolution.
            maps[level] = self.coarser[level - 1](_up(maps[level], 2) + maps[level - 1])
        return maps


def _separable(width: int, stride: int) -> nn.Sequential:
    """A depthwise 3 × 3 convolution and a pointwise one with normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(width, width, 3, stride, 1, groups=width, bias=False), *ConvBnAct(width, width, 1)
    )


def _up(x: Tensor, factor: int) -> Tensor:
    return interpolate(x, scale_factor=float(factor), mode="bilinear", align_corners=False)
