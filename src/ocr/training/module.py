"""What the Lightning modules of both tasks share: optimiser, schedule and the guard against non-finite gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, cast

import lightning
import torch
from torch import Tensor, nn

from ocr.errors import BadConfiguration, OcrError
from ocr.training.configuration import failed
from ocr.training.judged import Judged
from ocr.training.resume import settle
from ocr.training.skipped import SkippedSteps
from ocr.training.unreadable import Told


class TrainingDiverged(OcrError):
    """Too many steps in a row had a loss or gradient that was not finite."""

    code = "training_diverged"


class TrainingModule(lightning.LightningModule):
    """A network with its loss, optimiser and schedule.

    A step whose loss or gradients are not finite changes neither weights nor the statistics of normalisation: the
    optimiser is told so by a tensor on the device (``found_inf``, as a gradient scaler does), without a
    synchronisation. Such steps are counted, reported with their files at the next log point or at the end of the epoch,
    and end the training where ``patience`` of them come in a row (`SkippedSteps`).

    Args:
        network: takes a batch's ``image``.
        loss: takes the network's output and a batch's ``targets``; gives losses by name, ``loss`` the total.
        optimizer: makes the optimiser from the parameters; must be a fused one, which honours ``found_inf``.
        scheduler: makes the schedule from the optimiser; stepped after each step.
        clip: greatest norm of the gradient.
        patience: non-finite steps in a row that end the training.
        seed: dropout of a step depends on the seed and the numbers of epoch and batch alone, so that a resumed run
            draws what the unbroken one would have drawn.
    """

    #: The validation figure that the best checkpoint is chosen by, and whether ``max`` or ``min`` of it is best.
    monitor: str = "loss"
    monitor_mode: str = "min"

    def __init__(
        self,
        network: nn.Module,
        loss: nn.Module,
        optimizer: Callable[[Iterable[dict[str, Any]]], torch.optim.Optimizer],
        scheduler: Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler] | None = None,
        clip: float = 5.0,
        patience: int = 50,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.clip, self.patience, self.seed = clip, patience, seed
        #: Told of each validation picture once it is judged; see `ocr.training.judged`.
        self.listeners: list[Callable[[Judged], None]] = []
        self.skipped = SkippedSteps()
        #: Samples that could not be read, of training and validation.
        self.unreadable = Told()
        self._kept: list[Tensor] = []
        self._reported_at = 0

    def configure_optimizers(self) -> Any:
        """AdamW-like groups: no decay for biases and normalisation."""
        decayed = [p for p in self.network.parameters() if p.requires_grad and p.ndim > 1]
        plain = [p for p in self.network.parameters() if p.requires_grad and p.ndim <= 1]
        try:
            optimizer = self.make_optimizer([{"params": decayed}, {"params": plain, "weight_decay": 0.0}])
        except (TypeError, ValueError) as error:
            raise failed(error, "optimizer") from error
        if not optimizer.defaults.get("fused"):
            raise BadConfiguration("the optimiser must be fused: only a fused one skips a step on the device")
        if self.make_scheduler is None:
            return optimizer
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.make_scheduler(optimizer), "interval": "step"},
        }

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the number of skipped steps."""
        self._report_skipped()
        checkpoint["skipped_steps"] = self.skipped.state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with the epoch after that of the checkpoint, or amid it."""
        settle(checkpoint)
        self.skipped.load_state(checkpoint.get("skipped_steps", {}))

    def on_train_start(self) -> None:
        """Remember the statistics of normalisation; see `on_before_optimizer_step`."""
        self._kept = [buffer.clone() for buffer in self.network.buffers()]

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Seed the dropout of a step, on each rank another."""
        # At each: so no state of a generator is needed to go on amid an epoch.
        drawn = self.seed * 1_000_003 + self.current_epoch * 1_009 + self.global_rank
        torch.manual_seed(drawn * 100_003 + batch_idx)
        # Lightning counts one step more or less after a checkpoint was loaded, and would log at other steps.
        cast(Any, self.trainer).fit_loop.epoch_loop._batches_that_stepped = self.global_step

    def outputs(self, batch: Any) -> Any:
        """What the network gives for a training batch."""
        return self.network(batch.image)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """One step; a batch has ``image``, ``targets`` and ``names``."""
        self.unreadable.tell(batch.unreadable)
        parts = self.loss(self.outputs(batch), batch.targets)
        self.log_dict(
            {f"train/{name}": value.detach() for name, value in parts.items()}, batch_size=len(batch.image)
        )
        total: Tensor = parts["loss"]
        finite = torch.isfinite(total.detach())
        self.skipped.add_batch((~finite).float(), batch.names)
        # A loss that is not finite can have finite gradients. Made NaN they are so on every rank after the reduction.
        return total * torch.where(finite, 1.0, math.nan)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clip the gradient and mark a non-finite one, all on the device."""
        scaler = getattr(cast(Any, self.trainer).precision_plugin, "scaler", None)
        if scaler is not None:
            # A fused optimiser would do this by itself, but only after the clipping.
            scaler.unscale_(optimizer)
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        bad = (~torch.isfinite(norm)).float()
        torch.nn.utils.clip_grads_with_norm_(self.network.parameters(), self.clip, norm)
        self.skipped.end_step(bad)
        optimizer.found_inf = bad  # type: ignore[attr-defined]
        # The forward pass has put the statistics of a bad batch into the normalisation already.
        for buffer, kept in zip(self.network.buffers(), self._kept, strict=True):
            buffer.copy_(torch.where(bad > 0, kept, buffer))
            kept.copy_(buffer)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Report skipped steps at the log points."""
        trainer: Any = self.trainer
        step = self.global_step
        # Of the batches that one step adds up, only the last changes the number of steps.
        if step > self._reported_at and step % max(1, trainer.log_every_n_steps) == 0:
            self._reported_at = step
            self.log("train/skipped_steps", float(self._report_skipped()))
            self.log("data/unreadable", float(len(self.unreadable)))

    def on_train_epoch_end(self) -> None:
        """Report the steps skipped since the last log point."""
        self._report_skipped()

    def _report_skipped(self) -> int:
        """Warn of skipped steps or end the training; the only place that waits for the device.

        Returns:
            Steps skipped so far.

        Raises:
            TrainingDiverged: ``patience`` of them in a row.
        """
        report = self.skipped.report()
        if report.longest >= self.patience:
            raise TrainingDiverged(
                f"{report.longest} steps in a row had a non-finite loss or gradient; "
                f"lower the learning rate or look at these files: {report.listed}"
            )
        if report.new:
            lightning.pytorch.utilities.rank_zero_warn(
                f"{report.new} steps since the last report, {report.total} steps so far had a non-finite loss or "
                f"gradient and changed nothing; their files: {report.listed}"
            )
        return report.total


def warmup_cosine(
    optimizer: torch.optim.Optimizer, steps: int, warmup: int = 200, floor: float = 0.01
) -> torch.optim.lr_scheduler.LambdaLR:
    """Linear warm-up, then a half cosine down to ``floor`` times the learning rate at ``steps``."""

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        done = min(1.0, (step - warmup) / max(1, steps - warmup))
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
