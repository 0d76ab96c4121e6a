"""The loss of CRAFT: squared error of both maps, weighted pixel by pixel (Baek et al., CVPR 2019, equation 4)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ocr.models.loss.mining import hard_negatives
from ocr.models.loss.processes import summed

#: A pixel with more heat than this is text, as in the published code.
_TEXT = 0.1


class CraftTargets(NamedTuple):
    """Target maps of a batch, each (N, H / 2, W / 2), as `ocr.training.craft_targets` draws them.

    Attributes:
        region: heat of the characters, in [0, 1].
        affinity: heat between neighbouring characters, in [0, 1].
        weight: what a pixel counts, in [0, 1]; 0 on ignored text.
    """

    region: Tensor
    affinity: Tensor
    weight: Tensor


class CraftLoss(nn.Module):
    """Mean squared error over text, and over the hardest of the rest (mined online, 1 to 3: section 4.2).

    Args:
        region: weight of the region map.
        affinity: weight of the affinity map.
        negative_ratio: hard negatives to one pixel of text.
    """

    kind = "craft"

    def __init__(self, region: float = 1.0, affinity: float = 1.0, negative_ratio: float = 3.0) -> None:
        super().__init__()
        self.region, self.affinity, self.negative_ratio = region, affinity, negative_ratio

    def forward(self, output: Tensor, targets: CraftTargets) -> dict[str, Tensor]:
        """Losses by name, ``loss`` their weighted sum; all float32 scalars.

        Args:
            output: (N, 2, H / 2, W / 2) region and affinity scores.
            targets: the maps.
        """
        with torch.autocast(output.device.type, enabled=False):
            # Scores lie in [0, 1]; beyond 30 only the risk of overflow is left.
            scores = output.float().clamp(-30.0, 30.0)
            weight = targets.weight.float()
            parts = {
                "region": self._map(scores[:, 0], targets.region.float(), weight),
                "affinity": self._map(scores[:, 1], targets.affinity.float(), weight),
            }
            return {"loss": self.region * parts["region"] + self.affinity * parts["affinity"], **parts}

    def _map(self, score: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        error = score - target
        loss = weight * error.square()
        text = (target > _TEXT).float() * (weight > 0)
        rest = (target <= _TEXT).float() * (weight > 0)
        hard = hard_negatives(error.detach().abs().clamp(max=1.0) * weight, text, rest, self.negative_ratio)
        sums = summed(torch.stack([(loss * text).sum(), text.sum(), (loss * hard).sum(), hard.sum()]))
        return sums[0] / sums[1].clamp(min=1.0) + sums[2] / sums[3].clamp(min=1.0)
