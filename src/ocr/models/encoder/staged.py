"""What encoders built of stages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor, nn


class StagedEncoder(nn.Module):
    """A stem and four stages, each of which gives a map.

    Args:
        channels: channels of the four maps.
        stem: what comes before the first stage.
        stages: of each its layers; the maps after them have strides 4, 8, 16 and 32.
    """

    def __init__(
        self, channels: Sequence[int], stem: nn.Module, stages: Iterable[Sequence[nn.Module]]
    ) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.stem = stem
        self.stages = nn.ModuleList(nn.Sequential(*layers) for layers in stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        """(N, 1, H, W), H and W multiples of 32, to maps (N, C, H / s, W / s) for s = 4, 8, 16, 32."""
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps
