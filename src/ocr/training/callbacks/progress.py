"""What a person sees of a running training: a bar in a terminal, and a line at the end of each epoch."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ocr.training.callbacks.throughput import Throughput

#: Seconds between lines where there is no terminal.
EVERY = 30.0


class _Bar(Progress):
    """Bars with a line of figures below, so that these have room in a narrow terminal as well."""

    figures = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.figures:
            yield Text(self.figures)


class TrainingProgress(ProgressBar):
    """Steps, remaining time, loss, images a second and the share of waiting for data, on standard error.

    Lightning's own bars read every figure from the device at every step. This one reads them at the log points, where
    the logger does so anyway. Where standard error is no terminal there are lines: at the first step, every half
    minute, and at the end of each epoch.

    Args:
        throughput: knows the speed.
    """

    def __init__(self, throughput: Throughput) -> None:
        super().__init__()
        self._throughput = throughput
        self._console = Console(stderr=True)
        self._bar: _Bar | None = None
        self._steps = self._pages = TaskID(0)
        self._shown_step = 0
        self._shown = True
        self._began = (0.0, 0)
        self._line_due = 0.0

    def disable(self) -> None:
        """Show nothing; Lightning asks for this on all processes but the first."""
        self._shown = False

    def enable(self) -> None:
        """Show again."""
        self._shown = True

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar at the step where a resumed run goes on."""
        self._shown_step = trainer.global_step
        self._began = time.monotonic(), trainer.global_step
        if not self._shown:
            return
        if trainer.global_step:
            self._print(f"resumed from step {trainer.global_step}{_of(trainer)}")
        elif trainer.max_steps > 0:
            self._print(f"{trainer.max_steps} steps")
        size = sum(p.numel() for p in pl_module.parameters()) / 1e6
        self._print(
            f"{size:.2f} million parameters on {pl_module.device}, precision {trainer.precision}, "
            f"in {trainer.default_root_dir}"
        )
        if not self._console.is_terminal:
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self._bar = _Bar(
            *columns,
            console=self._console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=True,
        )
        total = trainer.max_steps if trainer.max_steps > 0 else None
        self._steps = self._bar.add_task("training", total=total, completed=trainer.global_step)
        self._pages = self._bar.add_task("validation", total=None, visible=False)
        self._bar.start()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Advance; new figures at the log points."""
        if self._bar is None:
            self._tell_now_and_then(trainer)
            return
        self._bar.update(self._steps, completed=trainer.global_step)
        if self._throughput.measured_at > self._shown_step:
            self._shown_step = self._throughput.measured_at
            self._bar.figures = self._figures(trainer)

    def _tell_now_and_then(self, trainer: Trainer) -> None:
        """A line after the first step, which can be long in coming, and then every half minute."""
        now = time.monotonic()
        if not self._shown or now < self._line_due:
            return
        self._line_due = now + EVERY
        parts = [f"step {trainer.global_step}{_of(trainer)}", self._remaining(trainer, now)]
        if self._throughput.measured_at > self._shown_step:
            self._shown_step = self._throughput.measured_at
            parts.append(self._figures(trainer))
        self._print("  ".join(filter(None, parts)))

    def _remaining(self, trainer: Trainer, now: float) -> str:
        """The time that the remaining steps take at the pace so far, validations included."""
        began, first = self._began
        done = trainer.global_step - first
        if trainer.max_steps <= 0 or done < 2:
            return ""
        minutes = (now - began) / done * (trainer.max_steps - trainer.global_step) / 60
        return f"{minutes:.0f} min left" if minutes < 90 else f"{minutes / 60:.1f} h left"

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show a second bar while validation runs."""
        if self._bar is not None:
            self._bar.reset(self._pages, total=self.total_val_batches, visible=True)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Advance it."""
        if self._bar is not None:
            self._bar.advance(self._pages)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Hide it again."""
        if self._bar is not None:
            self._bar.update(self._pages, visible=False)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print a line that stays."""
        if self._shown:
            self._print(f"step {trainer.global_step}{_of(trainer)}  {self._figures(trainer)}")

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Close the bar before the error is told."""
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _figures(self, trainer: Trainer) -> str:
        """Loss, validation figures and speed, as far as they are known."""
        metrics = trainer.callback_metrics
        names = ["train/loss", *sorted(name for name in metrics if name.startswith("val/"))]
        parts = [
            f"{name.removeprefix('train/')} {float(metrics[name]):.4g}" for name in names if name in metrics
        ]
        if self._throughput.images_per_second is not None:
            parts.append(f"{self._throughput.images_per_second:.3g} images/s")
        if self._throughput.waiting_share is not None:
            parts.append(f"{self._throughput.waiting_share:.0%} waiting for data")
        return "  ".join(parts)


def _of(trainer: Trainer) -> str:
    return f" of {trainer.max_steps}" if trainer.max_steps > 0 else ""
