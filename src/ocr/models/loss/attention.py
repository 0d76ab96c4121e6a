"""Cross-entropy of a recogniser that writes a character a step (Bautista and Atienza, ECCV 2022, section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ocr.models.loss.ctc import CtcTargets
from ocr.models.loss.folding import log_probabilities
from ocr.models.recognizer.parseq import ParseqOutput


class AttentionLoss(nn.Module):
    """Mean over all orders of reading of the characters' cross-entropy, blind to case where the transcripts are."""

    kind = "attention"

    def forward(self, output: ParseqOutput, targets: CtcTargets) -> dict[str, Tensor]:
        """Mean over the lines of the loss per character, the end being one.

        Args:
            output: logits (P, N, L + 1, K) of P orders, and the classes (N, L + 1) that they should have.
            targets: lengths and case of the transcripts; a line longer than L counts nothing.

        Returns:
            ``loss``, a float32 scalar.
        """
        with torch.autocast(output.logits.device.type, enabled=False):
            logp = log_probabilities(output.logits, targets.folded[:, None, None], targets.folding)
            losses = -logp.gather(3, output.classes.expand(len(logp), -1, -1)[..., None])[..., 0].mean(0)
            step = torch.arange(losses.shape[1], device=losses.device)
            lengths = targets.lengths[:, None]
            counted = (step <= lengths) & (lengths < losses.shape[1])
            return {"loss": ((losses * counted).sum(1) / (targets.lengths + 1)).mean()}
