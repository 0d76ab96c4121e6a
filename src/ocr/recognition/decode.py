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
    steps = logits.shape[1]
    best = logits.argmax(axis=2)
    written = (best != BLANK) & (np.arange(steps) < np.asarray(lengths)[:, None])
    begins = written.copy()
    begins[:, 1:] &= best[:, 1:] != best[:, :-1]
    # Most steps are blank: only those of characters need a probability. Softmax at the best class needs only the sum of
    # the others relative to it.
    rows = logits[written]
    probability = 1.0 / np.exp(rows - rows.max(axis=1, keepdims=True)).sum(axis=1)
    peaks = np.maximum.reduceat(probability, np.flatnonzero(begins[written])) if len(rows) else probability
    classes = best[begins].tolist()
    read, start = [], 0
    for end in np.cumsum(begins.sum(axis=1)).tolist():
        text = charset.decode(classes[start:end]).strip()
        read.append((text, float(np.prod(peaks[start:end])) if text else 0.0))
        start = end
    return read
