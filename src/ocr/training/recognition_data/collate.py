"""Lines to tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ocr.models.loss.ctc import CtcTargets
from ocr.recognition.charset import Charset
from ocr.training.recognition_data.line import PAD, Line


@dataclass(frozen=True)
class LineBatch:
    """A batch of lines.

    Attributes:
        image: (N, 1, height, W) uint8 grey, padded on the right.
        targets: the transcripts.
        classes: (N, L) int64, the transcripts once more, each with 0 beyond its end.
        texts: the same as text.
        names: the samples' names.
        unreadable: messages of samples that were left out, because they could not be read.
    """

    image: Tensor
    targets: CtcTargets
    classes: Tensor
    texts: list[str]
    names: list[str]
    unreadable: tuple[str, ...] = ()

    def to(self, device: torch.device) -> LineBatch:
        """The batch with its tensors on a device."""
        targets = CtcTargets(*(t.to(device, non_blocking=True) for t in self.targets))
        image, classes = (t.to(device, non_blocking=True) for t in (self.image, self.classes))
        return replace(self, image=image, targets=targets, classes=classes)

    def pin_memory(self) -> LineBatch:
        """The batch in page-locked memory."""
        return replace(
            self,
            image=self.image.pin_memory(),
            targets=CtcTargets(*(t.pin_memory() for t in self.targets)),
            classes=self.classes.pin_memory(),
        )


class Collate:
    """Pads lines to one width and encodes their transcripts.

    Args:
        charset: gives the classes.
        stride: pixels a step.
        multiple: widths are padded to a multiple of this.
    """

    def __init__(self, charset: Charset, stride: int, multiple: int) -> None:
        self.charset, self.stride, self.multiple = charset, stride, multiple
        self.folding = charset.case_folding()

    def __call__(self, lines: Sequence[Line]) -> LineBatch:
        """Make a batch of at least one line."""
        widest = max(line.image.shape[1] for line in lines)
        width = self.multiple * math.ceil(widest / self.multiple)
        pixels = np.full((len(lines), 1, lines[0].image.shape[0], width), PAD, np.uint8)
        for row, line in enumerate(lines):
            pixels[row, 0, :, : line.image.shape[1]] = line.image
        texts = [self.charset.fold(line.text) if line.folded else line.text for line in lines]
        classes = [self.charset.encode(text) for text in texts]
        targets = CtcTargets(
            torch.tensor([c for text in classes for c in text], dtype=torch.long),
            torch.tensor([len(text) for text in classes], dtype=torch.long),
            torch.tensor([math.ceil(line.image.shape[1] / self.stride) for line in lines], dtype=torch.long),
            torch.tensor([line.folded for line in lines]),
            torch.tensor(self.folding, dtype=torch.long),
        )
        padded = torch.zeros(len(lines), max(1, *map(len, classes)), dtype=torch.long)
        for row, text in enumerate(classes):
            padded[row, : len(text)] = torch.tensor(text, dtype=torch.long)
        names = [line.name for line in lines]
        unreadable = tuple(message for line in lines for message in line.unreadable)
        return LineBatch(torch.from_numpy(pixels), targets, padded, texts, names, unreadable)
