"""Logits to text; the one place that does it, for training validation and inference alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.errors import ModelOutputInvalid
from ocr.recognition.charset import BLANK, Charset


def ctc_greedy(
    logits: npt.NDArray[np.float32], lengths: Sequence[int], charset: Charset
) -> list[tuple[str, float]]:
    """Best-path decoding of CTC (Graves et al., 2006, section 3.2): best class a step, repeats joined, blanks dropped.

    Args:
        logits: (N, T, K) float32, class 0 the blank.
        lengths: for each line how many of the T steps belong to it, the rest being padding.
        charset: K − 1 characters.

    Returns:
        For each line its text and its confidence in [0, 1]: the product of the characters' probabilities, each taken
        at the step where it is surest.

    Raises:
        ModelOutputInvalid: the logits hold NaN or infinity.
    """
    if not np.isfinite(logits.sum(dtype=np.float64)):
        raise ModelOutputInvalid("the recognition network answered with values that are not finite")
    best = logits.argmax(axis=2)
    top = np.take_along_axis(logits, best[:, :, None], axis=2)
    # Probability of the best class alone: softmax needs only the sum of the others relative to it.
    probability = 1.0 / np.exp(logits - top).sum(axis=2)
    read = []
    for classes, sure, length in zip(best, probability, lengths, strict=True):
        classes, sure = classes[:length], sure[:length]
        starts = np.flatnonzero(np.diff(classes, prepend=-1))
        if len(starts) == 0:
            read.append(("", 0.0))
            continue
        peaks = np.maximum.reduceat(sure, starts)
        written = classes[starts] != BLANK
        text = charset.decode(classes[starts][written].tolist())
        stripped = text.strip()
        read.append((stripped, float(np.prod(peaks[written])) if stripped else 0.0))
    return read
