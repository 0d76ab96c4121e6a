"""Lightning callbacks, and the list of those that a run has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ocr.errors import BadConfiguration
from ocr.training.callbacks.averaging import WarmAveraging
from ocr.training.callbacks.pictures import WorstPictures
from ocr.training.callbacks.progress import TrainingProgress
from ocr.training.callbacks.saving import SavesBetweenEpochs
from ocr.training.callbacks.stopping import EarlyStopping
from ocr.training.callbacks.throughput import Throughput

if TYPE_CHECKING:
    from lightning.pytorch.callbacks import Callback
    from omegaconf import DictConfig

    from ocr.training.module import TrainingModule

__all__ = [
    "EarlyStopping",
    "SavesBetweenEpochs",
    "Throughput",
    "TrainingProgress",
    "WarmAveraging",
    "WorstPictures",
    "watching",
]


def watching(cfg: DictConfig, module: TrainingModule, validated: bool) -> list[Callback]:
    """The callbacks that look at a training without changing its weights.

    Args:
        cfg: of the run.
        module: names the figure to stop by.
        validated: whether there is validation data.

    Raises:
        BadConfiguration: early stopping without validation data.
    """
    from lightning.pytorch.callbacks import LearningRateMonitor

    throughput = Throughput()
    callbacks: list[Callback] = [throughput]
    if cfg.logger:
        callbacks.append(LearningRateMonitor("step"))
        if validated and cfg.worst:
            callbacks.append(WorstPictures(cfg.worst, Path(cfg.output)))
    if cfg.early_stopping.patience is not None:
        if not validated:
            raise BadConfiguration("early_stopping.patience needs validation data: set data.validation.path")
        callbacks.append(
            EarlyStopping(
                module.monitor,
                patience=cfg.early_stopping.patience,
                min_delta=cfg.early_stopping.min_delta,
                mode=module.monitor_mode,
            )
        )
    if cfg.trainer.get("enable_progress_bar", True):
        callbacks.append(TrainingProgress(throughput))
    return callbacks
