"""How fast a training runs, and how much of that time it waits for its data."""

from __future__ import annotations

import time
from typing import Any, cast

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback


class Throughput(Callback):
    """Logs ``throughput/images_per_second`` and ``throughput/waiting_share`` at the log points.

    Both cover the time since the log point before, without validation and what else happens between epochs. Images are
    those of all processes. Clocks of the host alone are read: no step waits for the device.

    Attributes:
        images_per_second: at the last log point; ``None`` before the first.
        measured_at: the step of the last log point.
        waiting_share: of the time, in [0, 1]; of a `TimedLoader` alone, ``None`` with any other.
    """

    def __init__(self) -> None:
        self.images_per_second: float | None = None
        self.waiting_share: float | None = None
        self.measured_at = 0
        self._images = 0
        self._seconds = self._waited = 0.0
        self._since: float | None = None
        self._waited_before = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start at the step of a resumed run."""
        self.measured_at = trainer.global_step

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Let the clock go on."""
        self._resume(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the clock between epochs."""
        self._pause(trainer)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the clock while validation runs."""
        self._pause(trainer)

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Let the clock go on after a validation amid an epoch."""
        if self._since is None:
            self._resume(trainer)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count a batch, and log at the log points."""
        self._images += len(batch.image) * trainer.world_size
        # Several batches can make one step.
        every: int = cast(Any, trainer).log_every_n_steps
        due = every and trainer.global_step % every == 0
        if not due or trainer.global_step == self.measured_at:
            return
        self.measured_at = trainer.global_step
        self._pause(trainer)
        self._resume(trainer)
        if self._seconds <= 0:
            return
        self.images_per_second = self._images / self._seconds
        pl_module.log("throughput/images_per_second", self.images_per_second)
        if hasattr(trainer.train_dataloader, "waited"):
            self.waiting_share = min(1.0, self._waited / self._seconds)
            pl_module.log("throughput/waiting_share", self.waiting_share)
        self._images, self._seconds, self._waited = 0, 0.0, 0.0

    def _resume(self, trainer: Trainer) -> None:
        self._since = time.perf_counter()
        self._waited_before = getattr(trainer.train_dataloader, "waited", 0.0)

    def _pause(self, trainer: Trainer) -> None:
        if self._since is not None:
            self._seconds += time.perf_counter() - self._since
            self._waited += getattr(trainer.train_dataloader, "waited", 0.0) - self._waited_before
            self._since = None
