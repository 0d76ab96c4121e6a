"""Reading of CTC steps with an n-gram language model: prefix beam search, whose cost falls where the print is clear."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.recognition.charset import BLANK, Charset
from ocr.recognition.language_model import EDGE, NgramLanguageModel

#: Classes of a step that are less likely than its best one by more than this (in nats) are left out.
_CLASS_RANGE = 5.0
#: Classes of a step at most: where none stands out, the print is no letter.
_CLASSES = 10
#: So are prefixes that are less likely than the best one by more than this factor.
_PREFIX_RANGE = 3e-3
#: Likelier than this, a step is taken for certain.
_CERTAIN = 0.999
_MAX_WIDTH = 64
#: Greatest power of the language model's probability.
MAX_LM_WEIGHT = 2.0
_MAX_BONUS = 10.0

#: A step that is blank.
_BLANK = [(BLANK, 1.0)]

#: Classes of one step with their probabilities.
Step = list[tuple[int, float]]
#: Beginnings of a text, each with the probabilities of the alignments that end in a blank and of those that end in its
#: last character, the language model's part included; with its context for that model and the class of its last
#: character.
Prefixes = dict[str, tuple[float, float, int, int]]


@dataclass(frozen=True)
class Beam:
    """A language model and how much it counts.

    Attributes:
        language_model: of the characters of the recogniser's charset.
        lm_weight: power of the language model's probability in a reading's, 0 to 2.
        bonus: logarithm of what each character is worth, against the language model's preference for short
            texts; −10 to 10.
        width: prefixes that are followed at once, 1 to 64.

    Raises:
        ValueError: a number that cannot be.
    """

    language_model: NgramLanguageModel
    lm_weight: float = 0.25
    bonus: float = 0.7
    width: int = 8

    def __post_init__(self) -> None:
        numbers = (self.lm_weight, self.bonus, self.width)
        if any(
            isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) for v in numbers
        ):
            raise ValueError(f"lm_weight, bonus and width are {numbers!r}; expected three finite numbers")
        # Beyond these a character would weigh nothing, or everything, in floating point.
        if not 0 <= self.lm_weight <= MAX_LM_WEIGHT or abs(self.bonus) > _MAX_BONUS:
            raise ValueError(
                f"lm_weight is {self.lm_weight!r} and bonus {self.bonus!r}; expected 0 to {MAX_LM_WEIGHT:g}, and "
                f"{-_MAX_BONUS:g} to {_MAX_BONUS:g}"
            )
        if not 1 <= self.width <= _MAX_WIDTH or self.width != int(self.width):
            raise ValueError(f"width is {self.width!r}; expected a whole number from 1 to {_MAX_WIDTH}")

    @property
    def key(self) -> tuple[str, float, float, int]:
        """Tells it from every other one, for caches."""
        return self.language_model.sha256, self.lm_weight, self.bonus, self.width

    @classmethod
    def of(cls, packed: str, values: Mapping[str, Any], charset: Charset) -> Beam:
        """From a model's metadata.

        Raises:
            ValueError: the language model is damaged or for another charset, or a value cannot be.
        """
        if not isinstance(values, Mapping):
            raise ValueError(f"its numbers are {values!r}; expected lm_weight, bonus and width by name")
        # Files of version 0.1 call the weight "strength".
        values = {"lm_weight" if key == "strength" else key: value for key, value in values.items()}
        unknown = sorted(set(values) - {"lm_weight", "bonus", "width"})
        if unknown:
            raise ValueError(f"unknown entry {unknown[0]!r}; expected lm_weight, bonus and width")
        return cls(NgramLanguageModel.unpack(packed, charset), **values)


def search(steps: Sequence[Step], beam: Beam, charset: Charset) -> tuple[str, float]:
    """The likeliest text of a line under the network and the language model.

    Prefix beam search (Graves and Jaitly, 2014; Hannun et al., 2014): alignments that spell the same beginning are
    added up, and a character multiplies the probability by (language model)^lm_weight · e^bonus.

    Args:
        steps: the likely classes of each step, as `Likely` makes them.
        beam: the language model and the width.
        charset: the characters.

    Returns:
        The text, and its confidence in [0, 1]: the probability that the network alone gives it, times its share among
        the texts that were followed to the end.
    """
    model, weight, bonus = beam.language_model, beam.lm_weight, beam.bonus
    characters, symbols, cost, exp = charset.characters, model.symbols, model.cost, math.exp
    prefixes: Prefixes = {"": (1.0, 0.0, EDGE, BLANK)}
    scale = 0.0
    for step in steps:
        if len(step) == 1 and step[0][0] == BLANK:
            prefixes = {t: (b + p, 0.0, c, k) for t, (b, p, c, k) in prefixes.items()}
            continue
        found: Prefixes = {}
        for text, (blank, letter, context, last) in prefixes.items():
            total = blank + letter
            stay_blank = stay_letter = 0.0
            for k, p in step:
                if k == BLANK:
                    stay_blank = total * p
                    continue
                # A character repeats only across a blank; else it is the same one, seen longer.
                before = total
                if k == last:
                    stay_letter = letter * p
                    before = blank
                if before > 0.0:
                    longer = text + characters[k - 1]
                    symbol = symbols[k]
                    grown = p * before * exp(bonus - weight * cost(context, symbol))
                    old = found.get(longer)
                    if old is None:
                        found[longer] = (0.0, grown, model.after(context, symbol), k)
                    else:
                        found[longer] = (old[0], old[1] + grown, old[2], old[3])
            if stay_blank or stay_letter:
                old = found.get(text)
                if old is not None:
                    stay_blank, stay_letter = stay_blank + old[0], stay_letter + old[1]
                found[text] = (stay_blank, stay_letter, context, last)
        prefixes, shrunk = _best(found, beam.width)
        scale += shrunk
    ended = {
        text: (blank + letter) * exp(-weight * cost(context, EDGE))
        for text, (blank, letter, context, _) in prefixes.items()
    }
    text = max(ended, key=ended.__getitem__)
    share = ended[text] / sum(ended.values())
    # What the language model had put in is taken out again.
    network = math.log(ended[text]) + scale + weight * model.line_cost(text, charset) - bonus * len(text)
    return text, min(1.0, exp(network)) * share


def _best(found: Prefixes, width: int) -> tuple[Prefixes, float]:
    """The likeliest prefixes, scaled so that the best one has probability 1, and the logarithm of what that took."""
    totals = {text: state[0] + state[1] for text, state in found.items()}
    best = max(totals.values())
    least = best * _PREFIX_RANGE
    kept = [text for text, total in totals.items() if total >= least]
    if len(kept) > width:
        kept.sort(key=totals.__getitem__, reverse=True)
        del kept[width:]
    factor = 1.0 / best
    result = {}
    for text in kept:
        blank, letter, context, last = found[text]
        result[text] = (blank * factor, letter * factor, context, last)
    return result, math.log(best)


class Likely:
    """The classes of each step that are not out of the question.

    Args:
        logits: (N, T, K) float32, class 0 the blank, all finite.
        lengths: for each line how many of the T steps belong to it.

    Attributes:
        certainty: (N,) probability of the best class where it is least, 1 for a line without steps.
    """

    def __init__(self, logits: npt.NDArray[np.float32], lengths: Sequence[int]) -> None:
        lines, self._width = logits.shape[:2]
        self._lengths = lengths
        top = logits.max(axis=2, keepdims=True)
        row, step, classes = np.nonzero(logits > top - _CLASS_RANGE)
        weights = np.exp(logits[row, step, classes] - top[row, step, 0])
        # All classes of a step stand together.
        begins = np.flatnonzero(np.diff(row * self._width + step, prepend=-1))
        sums = np.add.reduceat(weights, begins) if len(begins) else weights
        surest = (1.0 / sums).reshape(lines, self._width)
        padding = np.arange(self._width) >= np.asarray(lengths)[:, None]
        self.certainty = np.where(padding, 1.0, surest).min(axis=1, initial=1.0)
        self._surest = surest
        self._bounds = np.append(begins, len(row))
        self._classes = classes
        self._probabilities = weights / np.repeat(sums, np.diff(self._bounds))

    def steps(self, line: int) -> list[Step]:
        """The steps of a line; neighbouring ones that are surely blank are one."""
        first, count = line * self._width, self._lengths[line]
        bounds = self._bounds[first : first + count + 1].tolist()
        classes = self._classes[bounds[0] : bounds[-1]].tolist()
        probabilities = self._probabilities[bounds[0] : bounds[-1]].tolist()
        offset = bounds[0]
        steps: list[Step] = []
        for at, sure in enumerate(self._surest[line, :count].tolist()):
            a, b = bounds[at] - offset, bounds[at + 1] - offset
            if sure < _CERTAIN:
                step = list(zip(classes[a:b], probabilities[a:b], strict=True))
                steps.append(step if b - a <= _CLASSES else sorted(step, key=_probability)[-_CLASSES:])
                continue
            best = classes[max(range(a, b), key=probabilities.__getitem__)] if b - a > 1 else classes[a]
            if best != BLANK or not steps or steps[-1] != _BLANK:
                steps.append([(best, 1.0)])
        return steps


def _probability(entry: tuple[int, float]) -> float:
    return entry[1]
