"""Differentiable binarization head (Liao et al., AAAI 2020)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ocr.models.layers import ConvBnAct


class DbOutput(NamedTuple):
    """What the head gives while training, each (N, 1, H, W).

    Attributes:
        logits: probability map before its sigmoid.
        threshold: threshold map in [0, 1].
        binary: approximate binary map in [0, 1].
    """

    logits: Tensor
    threshold: Tensor
    binary: Tensor


def approximate_binary(probability: Tensor, threshold: Tensor, k: float) -> Tensor:
    """B = sigmoid(k (P − T)) with P and T clamped to [0, 1] (equation 2 of the paper).

    Written with the sigmoid and in float32: the paper's 1 / (1 + exp(−k (P − T))) overflows in half precision.
    """
    p = probability.float().clamp(0.0, 1.0)
    t = threshold.float().clamp(0.0, 1.0)
    return torch.sigmoid(k * (p - t))


class DbHead(nn.Module):
    """Probability and threshold branches, each up from stride 4 to the size of the picture.

    Args:
        inputs: channels of the decoder's map.
        width: channels inside each branch; ``None`` takes a quarter of the inputs.
        k: steepness of the approximate binary map; 50 in the paper.
    """

    kind = "db"

    def __init__(self, inputs: int, width: int | None = None, k: float = 50.0) -> None:
        super().__init__()
        self.k = k
        width = width or inputs // 4
        self.probability = self._branch(inputs, width)
        self.threshold = self._branch(inputs, width)
        # Text covers about a tenth of a page: start there, so that the first steps do not unlearn a half.
        nn.init.constant_(self.probability[-1].bias, -2.0)  # type: ignore[arg-type]

    @staticmethod
    def _branch(inputs: int, width: int) -> nn.Sequential:
        return nn.Sequential(
            ConvBnAct(inputs, width),
            nn.ConvTranspose2d(width, width, 2, 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(width, 1, 2, 2),
        )

    def forward(self, x: Tensor) -> DbOutput | Tensor:
        """(N, inputs, H / 4, W / 4) to a `DbOutput` while training, else to the probability map (N, 1, H, W)."""
        logits = self.probability(x)
        if not self.training:
            return torch.sigmoid(logits.float())
        threshold = torch.sigmoid(self.threshold(x).float())
        return DbOutput(
            logits, threshold, approximate_binary(torch.sigmoid(logits.float()), threshold, self.k)
        )
