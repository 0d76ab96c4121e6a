"""CTC over many classes of which a batch has few: the alignment looks at those alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import ctc_loss


class _FewClasses(torch.autograd.Function):
    """The loss, with the gradient softmax − occupancy (Graves et al., 2006, equation 16) over all classes at once.

    PyTorch's own goes over all classes a dozen times, which for thousands of them takes longer than the network.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, classes: Tensor, steps: Tensor, lengths: Tensor) -> Tensor:
        """See `few_classes_ctc`."""
        kept, places = torch.unique(classes, return_inverse=True)
        kept = torch.cat([kept.new_zeros(1), kept])
        total = logits.float().logsumexp(-1)
        logp = (logits[:, :, kept].float() - total[:, :, None]).requires_grad_()
        with torch.enable_grad():
            losses = ctc_loss(
                logp.transpose(0, 1), places + 1, steps, lengths, reduction="none", zero_infinity=True
            )
            # PyTorch gives exp(logp) − occupancy: right after a softmax over all classes, which these are not.
            (given,) = torch.autograd.grad(losses.sum(), logp)
        inside = torch.arange(logits.shape[1])[None, :] < steps[:, None]
        counted = inside & (losses.detach() > 0)[:, None]
        occupancy = torch.where(counted[:, :, None], logp.detach().exp() - given, 0.0)
        ctx.save_for_backward(logits, total, kept, occupancy, counted)
        return losses.detach()

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        """The network's probabilities, less those that the transcript asks for."""
        logits, total, kept, occupancy, counted = ctx.saved_tensors
        gradient = (logits.float() - total[:, :, None]).exp_()
        gradient *= counted[:, :, None]
        gradient.index_add_(2, kept, occupancy, alpha=-1.0)
        gradient *= upstream[0][:, None, None]
        return gradient.to(logits.dtype), None, None, None


def few_classes_ctc(logits: Tensor, classes: Tensor, steps: Tensor, lengths: Tensor) -> Tensor:
    """Minus the log probability of each transcript; 0 without a gradient where its steps are too few.

    Args:
        logits: (N, T, K), on the CPU.
        classes: (sum of lengths,) int64, all transcripts one after the other.
        steps: (N,) int64, steps of each line.
        lengths: (N,) int64, characters of each.

    Returns:
        (N,) float32.
    """
    losses: Tensor = _FewClasses.apply(logits, classes, steps, lengths)
    return losses
