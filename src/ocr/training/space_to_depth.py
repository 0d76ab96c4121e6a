"""The last layers of a detector computed at an eighth of the picture's size instead of a quarter; the same function.

A feature pyramid decoder and a DB head spend most of their time on maps of a quarter of the picture's size with a dozen
channels. Processors multiply matrices by blocks of 16 and more channels, so much of that is wasted, above all in
integers. Here the four pixels of each 2 × 2 square of such a map, its phases, are channels of one pixel of a map half
as large, the arrangement of sub-pixel convolution (Shi et al., CVPR 2016), and the kernels are rewritten to match.
Enlarging by nearest neighbours in front of a convolution goes away: it becomes part of the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle

from ocr.models.decoder import FpnDecoder
from ocr.models.detector import DetectionNetwork
from ocr.models.head import DbHead


class SpaceToDepthDetector(nn.Module):
    """A detector with a `FpnDecoder` and a `DbHead`, for inference.

    Args:
        network: in evaluation mode, its batch normalisation folded into the convolutions.
    """

    def __init__(self, network: DetectionNetwork) -> None:
        super().__init__()
        decoder, head = cast(FpnDecoder, network.decoder), cast(DbHead, network.head)
        self.encoder = network.encoder
        self.lateral = decoder.lateral[1:]
        self.smooth = decoder.smooth[1:]
        layers = [m for m in head.probability.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
        finest = cast(nn.Conv2d, decoder.lateral[0]), cast(nn.Conv2d, decoder.smooth[0])
        self.fine, self.coarse = _finest_level(*finest)
        # Its zeros around the picture were put around the sum with this bias, so it cannot be moved further.
        self.register_buffer("offset", _parameter(finest[0].bias).reshape(1, -1, 1, 1))
        self.join = _join(layers[0], finest[1].out_channels)
        self.enlarge = _enlarge(layers[1])
        self.logits = _logits(layers[2])

    @classmethod
    def of(cls, network: nn.Module) -> nn.Module:
        """The network rewritten where it is of this kind, else as it is."""
        fits = (
            isinstance(network, DetectionNetwork)
            and type(network.decoder) is FpnDecoder
            and type(network.head) is DbHead
        )
        return cls(cast(DetectionNetwork, network)).eval() if fits else network

    def forward(self, image: Tensor) -> Tensor:
        """(N, 1, H, W) grey, uint8 or float 0 … 255, sides multiples of 32, to probabilities (N, 1, H, W)."""
        quarter, *maps = self.encoder((image.float() - 127.5) / 63.75)
        levels = [lateral(m) for lateral, m in zip(self.lateral, maps, strict=True)]
        for k in (1, 0):
            levels[k] = levels[k] + interpolate(levels[k + 1], scale_factor=2.0)
        eighth = [smooth(m) for smooth, m in zip(self.smooth, levels, strict=True)]
        eighth = [m if k == 0 else interpolate(m, scale_factor=float(2**k)) for k, m in enumerate(eighth)]
        finest = self.fine(quarter) + self.coarse(levels[0] + self.offset)
        x = torch.relu(self.join(torch.cat([finest, *eighth], 1)))
        x = torch.relu(self.enlarge(x))
        return pixel_shuffle(torch.sigmoid(self.logits(x)), 8)


def _phases() -> Iterator[tuple[int, int, int]]:
    """Number, row and column of the pixels of a 2 × 2 square."""
    for row in (0, 1):
        for column in (0, 1):
            yield 2 * row + column, row, column


def _taps() -> Iterator[tuple[int, int]]:
    """Row and column of the elements of a 3 × 3 kernel, from its centre."""
    for row in (-1, 0, 1):
        for column in (-1, 0, 1):
            yield row, column


def _finest_level(lateral: nn.Conv2d, smooth: nn.Conv2d) -> tuple[nn.Conv2d, nn.Conv2d]:
    """smooth(lateral(a) + enlarged(b)) as a convolution of a, with the lateral one inside it, and one of b."""
    outputs, inside = smooth.weight.shape[:2]
    fine = nn.Conv2d(lateral.in_channels, 4 * outputs, 4, 2, 1, bias=False)
    coarse = nn.Conv2d(inside, 4 * outputs, 3, 1, 1)
    with torch.no_grad():
        fine.weight.zero_()
        coarse.weight.zero_()
        coarse.bias.copy_(_parameter(smooth.bias).repeat(4))  # type: ignore[union-attr]
        for phase, row, column in _phases():
            own = slice(phase * outputs, (phase + 1) * outputs)
            for dy, dx in _taps():
                tap = smooth.weight[:, :, dy + 1, dx + 1]
                fine.weight[own, :, row + dy + 1, column + dx + 1] += tap @ lateral.weight[:, :, 0, 0]
                coarse.weight[own, :, (row + dy) // 2 + 1, (column + dx) // 2 + 1] += tap
    return fine, coarse


def _join(layer: nn.Module, phased: int) -> nn.Conv2d:
    """The head's 3 × 3 convolution of maps of which the first ``phased`` channels come in phases."""
    weight = _parameter(layer.weight)
    outputs, inputs = weight.shape[:2]
    joined = nn.Conv2d(4 * phased + inputs - phased, 4 * outputs, 3, 1, 1)
    with torch.no_grad():
        joined.weight.zero_()
        joined.bias.copy_(_parameter(layer.bias).repeat(4))  # type: ignore[union-attr]
        for phase, row, column in _phases():
            own = joined.weight[phase * outputs : (phase + 1) * outputs]
            for dy, dx in _taps():
                y, x = row + dy, column + dx
                at = own[:, :, y // 2 + 1, x // 2 + 1]
                source = 2 * (y % 2) + x % 2
                at[:, source * phased : (source + 1) * phased] += weight[:, :phased, dy + 1, dx + 1]
                at[:, 4 * phased :] += weight[:, phased:, dy + 1, dx + 1]
    return joined


def _enlarge(layer: nn.Module) -> nn.Conv2d:
    """The first up-convolution: of each phase its own four."""
    weight = _parameter(layer.weight)
    inputs, outputs = weight.shape[:2]
    enlarged = nn.Conv2d(4 * inputs, 16 * outputs, 1)
    with torch.no_grad():
        enlarged.weight.zero_()
        enlarged.bias.copy_(_parameter(layer.bias).repeat(16))  # type: ignore[union-attr]
        for phase, _, _ in _phases():
            for inner, row, column in _phases():
                start = (4 * phase + inner) * outputs
                block = enlarged.weight[start : start + outputs, phase * inputs : (phase + 1) * inputs, 0, 0]
                block.copy_(weight[:, :, row, column].T)
    return enlarged


def _logits(layer: nn.Module) -> nn.Conv2d:
    """The second up-convolution, its 8 × 8 results in the order that `pixel_shuffle` takes."""
    weight = _parameter(layer.weight)
    inputs = weight.shape[0]
    logits = nn.Conv2d(16 * inputs, 64, 1)
    with torch.no_grad():
        logits.weight.zero_()
        logits.bias.copy_(_parameter(layer.bias).repeat(64))  # type: ignore[union-attr]
        for phase, y4, x4 in _phases():
            for inner, y2, x2 in _phases():
                start = (4 * phase + inner) * inputs
                for _, y1, x1 in _phases():
                    pixel = 8 * (4 * y4 + 2 * y2 + y1) + 4 * x4 + 2 * x2 + x1
                    logits.weight[pixel, start : start + inputs, 0, 0] = weight[:, 0, y1, x1]
    return logits


def _parameter(value: object) -> Tensor:
    assert isinstance(value, Tensor)
    return value.detach()
