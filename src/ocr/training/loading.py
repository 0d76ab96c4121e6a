"""Loaders of batches: how many processes, how they start, and what they leave alone."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch.utils.data import Dataset, Sampler

from ocr.errors import BadConfiguration
from ocr.training.timed_loader import TimedLoader

Start = Literal["auto", "fork", "forkserver", "spawn"]


@dataclass(frozen=True)
class LoaderSettings:
    """The configuration group ``dataloader``.

    Attributes:
        workers: processes beside the training; 0 loads in the training's own.
        start: how they start; ``auto`` forks where no GPU is used and takes ``forkserver``, or ``spawn`` where the
            system has no other, where one is: a process that has touched CUDA must not be forked.
        prefetch: batches that each process keeps ready.
        persistent: whether the processes outlive an epoch.
        pin: whether batches are put in page-locked memory; ``auto`` where a GPU is used.

    Raises:
        BadConfiguration: a value outside its range.
    """

    workers: int = 1
    start: Start = "auto"
    prefetch: int = 4
    persistent: bool = True
    pin: bool | Literal["auto"] = "auto"

    def __post_init__(self) -> None:
        if self.workers < 0 or self.prefetch < 1:
            raise BadConfiguration(
                f"got dataloader.workers={self.workers} and dataloader.prefetch={self.prefetch}; "
                "expected workers >= 0 and prefetch >= 1"
            )
        if self.start not in get_args(Start):
            raise BadConfiguration(
                f"got dataloader.start={self.start!r}; expected one of {', '.join(get_args(Start))}"
            )
        if self.pin not in (True, False, "auto"):
            raise BadConfiguration(f"got dataloader.pin={self.pin!r}; expected true, false or auto")

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> LoaderSettings:
        """From a configuration.

        Raises:
            BadConfiguration: an unknown key, or a value outside its range.
        """
        try:
            return cls(**settings)
        except TypeError as error:
            raise BadConfiguration(f"dataloader: {error}") from error

    def start_method(self, gpu: bool) -> str:
        """The start method of `multiprocessing` to use.

        Args:
            gpu: whether the training runs on a GPU.

        Raises:
            BadConfiguration: the system lacks it, or it forks a process that uses a GPU.
        """
        possible = multiprocessing.get_all_start_methods()
        if self.start == "fork" and gpu:
            raise BadConfiguration(
                "dataloader.start=fork beside a GPU: a process that has touched CUDA must not be forked; "
                "take forkserver or spawn"
            )
        wanted = self.start if self.start != "auto" else ("forkserver" if gpu else "fork")
        if wanted in possible:
            return wanted
        if self.start == "auto":
            return "spawn"
        raise BadConfiguration(
            f"dataloader.start={wanted}: this system has {', '.join(possible)} alone; take spawn"
        )


def training_loader(
    settings: LoaderSettings,
    gpu: bool,
    data: Dataset[Any],
    sampler: Sampler[int],
    batch: int | None,
    collate: Callable[[Any], Any],
) -> TimedLoader[Any]:
    """A loader for training.

    Args:
        settings: processes and memory.
        gpu: whether the training runs on a GPU.
        data: the records.
        sampler: gives the numbers of an epoch's records.
        batch: records in a batch; ``None`` where a record is one.
        collate: makes a batch of records.

    Raises:
        BadConfiguration: see `LoaderSettings.start_method`.
    """
    several = settings.workers > 0
    method = settings.start_method(gpu) if several else None
    if method == "forkserver":
        # What the data needs, imported once by the process that all others are forked from.
        multiprocessing.set_forkserver_preload(["torch", "cv2", type(data).__module__])
    if method == "fork":
        import cv2

        # Before the processes are forked: OpenCV's pool of threads does not survive that, and to end it there hangs.
        cv2.setNumThreads(1)
    return TimedLoader(
        data,
        batch_size=batch,
        sampler=sampler,
        num_workers=settings.workers,
        collate_fn=collate,
        worker_init_fn=_quiet_worker,
        persistent_workers=several and settings.persistent,
        prefetch_factor=settings.prefetch if several else None,
        multiprocessing_context=method,
        pin_memory=gpu if settings.pin == "auto" else settings.pin and torch.cuda.is_available(),
    )


def _quiet_worker(_: int) -> None:
    # Ctrl+C reaches every process of a terminal; the training ends its loader processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A handler of the training may have come along.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A loader process is one of many: threads of its own would fight with those of the training.
    import cv2

    if cv2.getNumThreads() != 1:
        cv2.setNumThreads(1)
    torch.set_num_threads(1)
