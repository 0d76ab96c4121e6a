"""Training and validation of the detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ocr.datasets.sample import Sample
from ocr.detection import sizing
from ocr.detection.decode import DecodeOptions, decode
from ocr.metrics.detection import IouHmean
from ocr.metrics.scores import Prediction
from ocr.training.detection_data import DetectionBatch, grey
from ocr.training.module import TrainingModule


class PageDataset(torch.utils.data.Dataset[tuple[Tensor, Sample, Any]]):
    """Validation pages, sized and padded as inference does it.

    Args:
        samples: the annotated pages.
        policy: the size policy that the exported model will carry.
    """

    def __init__(self, samples: Sequence[Sample], policy: sizing.SizePolicy) -> None:
        self.samples, self.policy = samples, policy

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, Sample, Any]:
        """The network's input (1, H, W) uint8, the sample in page pixels, and the placement."""
        image, sample = self.samples[index].load_validated()
        page, placement = sizing.fit(grey(image), self.policy)
        return torch.from_numpy(np.ascontiguousarray(page))[None], sample, placement


class DetectionModule(TrainingModule):
    """The detector in training; validation decodes as inference does and measures the IoU 0.5 H-mean.

    Args:
        decode_options: thresholds for validation; stored in the exported model.
    """

    monitor, monitor_mode = "val/hmean", "max"

    def __init__(self, *args: Any, decode_options: DecodeOptions | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decode_options = decode_options or DecodeOptions()
        self.scores = IouHmean()

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Move tensors; the annotation of a validation page stays on the host."""
        if isinstance(batch, DetectionBatch):
            return super().transfer_batch_to_device(batch, device, dataloader_idx)
        image, sample, placement = batch
        return image.to(device), sample, placement

    def on_validation_epoch_start(self) -> None:
        """Start counting anew."""
        self.scores = IouHmean()

    def validation_step(self, batch: tuple[Tensor, Sample, Any], batch_idx: int) -> None:
        """One page: the probability map, its regions in page pixels, and their match with the truth."""
        image, sample, placement = batch
        probability = self.network(image[None])[0, 0].float().cpu().numpy()
        found = decode(probability, self.decode_options).regions
        self.scores.add(
            sample.lines,
            [Prediction(placement.inverse(region.polygon), confidence=region.score) for region in found],
        )

    def on_validation_epoch_end(self) -> None:
        """Log recall, precision and H-mean."""
        result = self.scores.result()
        self.log("val/recall", result.recall)
        self.log("val/precision", result.precision)
        self.log("val/hmean", result.hmean, prog_bar=True)
