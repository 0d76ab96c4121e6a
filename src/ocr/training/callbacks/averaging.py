"""An average of the weights over the training that is of use from the first steps on."""

from __future__ import annotations

from itertools import chain
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor


class WarmAveraging(WeightAveraging):
    """Exponential moving average of weights and statistics whose decay grows from 0 to ``decay``.

    Update number n = 0, 1, … has the decay min(decay, (1 + n) / (10 + n)), and the first simply copies. A constant
    decay keeps the random weights of the start for some 1 / (1 − decay) steps, in which validation says nothing.

    Validation runs on the average, checkpoints hold it as their ``state_dict``, and it is the module's at the end.
    Checkpoints are those of Lightning's ``EMAWeightAveraging``, which are taken up as well. The updates are counted on
    the host, so that no step waits for the device.

    Args:
        decay: in the long run, in [0, 1).

    Raises:
        ValueError: a decay outside its range.
    """

    def __init__(self, decay: float) -> None:
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"the decay of the averaged weights is {decay}; expected 0 <= decay < 1")
        super().__init__(use_buffers=True)
        self.decay = decay
        self.updates = 0

    def decay_at(self, update: int) -> float:
        """The decay of update number ``update``, counted from 0."""
        return 0.0 if update == 0 else min(self.decay, (1 + update) / (10 + update))

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Update the average once an optimiser step."""
        if trainer.global_step > self._latest_update_step:
            self._update(pl_module)
            self._latest_update_step = trainer.global_step

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take up average and count of a checkpoint."""
        super().on_load_checkpoint(trainer, pl_module, checkpoint)
        if self._average_model is not None:
            self.updates = int(self._average_model.n_averaged)
            # A checkpoint of another averaging callback keeps this under another name.
            self._latest_update_step = int(checkpoint["global_step"])

    @torch.no_grad()
    def _update(self, pl_module: LightningModule) -> None:
        average = self._average_model
        assert average is not None
        weight = 1.0 - self.decay_at(self.updates)
        averaged: dict[tuple[torch.device, torch.dtype], tuple[list[Tensor], list[Tensor]]] = {}
        module = average.module
        for mean, now in zip(
            chain(module.parameters(), module.buffers()),
            chain(pl_module.parameters(), pl_module.buffers()),
            strict=True,
        ):
            if weight < 1.0 and mean.is_floating_point():
                means, values = averaged.setdefault((mean.device, mean.dtype), ([], []))
                means.append(mean)
                values.append(now.detach().to(mean.device, non_blocking=True))
            else:
                mean.copy_(now, non_blocking=True)
        for means, values in averaged.values():
            torch._foreach_lerp_(means, values, weight)
        average.n_averaged += 1
        self.updates += 1
