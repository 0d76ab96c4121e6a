"""Training and validation of the detector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from ocr.datasets.sample import Sample
from ocr.detection.decode import DecodeOptions, Options
from ocr.detection.multiscale import search
from ocr.detection.sizing import SizePolicy
from ocr.errors import OcrError
from ocr.metrics.detection import IouHmean
from ocr.metrics.scores import Prediction
from ocr.training.detection_data import DetectionBatch, grey
from ocr.training.judged import Judged
from ocr.training.module import TrainingModule
from ocr.training.unreadable import Unreadable
from ocr.writers import comparison


class PageDataset(torch.utils.data.Dataset[tuple[np.ndarray, Sample] | tuple[str, ...]]):
    """Validation pages: (H, W) grey uint8 with the annotation in their pixels, or why there is none.

    Args:
        samples: the annotated pages.
        unreadable: ``skip`` gives a message in the place of a page that cannot be read, ``fail`` ends the run.
    """

    def __init__(self, samples: Sequence[Sample], unreadable: str = "skip") -> None:
        self.samples = samples
        self.unreadable = Unreadable(unreadable)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[np.ndarray, Sample] | tuple[str, ...]:
        try:
            image, sample = self.samples[index].load_validated()
        except OcrError as error:
            name_of = getattr(self.samples, "name_of", str)
            self.unreadable.note(name_of(index), error)
            return self.unreadable.take()
        return grey(image), sample


class DetectionModule(TrainingModule):
    """The detector in training; validation decodes as inference does and measures the IoU 0.5 H-mean.

    Args:
        decode_options: thresholds for validation.
        policy: sizes for validation.
    """

    monitor, monitor_mode = "val/hmean", "max"

    def __init__(
        self,
        *args: Any,
        decode_options: Options | None = None,
        policy: SizePolicy | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy or SizePolicy()
        self.decode_options = decode_options or DecodeOptions()
        self.scores = IouHmean()

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Move training batches; validation pages stay on the host until they have their size."""
        if isinstance(batch, DetectionBatch):
            return super().transfer_batch_to_device(batch, device, dataloader_idx)
        return batch

    def on_validation_epoch_start(self) -> None:
        """Start counting anew."""
        self.scores = IouHmean()

    def validation_step(self, batch: tuple[np.ndarray, Sample] | tuple[str, ...], batch_idx: int) -> None:
        """One page: its regions as inference finds them, and their match with the truth."""
        if isinstance(batch[0], str):
            self.unreadable.tell(batch)
            return
        page, sample = batch
        result = search(page, self._maps, self.policy, self.decode_options)
        predictions = [Prediction(region.polygon, confidence=region.score) for region in result.regions]
        score = self.scores.add(sample.lines, predictions)
        for tell in self.listeners:
            tell(Judged(sample.name, score.hmean, partial(comparison.draw, page, sample.lines, predictions)))

    def _maps(self, page: np.ndarray) -> np.ndarray:
        image = torch.from_numpy(np.ascontiguousarray(page)).to(self.device)
        maps: np.ndarray = self.network(image[None, None])[0].float().cpu().numpy()
        return maps

    def on_validation_epoch_end(self) -> None:
        """Log recall, precision and H-mean."""
        result = self.scores.result()
        self.log("val/recall", result.recall)
        self.log("val/precision", result.precision)
        self.log("val/hmean", result.hmean, prog_bar=True)
