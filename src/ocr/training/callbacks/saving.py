"""Checkpoints between those of the epochs: in the first minute, every ten minutes, and when a signal ends the run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from ocr.training.interruption import Interruption, TrainingInterrupted

#: Seconds after which the first checkpoint is written, and seconds between those that follow.
FIRST, EVERY = 40.0, 600.0


class SavesBetweenEpochs(Callback):
    """Writes the last checkpoint amid an epoch, from which a run goes on with the very next batch.

    With several processes none is written: they would have to agree on the step, which costs a synchronisation each.

    Args:
        path: of the last checkpoint.
        interruption: what the signals of this process ask for.
        validated: whether a validation follows the epoch.
    """

    def __init__(self, path: Path, interruption: Interruption, validated: bool) -> None:
        self.path, self.interruption, self.validated = path, interruption, validated
        self._due = 0.0
        self._saved = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock, and look at signals from now on."""
        self._due = time.monotonic() + FIRST
        self._saved = self.path.exists()
        self.interruption.patient = trainer.world_size == 1

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Break off nothing that follows."""
        self.interruption.close()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Write one where it is time or a signal came, unless the epoch ends here and writes its own.

        Raises:
            TrainingInterrupted: a signal came.
        """
        loop: Any = cast(Any, trainer).fit_loop.epoch_loop
        # Of a step that adds up several batches the gradients are in no checkpoint.
        whole = not loop._should_accumulate()
        ends = bool(loop.batch_progress.is_last_batch)
        interrupted = self.interruption.number is not None
        # A validation can be long, and nothing is written amid it.
        last_chance = self.validated and not self._saved and batch_idx == trainer.num_training_batches - 2
        due = time.monotonic() >= self._due or last_chance
        if whole and not ends and trainer.world_size == 1 and (interrupted or due):
            self._save(trainer)
        if interrupted and whole and not ends:
            self._stop(trainer)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """
        Raises:
            TrainingInterrupted: a signal came; what was written last stays.
        """
        if self.interruption.number is not None:
            self._stop(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The epoch writes a checkpoint of its own."""
        self._saved, self._due = True, time.monotonic() + EVERY

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Write one where the run was broken off while it waited for data."""
        progress = cast(Any, trainer).fit_loop.epoch_loop.batch_progress
        between = (
            isinstance(exception, TrainingInterrupted)
            and trainer.training
            and trainer.world_size == 1
            and progress.current.ready == progress.current.completed > 0
            and not progress.is_last_batch
        )
        if between and self.interruption.number is not None and not self._stopped:
            self._save(trainer)

    _stopped = False

    def _stop(self, trainer: Trainer) -> None:
        self.interruption.close()
        self._stopped = True
        raise TrainingInterrupted(self.interruption.number or 0)

    def _save(self, trainer: Trainer) -> None:
        # A signal that comes now must not break this off.
        patient, self.interruption.patient = self.interruption.patient, True
        # The row of this step comes after the callbacks; a run that is killed in between would go on without it.
        done = cast(Any, trainer).fit_loop.epoch_loop.batch_progress.current
        if trainer.training and done.completed < done.processed:
            cast(Any, trainer)._logger_connector.update_train_step_metrics()
        trainer.save_checkpoint(self.path)
        self.interruption.patient = patient
        self._saved, self._due = True, time.monotonic() + EVERY
