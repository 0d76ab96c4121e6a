"""The convolution blocks that encoders, decoders and recognisers share."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn


class ConvBnAct(nn.Sequential):
    """Convolution, batch normalisation and ReLU, padded so that stride 1 keeps the size.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: odd kernel size, one number or (height, width).
        stride: one number or (vertical, horizontal).
        groups: 1 for a plain convolution, ``inputs`` for a depthwise one.
        act: whether a ReLU follows.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
        groups: int = 1,
        act: bool = True,
    ) -> None:
        size = (kernel, kernel) if isinstance(kernel, int) else kernel
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, size, stride, (size[0] // 2, size[1] // 2), groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        if act:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class Residual(nn.Module):
    """Two plain 3 × 3 convolutions with a shortcut (He et al., 2016, figure 2).

    Plain convolutions, not depthwise ones: on a CPU they do several times the work in the same time.
    """

    def __init__(self, inputs: int, outputs: int, stride: int | tuple[int, int] = 1) -> None:
        super().__init__()
        self.first = ConvBnAct(inputs, outputs, 3, stride)
        self.second = ConvBnAct(outputs, outputs, 3, act=False)
        same = inputs == outputs and stride in (1, (1, 1))
        self.shortcut = nn.Identity() if same else ConvBnAct(inputs, outputs, 1, stride, act=False)

    @classmethod
    def silent(cls, channels: int) -> Residual:
        """A block that begins as nothing: its last normalisation by zero (Goyal et al., 2017, section 5.1)."""
        block = cls(channels, channels)
        nn.init.zeros_(block._last_scale)
        return block

    @property
    def is_silent(self) -> bool:
        """Whether it gives what it is given, as long as that is nowhere below 0."""
        return isinstance(self.shortcut, nn.Identity) and not bool(self._last_scale.any())

    @property
    def _last_scale(self) -> Tensor:
        return cast(Tensor, self.second[1].weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H / stride, W / stride)."""
        return torch.relu(self.second(self.first(x)) + self.shortcut(x))


class LineContext(nn.Module):
    """A residual depthwise 1 × k convolution followed by a pointwise one: looks far along the line at little cost."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.along = ConvBnAct(channels, channels, (1, kernel), groups=channels)
        self.mix = ConvBnAct(channels, channels, 1, act=False)

    @classmethod
    def silent(cls, channels: int, kernel: int) -> LineContext:
        """A block that begins as nothing, as `Residual.silent`."""
        block = cls(channels, kernel)
        nn.init.zeros_(block._last_scale)
        return block

    @property
    def is_silent(self) -> bool:
        """Whether it gives what it is given, as long as that is nowhere below 0."""
        return not bool(self._last_scale.any())

    @property
    def _last_scale(self) -> Tensor:
        return cast(Tensor, self.mix[1].weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        return torch.relu(x + self.mix(self.along(x)))
