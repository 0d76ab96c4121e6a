"""Hard negatives found on the device."""

from __future__ import annotations

import torch
from torch import Tensor

from ocr.models.loss.processes import summed

_BINS = 256


@torch.no_grad()
def hard_negatives(difficulty: Tensor, positive: Tensor, negative: Tensor, ratio: float) -> Tensor:
    """Choose the most difficult negatives, ``ratio`` of them to one positive, over the batches of all processes.

    They are found by a histogram of the difficulty: linear in the pixels and without a synchronisation between host
    and device, where a sort or a top-k would need the count on the host.

    Args:
        difficulty: float32 in [0, 1], of any shape.
        positive: of that shape, what a pixel counts as a positive, 0 on all others.
        negative: of that shape, what a negative counts that may be chosen, 0 on all others.
        ratio: negatives to one positive.

    Returns:
        Of that shape, what the chosen count, else 0: as many as wanted, and those that share the last one's 256th.
    """
    bins = (difficulty * (_BINS - 1)).long().clamp_(0, _BINS - 1)
    # A histogram for each row and then their sum: all pixels adding to 256 numbers wait for each other on a GPU.
    by_row = bins.reshape(-1, bins.shape[-1]) if bins.ndim else bins.reshape(1, 1)
    histograms = torch.zeros(by_row.shape[0], _BINS, dtype=torch.float32, device=difficulty.device)
    histograms.scatter_add_(1, by_row, negative.reshape(by_row.shape))
    totals = summed(torch.cat([histograms.sum(0), positive.sum()[None]]))
    histogram, count = totals[:-1], totals[-1]
    # A page without text still teaches: a hundredth of its pixels count as wanted.
    wanted = torch.maximum(count * ratio, histogram.sum() * 0.01)
    at_least = histogram.flip(0).cumsum(0).flip(0)
    # The highest bin that with all above it holds as many as wanted.
    edge = (at_least >= wanted).sum() - 1
    return negative * (bins >= edge)
