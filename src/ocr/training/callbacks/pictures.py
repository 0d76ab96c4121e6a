"""The worst pictures of each validation, with truth and prediction drawn."""

from __future__ import annotations

import heapq
from pathlib import Path
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from ocr.training import loggers
from ocr.training.judged import Judged


class WorstPictures(Callback):
    """Keeps the worst pictures of a validation and gives them to the logger, worst first.

    Works with modules that tell `Judged` pictures to each function of their list ``listeners``.

    Args:
        count: pictures kept of each validation.
        folder: of the run, for loggers that hold no pictures.
    """

    def __init__(self, count: int, folder: Path) -> None:
        self.count, self.folder = count, folder
        self._worst: list[tuple[float, int, Judged]] = []
        self._seen = 0

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Listen to the module; one process alone keeps pictures."""
        listeners: list[Any] = pl_module.listeners  # type: ignore[assignment]
        if trainer.is_global_zero and self.hear not in listeners:
            listeners.append(self.hear)

    def hear(self, judged: Judged) -> None:
        """Keep a picture that is worse than the best of those kept."""
        self._seen += 1
        # The heap's first is the best of the kept ones; of equals the earlier stays.
        entry = (-judged.score, -self._seen, judged)
        if len(self._worst) < self.count:
            heapq.heappush(self._worst, entry)
        else:
            heapq.heappushpop(self._worst, entry)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw them and pass them on."""
        kept = [judged for _, _, judged in sorted(self._worst, key=lambda entry: entry[:2], reverse=True)]
        self._worst, self._seen = [], 0
        if not kept or trainer.sanity_checking:
            return
        pictures = [(f"{judged.name} {judged.score:.3f}", judged.draw()) for judged in kept]
        loggers.log_pictures(trainer.logger, self.folder, "worst", pictures, trainer.global_step)
