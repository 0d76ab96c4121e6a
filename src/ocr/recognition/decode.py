"""Logits to text; the one place that does it, for training validation and inference alike.

A recogniser's kind says what its steps are: of ``ctc`` each is a place along the line, of ``attention`` a character.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import BadConfiguration, ModelOutputInvalid
from ocr.recognition.beam import Beam, Likely, search
from ocr.recognition.charset import BLANK, Charset

#: Kinds of recogniser.
KINDS = ("ctc", "attention")
#: A line whose steps all have a class of this probability is what it looks like: no language model is asked.
_CLEAR = 0.95
#: One whose letters have less than this probability, in the geometric mean, is no text that a language model could
#: mend; noise would take the search longest.
_HOPELESS = 0.35
Read = list[tuple[str, float]]


@dataclass(frozen=True)
class Decoding:
    """How the logits of a recogniser become text.

    Attributes:
        kind: ``ctc`` or ``attention``.
        max_length: most characters of a line, where the kind is ``attention``.

    Raises:
        BadConfiguration: an unknown kind, or a length that the kind does not take.
    """

    kind: str = "ctc"
    max_length: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadConfiguration(
                f"unknown kind of recognition {self.kind!r}; expected one of {', '.join(KINDS)}"
            )
        whole = isinstance(self.max_length, int) and not isinstance(self.max_length, bool)
        if self.kind == "attention" and not (whole and self.max_length > 0):  # type: ignore[operator]
            raise BadConfiguration(f"max_length is {self.max_length!r}; expected a whole number above 0")
        if self.kind == "ctc" and self.max_length is not None:
            raise BadConfiguration(f"max_length is {self.max_length!r}; lines of the kind ctc have no limit")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Decoding:
        """From a model's metadata; the kind is ``ctc`` where it is absent.

        Raises:
            BadConfiguration: a key or a value that cannot be.
        """
        unknown = sorted(set(values) - {"kind", "max_length"})
        if unknown:
            raise BadConfiguration(f"unknown entry {unknown[0]!r}; expected kind and max_length")
        return cls(**values)

    def steps(self, places: int) -> int:
        """Steps of the logits for a line of so many places of the network's stride."""
        # Beyond the last character there is one more step, for the end.
        return places if self.max_length is None else self.max_length + 1

    def read(self, logits: npt.NDArray[np.float32], lengths: Sequence[int], charset: Charset) -> Read:
        """Read a batch; arguments and result as of `ctc_greedy`. ``attention`` needs no lengths.

        Raises:
            ModelOutputInvalid: the logits hold NaN or infinity.
        """
        if self.kind == "attention":
            return attention_greedy(logits, charset)
        return ctc_greedy(logits, lengths, charset)


def attention_greedy(logits: npt.NDArray[np.float32], charset: Charset) -> Read:
    """Best character of each step up to the first that is the end; the last step can be nothing else.

    Args:
        logits: (N, T, K) float32, a step a character; class 0 ends the text.
        charset: K − 1 characters.

    Returns:
        For each line its text and its confidence in [0, 1]: the product of the probabilities of its characters and of
        its end, as PARSeq has it (Bautista and Atienza, 2022); 0 where nothing is written.

    Raises:
        ModelOutputInvalid: the logits hold NaN or infinity.
    """
    _check(logits)
    best = logits.argmax(axis=2)
    top = np.take_along_axis(logits, best[:, :, None], axis=2)
    # Softmax at the best class needs only the sum of the others relative to it.
    probability = 1.0 / np.exp(logits - top).sum(axis=2)
    read = []
    for classes, sure in zip(best, probability, strict=True):
        ends = np.flatnonzero(classes == BLANK)
        # A text of the greatest length has no step left in which its end could be doubted.
        length, counted = (int(ends[0]), int(ends[0]) + 1) if len(ends) else (len(classes) - 1,) * 2
        text = charset.decode(classes[:length].tolist()).strip()
        read.append((text, float(np.prod(sure[:counted])) if text else 0.0))
    return read


def ctc_greedy(logits: npt.NDArray[np.float32], lengths: Sequence[int], charset: Charset) -> Read:
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
    _check(logits)
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


def with_language_model(
    greedy: Read, logits: npt.NDArray[np.float32], lengths: Sequence[int], charset: Charset, beam: Beam
) -> Read:
    """Readings of `ctc_greedy`, replaced by those of a search with a language model where the print is open.

    Args:
        greedy: what `ctc_greedy` read.
        logits: what it read from, and likewise the other arguments.
        lengths: of the lines.
        charset: the characters.
        beam: the language model, and how much it counts.
    """
    likely = Likely(logits, lengths)
    read = list(greedy)
    for line in np.flatnonzero(likely.certainty < _CLEAR).tolist():
        looks, plain = greedy[line]
        if plain < _HOPELESS ** len(looks):
            continue
        text, sure = search(likely.steps(line), beam, charset)
        text = text.strip()
        read[line] = (text, sure if text else 0.0)
    return read


def _check(logits: npt.NDArray[np.float32]) -> None:
    if not np.isfinite(logits.sum(dtype=np.float64)):
        raise ModelOutputInvalid("the recognition network answered with values that are not finite")
