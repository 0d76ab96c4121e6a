"""Connectionist temporal classification (Graves et al., ICML 2006), finite whatever comes in."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import ctc_loss

from ocr.models.loss.alignment import ctc_alignment, padded
from ocr.models.loss.few_classes import few_classes_ctc
from ocr.models.loss.folding import log_probabilities

#: Classes from which on it is worth while to look only at those that a batch has.
_MANY = 1000


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
    """CTC, blind to case where the transcripts are: see `ocr.models.loss.folding`."""

    kind = "ctc"

    def forward(self, logits: Tensor, targets: CtcTargets) -> dict[str, Tensor]:
        """Mean over the lines of the loss per character.

        Args:
            logits: (N, T, K).
            targets: transcripts; a line that is longer than its steps allow counts nothing.

        Returns:
            ``loss``, a float32 scalar.
        """
        with torch.autocast(logits.device.type, enabled=False):
            if logits.device.type == "cpu" and logits.shape[-1] > _MANY and not targets.folded.numpy().any():
                losses = few_classes_ctc(logits, targets.classes, targets.steps, targets.lengths)
                return {"loss": (losses / targets.lengths.clamp(min=1)).mean()}
            logp = log_probabilities(logits, targets.folded[:, None, None], targets.folding)
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
