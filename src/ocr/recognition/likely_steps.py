"""The steps of a line for a search: what each can be, without what is out of the question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.recognition.charset import BLANK
from ocr.recognition.figures import Rule

#: Classes of a step that are less likely than its best one by more than this (in nats) are left out.
_CLASS_RANGE = 5.0
#: Classes of a step at most: where none stands out, the print is no letter.
_CLASSES = 10
#: Likelier than this, a step is taken for certain.
_CERTAIN = 0.999

#: Classes of one step with their probabilities.
Step = list[tuple[int, float]]

#: A step that is blank.
_BLANK: Step = [(BLANK, 1.0)]


def joined(logits: npt.NDArray[np.float32], lengths: Sequence[int]) -> npt.NDArray[np.float32]:
    """The steps of all lines, one line after the other: lines of different lengths in one array.

    Args:
        logits: (N, T, K), of each line so many steps as it is long and then padding; or (S, K), joined already.
        lengths: steps of each line.

    Returns:
        (S, K), S being the sum of the lengths.
    """
    if logits.ndim == 2:
        return logits
    return np.asarray(logits[np.arange(logits.shape[1]) < np.asarray(lengths)[:, None]])


class Likely:
    """The classes of each step that are not out of the question.

    Args:
        logits: (N, T, K) or (S, K) float32, class 0 the blank, all finite; see `joined`.
        lengths: steps of each line.

    Attributes:
        certainty: (N,) probability of the best class where it is least, 1 for a line without steps.
        best: (S,) the best class of each step, of all lines one after the other.
        surest: (S,) its probability.
    """

    def __init__(self, logits: npt.NDArray[np.float32], lengths: Sequence[int]) -> None:
        logits = joined(logits, lengths)
        count = logits.shape[1]
        self._ends = np.cumsum(lengths).tolist()
        self._logits = logits
        self.best = logits.argmax(axis=1)
        self._top = top = logits[np.arange(len(logits)), self.best]
        entries = np.flatnonzero(logits > top[:, None] - _CLASS_RANGE)
        places = entries // count
        classes = entries - places * count
        weights = np.exp(logits.reshape(-1)[entries] - top[places])
        # All classes of a step stand together.
        begins = np.flatnonzero(np.diff(places, prepend=-1))
        sums = np.add.reduceat(weights, begins) if len(begins) else weights
        self.surest = surest = 1.0 / sums
        self.certainty = np.ones(len(lengths))
        lines = np.flatnonzero(lengths)
        if len(lines):
            self.certainty[lines] = np.minimum.reduceat(
                surest, np.insert(np.cumsum(lengths)[lines[:-1]], 0, 0)
            )
        self._bounds = np.append(begins, len(entries))
        self._classes = classes
        self._probabilities = weights / np.repeat(sums, np.diff(self._bounds))
        self._certain = surest >= _CERTAIN

    def probability(self, index: int) -> npt.NDArray[np.float64]:
        """(S,) probability of a class at each step."""
        return np.asarray(np.exp(self._logits[:, index] - self._top) * self.surest, np.float64)

    def steps(self, line: int, rules: Sequence[Rule] = ()) -> tuple[list[Step], list[int], float]:
        """The steps of a line and their places in it; neighbouring ones that are surely blank are one.

        Args:
            line: index in the batch.
            rules: what steps may be beside their best class, where that is not all.

        Returns:
            The steps, their places, and the probability of characters at steps that are certain by a rule alone.
        """
        first, last = self._ends[line - 1] if line else 0, self._ends[line]
        count = last - first
        certain = self._certain[first:last].tolist()
        allowed: list[frozenset[int] | None] = [None] * count
        fixed = 1.0
        for begin, end, may_be, certainty_of in rules:
            fixed *= certainty_of
            if may_be:
                allowed[begin:end] = [may_be] * (end - begin)
            else:
                certain[begin:end] = [True] * (end - begin)
        bounds = self._bounds[first : last + 1].tolist()
        entries = slice(bounds[0], bounds[-1])
        classes, probabilities = self._classes[entries].tolist(), self._probabilities[entries].tolist()
        steps: list[Step] = []
        places: list[int] = []
        after_blank = False
        for at, (best, sure) in enumerate(zip(self.best[first:last].tolist(), certain, strict=True)):
            if sure:
                if best == BLANK and after_blank:
                    continue
                steps.append(_BLANK if best == BLANK else [(best, 1.0)])
                after_blank = best == BLANK
            else:
                a, b = bounds[at] - bounds[0], bounds[at + 1] - bounds[0]
                step = list(zip(classes[a:b], probabilities[a:b], strict=True))
                rule = allowed[at]
                if rule is not None:
                    step = [entry for entry in step if entry[0] == best or entry[0] in rule]
                steps.append(step if len(step) <= _CLASSES else sorted(step, key=_probability)[-_CLASSES:])
                after_blank = False
            places.append(at)
        return steps, places, fixed


def _probability(entry: tuple[int, float]) -> float:
    return entry[1]
