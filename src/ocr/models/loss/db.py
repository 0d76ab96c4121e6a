"""The DBNet loss: L = Ls + α Lb + β Lt (Liao et al., 2020, equation 7), finite whatever comes in."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from ocr.models.head.db import DbOutput
from ocr.models.loss.mining import hard_negatives
from ocr.models.loss.processes import summed


class DbTargets(NamedTuple):
    """Target maps of a batch, each (N, H, W), as `ocr.training.targets` draws them.

    Attributes:
        text: 1 inside shrunk polygons, else 0.
        weight: what a pixel counts: 0 on ignored text, 1, or more where it decides about a whole line.
        threshold: threshold map in [0, 1].
        band: 1 in the border band where the threshold map is learnt, else 0.
    """

    text: Tensor
    weight: Tensor
    threshold: Tensor
    band: Tensor


def balanced_bce(logits: Tensor, text: Tensor, weight: Tensor, negative_ratio: float) -> Tensor:
    """Binary cross-entropy over the text pixels and the hardest others, ``negative_ratio`` of them to one of text.

    Args:
        logits: (N, H, W), clamped to ± 10⁴, so that even an infinite one has a finite loss.
        text: (N, H, W), 0 or 1.
        weight: (N, H, W), what a pixel counts, 0 and above.
        negative_ratio: negatives to one positive.

    Returns:
        A float32 scalar; 0 where nothing counts. In a distributed training it is that of all batches together.
    """
    # A narrower clamp would leave pixels without a gradient that are wrong and sure of it.
    logits = logits.float().clamp(-1e4, 1e4)
    text, weight = text.float(), weight.float()
    loss = binary_cross_entropy_with_logits(logits, text, reduction="none")
    positive = text * weight
    negative = (1.0 - text) * weight
    hard = hard_negatives(torch.sigmoid(logits.detach()), positive, negative, negative_ratio)
    counted = positive + hard
    sums = summed(torch.stack([(loss * counted).sum(), counted.sum()]))
    return sums[0] / sums[1].clamp(min=1.0)


def dice_loss(prediction: Tensor, text: Tensor, weight: Tensor) -> Tensor:
    """1 − 2 |P ∩ G| / (|P| + |G|) over the pixels of all batches by weight; 0 where both are empty; float32."""
    prediction, text, weight = prediction.float(), text.float(), weight.float()
    sums = summed(
        torch.stack([(prediction * text * weight).sum(), (prediction * weight).sum() + (text * weight).sum()])
    )
    return 1.0 - (2.0 * sums[0] + 1.0) / (sums[1] + 1.0)


def masked_l1(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute difference over the mask of all batches; 0 where it is empty; float32."""
    prediction, target, mask = prediction.float(), target.float(), mask.float()
    sums = summed(torch.stack([((prediction - target).abs() * mask).sum(), mask.sum()]))
    return sums[0] / sums[1].clamp(min=1.0)


class DbLoss(nn.Module):
    """Probability map by balanced cross-entropy, binary map by dice, threshold map by L1.

    Args:
        bce: weight of the balanced cross-entropy of the probability map.
        binary: weight α of the dice loss of the approximate binary map.
        threshold: weight β of the L1 loss of the threshold map.
        negative_ratio: hard negatives to one positive.
    """

    kind = "db"

    def __init__(
        self, bce: float = 1.0, binary: float = 1.0, threshold: float = 10.0, negative_ratio: float = 3.0
    ) -> None:
        super().__init__()
        self.bce, self.binary, self.threshold, self.negative_ratio = bce, binary, threshold, negative_ratio

    def forward(self, output: DbOutput, targets: DbTargets) -> dict[str, Tensor]:
        """Losses by name, ``loss`` their weighted sum; all float32 scalars."""
        with torch.autocast(output.logits.device.type, enabled=False):
            text, weight = targets.text, targets.weight
            parts = {
                "bce": balanced_bce(output.logits[:, 0], text, weight, self.negative_ratio),
                "binary": dice_loss(output.binary[:, 0], text, weight),
                "threshold": masked_l1(output.threshold[:, 0], targets.threshold, targets.band),
            }
            total = (
                self.bce * parts["bce"] + self.binary * parts["binary"] + self.threshold * parts["threshold"]
            )
        return {"loss": total, **parts}
