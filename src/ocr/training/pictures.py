"""The pictures on which an export is compared with its checkpoint, and those that ranges are measured on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr import datasets
from ocr.detection.sizing import SizePolicy, fit
from ocr.recognition.charset import Charset
from ocr.training.checkpoint import Trained
from ocr.training.detection_data import grey
from ocr.training.recognition_data import HeldOutLines


def for_task(trained: Trained, path: Path, limit: int) -> list[npt.NDArray[np.uint8]]:
    """Pages of a dataset at the size that inference gives them, or the lines on them.

    Args:
        trained: the checkpoint.
        path: a dataset.
        limit: pages at most.
    """
    return _pictures(trained, datasets.open_dataset(path)[:limit])


def spread(trained: Trained, path: Path, pages: int = 20, lines: int = 240) -> list[npt.NDArray[np.uint8]]:
    """The same of pages from all over a dataset; of their lines every so many."""
    samples = datasets.open_dataset(path)
    pictures = _pictures(trained, samples[:: max(1, len(samples) // pages)][:pages])
    return pictures if trained.task == "detection" else pictures[:: math.ceil(len(pictures) / lines) or 1]


def _pictures(trained: Trained, samples: datasets.LazyDataset[Any]) -> list[npt.NDArray[np.uint8]]:
    if trained.task == "detection":
        policy = SizePolicy(**trained.settings["policy"])
        return [_at_first_size(grey(sample.load()), policy) for sample in samples]
    charset = Charset.load(trained.settings["charset"])
    height = int(trained.network.height)  # type: ignore[arg-type]
    lines = HeldOutLines(samples, charset, height, upper_case=False, narrow=trained.narrow)
    return [line.image for line in lines.lines]


def _at_first_size(page: npt.NDArray[np.uint8], policy: SizePolicy) -> npt.NDArray[np.uint8]:
    height, width = page.shape
    return fit(page, policy, policy.bounded(width, height, policy.wanted(width, height)))[0]
