"""Training and validation of the recogniser."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from ocr.metrics.text import edit_distance
from ocr.recognition.charset import Charset
from ocr.training.host import HostCopy
from ocr.training.judged import Judged
from ocr.training.module import TrainingModule
from ocr.training.recognition_data import LineBatch
from ocr.writers import comparison


class RecognitionModule(TrainingModule):
    """The recogniser in training; validation decodes as inference does and measures CER and line accuracy.

    Args:
        charset: of the network's classes.
    """

    monitor, monitor_mode = "val/cer", "min"

    def __init__(self, *args: Any, charset: Charset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.charset = charset
        self.errors = self.characters = self.right = self.lines = 0
        self._running: list[tuple[LineBatch, HostCopy]] = []

    def transfer_batch_to_device(
        self, batch: LineBatch, device: torch.device, dataloader_idx: int
    ) -> LineBatch:
        """Move the tensors."""
        return batch.to(device)

    def outputs(self, batch: LineBatch) -> Any:
        """What the network gives for a training batch; one that writes by attention is told the transcripts."""
        network: Any = self.network
        if network.decoding.kind == "attention":
            return network(batch.image, batch.classes)
        return network(batch.image)

    def on_validation_epoch_start(self) -> None:
        """Start counting anew."""
        self._running = []
        self.errors = self.characters = self.right = self.lines = 0

    def validation_step(self, batch: LineBatch, batch_idx: int) -> None:
        """Run the network on a batch, and judge the one before while the device is at work."""
        logits = self.network(batch.image).float()
        self._running.append((batch, HostCopy(logits, batch.targets.steps, batch.targets.folded)))
        if len(self._running) > 1:
            self._judge(*self._running.pop(0))

    def _judge(self, batch: LineBatch, copied: HostCopy) -> None:
        """Read the lines of a batch and count wrong characters and right lines."""
        logits, steps, folded = copied.arrays()
        decoding: Any = self.network.decoding
        read = decoding.read(logits, steps.tolist(), self.charset)
        for row, (decoded, truth) in enumerate(zip(read, batch.texts, strict=True)):
            got = self.charset.fold(decoded.text) if folded[row] else decoded.text
            errors = edit_distance(got, truth)
            self.errors += errors
            self.characters += len(truth)
            self.right += got == truth
            self.lines += 1
            for tell in self.listeners:
                draw = partial(_drawn, batch.image[row, 0, :, : steps[row] * self.network.stride], truth, got)
                tell(Judged(batch.names[row], max(0.0, 1 - errors / max(1, len(truth))), draw))

    def on_validation_epoch_end(self) -> None:
        """Log CER and line accuracy."""
        while self._running:
            self._judge(*self._running.pop(0))
        self.log("val/cer", self.errors / max(1, self.characters), prog_bar=True)
        self.log("val/line_accuracy", self.right / max(1, self.lines))


def _drawn(line: torch.Tensor, truth: str, read: str) -> np.ndarray:
    return comparison.draw(line.cpu().numpy(), texts=(truth, read))
