"""Results on their way from the device to the host."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


class HostCopy:
    """A copy of tensors to the host that nobody waits for until it is read.

    Started behind the work that makes the tensors, into page-locked memory, it lets the host queue the next batch
    meanwhile.

    Args:
        tensors: on any one device.
    """

    def __init__(self, *tensors: Tensor) -> None:
        self._copies = [tensor.detach().to("cpu", non_blocking=True) for tensor in tensors]
        self._done = torch.cuda.Event() if tensors[0].is_cuda else None  # type: ignore[no-untyped-call]
        if self._done is not None:
            self._done.record()

    def arrays(self) -> list[np.ndarray]:
        """The copies, once they are complete; waits for no work that was queued after them."""
        if self._done is not None:
            self._done.synchronize()
        return [copy.numpy() for copy in self._copies]
