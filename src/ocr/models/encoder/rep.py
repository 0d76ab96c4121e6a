"""A small encoder whose branches become one convolution at export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ocr.models.encoder.staged import StagedEncoder


class RepConv(nn.Module):
    """Parallel convolutions of several sizes, each normalised, added (RepVGG: Ding et al., CVPR 2021, section 3.3).

    `reparameterised` gives the one convolution that computes the same in evaluation mode: many paths to learn by, one
    to run.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernels: odd (height, width) of each convolution; the first covers all others.
        stride: in both directions.
        groups: 1 for plain convolutions, ``inputs`` for depthwise ones.
        identity: whether the input itself is added too, normalised; needs equal channels and stride 1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernels: Sequence[tuple[int, int]] = ((3, 3), (1, 1)),
        stride: int = 1,
        groups: int = 1,
        identity: bool = False,
    ) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, k, stride, (k[0] // 2, k[1] // 2), groups=groups, bias=False)
            for k in kernels
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs) for _ in kernels)
        self.identity = nn.BatchNorm2d(outputs) if identity else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        total: Tensor = sum(
            norm(convolution(x)) for convolution, norm in zip(self.convolutions, self.norms, strict=True)
        )
        return total if self.identity is None else total + self.identity(x)

    def reparameterised(self) -> nn.Conv2d:
        """The one convolution that computes the same in evaluation mode."""
        whole, *parts = (
            fuse_conv_bn_eval(cast(nn.Conv2d, convolution), cast(nn.BatchNorm2d, norm))
            for convolution, norm in zip(self.convolutions, self.norms, strict=True)
        )
        height, width = whole.kernel_size
        assert whole.bias is not None
        with torch.no_grad():
            for part in parts:
                h, w = (height - part.kernel_size[0]) // 2, (width - part.kernel_size[1]) // 2
                assert part.bias is not None
                whole.weight += pad(part.weight, (w, w, h, h))
                whole.bias += part.bias
            if self.identity is not None:
                norm = self.identity
                mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
                scale = norm.weight / torch.sqrt(variance + norm.eps)
                channel = torch.arange(whole.out_channels)
                within = channel % (whole.in_channels // whole.groups)
                whole.weight[channel, within, height // 2, width // 2] += scale
                whole.bias += norm.bias - mean * scale
        return whole


class RepBlock(nn.Sequential):
    """A plain `RepConv` with ReLU and no shortcut beside it."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        same = inputs == outputs and stride == 1
        super().__init__(RepConv(inputs, outputs, stride=stride, identity=same), nn.ReLU(inplace=True))


class LineMixer(nn.Module):
    """A block in the form of a MetaFormer (Yu et al., CVPR 2022): a mixer of places, then one of channels.

    The mixer of places is a depthwise convolution much wider than high, as lines are, with a small one beside it that
    training needs to see detail (Ding et al., CVPR 2022, section 3.3); at export both are one.

    Args:
        channels: in and out.
        kernel: odd (height, width) of the large convolution.
        expansion: of the channels inside the mixer of channels.
    """

    def __init__(self, channels: int, kernel: tuple[int, int] = (3, 11), expansion: int = 2) -> None:
        super().__init__()
        self.places = RepConv(channels, channels, (kernel, (3, 3)), groups=channels, identity=True)
        self.channels = nn.Sequential(
            nn.Conv2d(channels, expansion * channels, 1, bias=False),
            nn.BatchNorm2d(expansion * channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(expansion * channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        x = self.places(x)
        mixed: Tensor = x + self.channels(x)
        return mixed


class RepEncoder(StagedEncoder):
    """Re-parameterised plain convolutions at strides 4 and 8, mixers that look along the line at 16 and 32.

    Plain 3 × 3 convolutions where maps are large, for there a CPU does the most with them; wide depthwise kernels where
    maps are small and a line is long.

    Args:
        stem: channels at stride 2.
        channels: channels of the four maps.
        blocks: blocks of the four stages beside the one that comes down to it.
        kernel: odd (height, width) of the mixers' large convolution.
    """

    def __init__(
        self,
        stem: int = 16,
        channels: Sequence[int] = (24, 48, 96, 160),
        blocks: Sequence[int] = (1, 2, 3, 2),
        kernel: Sequence[int] = (3, 11),
    ) -> None:
        size = (int(kernel[0]), int(kernel[1]))
        first = RepBlock(1, stem, 2)
        stages = []
        inputs = stem
        for level, (outputs, count) in enumerate(zip(channels, blocks, strict=True)):
            layers: list[nn.Module] = [RepBlock(inputs, outputs, 2)]
            layers += [
                RepBlock(outputs, outputs) if level < 2 else LineMixer(outputs, size) for _ in range(count)
            ]
            stages.append(layers)
            inputs = outputs
        super().__init__(channels, first, stages)
