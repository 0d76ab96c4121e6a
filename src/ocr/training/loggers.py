"""Where the figures and pictures of a run go; TensorBoard and Weights & Biases are imported only when chosen."""

from __future__ import annotations

import csv
import importlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger
from lightning.pytorch.loggers.csv_logs import ExperimentWriter

from ocr.errors import MissingExtra
from ocr.io.files import write_whole

if TYPE_CHECKING:
    from ocr.io.drawing import Image


class _Once:
    """A logger that takes no figure twice: the row of a step is logged before its checkpoint, and once more after."""

    _last: tuple[int | None, dict[str, Any]] = (None, {})

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        """Add a row; of one that is the last row with more figures, those alone."""
        row = dict(metrics)
        before = self._last[1] if self._last[0] == step else {}
        again = bool(before) and before.items() <= row.items()
        new = {key: value for key, value in row.items() if key not in before} if again else row
        if new:
            super().log_metrics(new, step)  # type: ignore[misc]
        self._last = step, row


class Table(_Once, CSVLogger):
    """``metrics.csv`` in a folder for each start: whole whenever the process is killed, with no figure twice."""

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        """What writes the file."""
        if self._experiment is None:
            self._experiment = _WholeTable(self.log_dir)
        return self._experiment


class _WholeTable(ExperimentWriter):
    """Lightning empties the file before it writes it with a new column."""

    def _rewrite_with_new_header(self, fieldnames: list[str]) -> None:
        with Path(self.metrics_file_path).open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows, before = list(reader), list(reader.fieldnames or ())
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, fieldnames=fieldnames)
        writer.writeheader()
        writer.writerows(rows)
        try:
            write_whole(self.metrics_file_path, text.getvalue())
        except BaseException:
            # The next row has to fit the header that is there.
            self.metrics_keys = before
            raise


class _TensorBoard(_Once, TensorBoardLogger):
    """TensorBoard's, with no figure twice."""


class _WandB(_Once, WandbLogger):
    """That of Weights & Biases, with no figure twice."""


def tensorboard(folder: str) -> TensorBoardLogger:
    """TensorBoard events in ``folder/tensorboard``, a folder for each start.

    Raises:
        MissingExtra: TensorBoard is not installed.
    """
    _require("tensorboard", "tensorboard.compat.proto.event_pb2")
    # Its own record of the settings would need a figure that they are judged by.
    return _TensorBoard(folder, name="tensorboard", default_hp_metric=False)


def wandb(folder: str, project: str, name: str | None = None, offline: bool | None = None) -> WandbLogger:
    """A run of Weights & Biases whose files lie in ``folder/wandb``.

    Args:
        folder: of the run.
        project: that it belongs to.
        name: of the run; made up where ``None``.
        offline: nothing leaves the machine; ``wandb sync`` can send it later. Where ``None``, a run is online only
            if ``WANDB_API_KEY`` is set.

    Raises:
        MissingExtra: Weights & Biases is not installed.
    """
    _require("wandb", "wandb")
    from wandb import Settings

    if offline is None:
        offline = not os.environ.get("WANDB_API_KEY")
    # It would write console output, progress bar included, into the run, and look at the machine every few seconds.
    quiet = Settings(console="off", silent=True, x_disable_stats=True)
    return _WandB(name, folder, offline=offline, project=project, settings=quiet)


def log_pictures(
    logger: Logger | None, folder: Path, tag: str, pictures: Sequence[tuple[str, Image]], step: int
) -> None:
    """Give pictures to a logger; beside a table they become files ``folder/TAG/step-N/01-NAME.jpg``.

    Args:
        logger: of the run; without one nothing is kept.
        folder: of the run.
        tag: what they show.
        pictures: caption and (H, W, 3) uint8 RGB, in order.
        step: optimiser steps so far.
    """
    if isinstance(logger, TensorBoardLogger):
        for place, (caption, image) in enumerate(pictures, start=1):
            # The place comes first, so that the order is kept; the caption changes from time to time.
            logger.experiment.add_image(f"{tag}/{place:02d}", image, step, dataformats="HWC")
            logger.experiment.add_text(f"{tag}/{place:02d}", caption, step)
    elif isinstance(logger, WandbLogger):
        logger.log_image(
            tag, [image for _, image in pictures], step, caption=[caption for caption, _ in pictures]
        )
    elif isinstance(logger, CSVLogger):
        from ocr.writers import comparison

        for place, (caption, image) in enumerate(pictures, start=1):
            name = "".join(c if c.isalnum() or c in "-_." else "_" for c in caption)[:60]
            comparison.write(folder / tag / f"step-{step:06d}" / f"{place:02d}-{name}.jpg", image)


def close(logger: Logger | None) -> None:
    """End a run of Weights & Biases and wait for its files; the next run in this process would write into it."""
    if isinstance(logger, WandbLogger):
        import wandb

        wandb.finish()
        wandb.teardown()


def _require(extra: str, module: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"logger={extra} needs a package that is not installed ({error.name}); "
            f"pip install 'receipt-ocr[{extra}]', or choose logger=csv"
        ) from error
