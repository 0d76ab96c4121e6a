"""Scoring characters without their case."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import log_softmax


def log_probabilities(logits: Tensor, folded: Tensor, folding: Tensor) -> Tensor:
    """Logarithms of the classes' probabilities, those of a letter's two cases added where lines are folded.

    Some datasets write everything in upper case. For such lines the network learns the letters and not their case.

    Args:
        logits: (..., K), of any size: they are clamped.
        folded: bool, of a shape that broadcasts with (..., K): whether the transcript is in upper case whatever the
            print.
        folding: (K,) int64, for each class that of its upper-case character.

    Returns:
        (..., K) float32, finite.
    """
    # 50 leaves e^-100 between two classes: more only risks overflow.
    logp = log_softmax(logits.float().clamp(-50.0, 50.0), dim=-1)
    if folded.device.type == "cpu" and not folded.numpy().any():
        # Most of the loss's time where classes are many; on a device the question would wait for all that is queued.
        return logp
    # Summed in the probabilities: at least one of the two cases is far from zero wherever it matters.
    probability = torch.zeros_like(logp).index_add(logp.ndim - 1, folding, logp.exp())
    return torch.where(folded, probability.clamp(min=1e-20).log(), logp)
