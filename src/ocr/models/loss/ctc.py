"""Connectionist temporal classification (Graves et al., ICML 2006), finite whatever comes in."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import ctc_loss, log_softmax

from ocr.models.loss.alignment import ctc_alignment, padded


class CtcTargets(NamedTuple):
    """The transcripts of a batch.

    Attributes:
        classes: (sum of lengths,) int64, all transcripts one after the other.
        lengths: (N,) int64, characters of each.
        steps: (N,) int64, steps of the network that belong to each line, the rest being padding.
        folded: (N,) bool, whether a transcript was written in upper case whatever the print.
        folding: (K,) int64, for each class that of its upper-case character.
    """

    classes: Tensor
    lengths: Tensor
    steps: Tensor
    folded: Tensor
    folding: Tensor


class CtcLoss(nn.Module):
    """CTC, blind to case where the transcripts are.

    Some datasets write everything in upper case. For such lines the probabilities of a letter's two cases are added
    before the path is scored, so that the network learns the letters from them and the case from the others.
    """

    def forward(self, logits: Tensor, targets: CtcTargets) -> dict[str, Tensor]:
        """Mean over the lines of the loss per character.

        Args:
            logits: (N, T, K).
            targets: transcripts; a line that is longer than its steps allow counts nothing.

        Returns:
            ``loss``, a float32 scalar.
        """
        with torch.autocast(logits.device.type, enabled=False):
            # 50 leaves e^-100 between two classes: more only risks overflow.
            logp = log_softmax(logits.float().clamp(-50.0, 50.0), dim=2)
            # Summed in the probabilities: at least one of the two cases is far from zero wherever it matters.
            probability = torch.zeros_like(logp).index_add(2, targets.folding, logp.exp())
            logp = torch.where(targets.folded[:, None, None], probability.clamp(min=1e-20).log(), logp)
            losses = _alignments(logp, targets)
            return {"loss": (losses / targets.lengths.clamp(min=1)).mean()}


def _alignments(logp: Tensor, targets: CtcTargets) -> Tensor:
    """(N,) losses; 0 where a line has too few steps."""
    if logp.device.type != "cpu":
        # A transcript with more characters than steps counts nothing, however much of it is looked at.
        classes = padded(targets.classes, targets.lengths, min(logp.shape[1], targets.classes.shape[0]) + 1)
        return ctc_alignment(logp, classes, targets.steps, targets.lengths.clamp(max=classes.shape[1]))
    return ctc_loss(
        logp.transpose(0, 1),
        targets.classes,
        targets.steps,
        targets.lengths,
        reduction="none",
        zero_infinity=True,
    )
