"""Sums over the processes of a distributed training, so that its loss is that of one process with all their batches."""

from __future__ import annotations

import torch.distributed
from torch import Tensor


def summed(values: Tensor) -> Tensor:
    """The sum over all processes, with its gradient; the values themselves where there is one process.

    A loss that is a ratio of sums over the batch is not the mean of the processes' ratios. Made of summed sums it is
    the same on every process, and the mean of the processes' gradients is the gradient for all batches together.

    Args:
        values: of the same shape on every process; every process has to come here.
    """
    several = torch.distributed.is_available() and torch.distributed.is_initialized()
    if not several or torch.distributed.get_world_size() == 1:
        return values
    from torch.distributed.nn.functional import all_reduce

    total: Tensor = all_reduce(values)  # type: ignore[no-untyped-call]
    return total
