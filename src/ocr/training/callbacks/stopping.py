"""Ending a training that no longer gets better."""

from __future__ import annotations

from lightning import LightningModule, Trainer
from lightning.pytorch import callbacks


class EarlyStopping(callbacks.EarlyStopping):
    """Lightning's early stopping, which a run that is started again does not forget.

    Lightning counts on from the checkpoint but looks at the count after the next validation alone, so that a finished
    run would be trained for another epoch each time its command is given.
    """

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop before the first step where the run had been stopped already."""
        if self.wait_count >= self.patience:
            trainer.should_stop = True
