"""Reading of CTC steps with an n-gram language model: prefix beam search, whose cost falls where the print is clear."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr.recognition.charset import BLANK, Charset
from ocr.recognition.figures import Rule
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
#: last character, the language model's part included; with its context for that model, the class of its last character
#: and the place of that character.
Prefixes = dict[str, tuple[float, float, int, int, "Place | None"]]
#: The place of the character before, the step at which a character begins, and its class.
Place = tuple["Place | None", int, int]


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
    width: int = 12

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


class Found(NamedTuple):
    """The likeliest text of a line.

    Attributes:
        text: with the spaces as they were found.
        confidence: 0 to 1; the probability that the network alone gives it, times its share among the texts that were
            followed to the end.
        begins: step at which each character begins in a likely alignment.
        classes: of the characters.
    """

    text: str
    confidence: float
    begins: list[int]
    classes: list[int]


def search(steps: Sequence[Step], beam: Beam, charset: Charset) -> Found:
    """The likeliest text of a line under the network and the language model.

    Prefix beam search (Graves and Jaitly, 2014; Hannun et al., 2014): alignments that spell the same beginning are
    added up, and a character multiplies the probability by (language model)^lm_weight · e^bonus.

    Args:
        steps: the likely classes of each step, as `Likely` makes them.
        beam: the language model and the width.
        charset: the characters.
    """
    model, weight, bonus = beam.language_model, beam.lm_weight, beam.bonus
    characters, symbols, cost, exp = charset.characters, model.symbols, model.cost, math.exp
    prefixes: Prefixes = {"": (1.0, 0.0, EDGE, BLANK, None)}
    scale = 0.0
    for at, step in enumerate(steps):
        if len(step) == 1 and step[0][0] == BLANK:
            prefixes = {t: (b + p, 0.0, c, k, places) for t, (b, p, c, k, places) in prefixes.items()}
            continue
        grown: Prefixes = {}
        for text, (blank, letter, context, last, places) in prefixes.items():
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
                    gain = p * before * exp(bonus - weight * cost(context, symbol))
                    old = grown.get(longer)
                    if old is None:
                        grown[longer] = (0.0, gain, model.after(context, symbol), k, (places, at, k))
                    else:
                        # The likelier alignment says where the character stands.
                        place = old[4] if old[0] + old[1] >= gain else (places, at, k)
                        grown[longer] = (old[0], old[1] + gain, old[2], old[3], place)
            if stay_blank or stay_letter:
                old = grown.get(text)
                if old is not None:
                    if old[0] + old[1] > stay_blank + stay_letter:
                        places = old[4]
                    stay_blank, stay_letter = stay_blank + old[0], stay_letter + old[1]
                grown[text] = (stay_blank, stay_letter, context, last, places)
        prefixes, shrunk = _best(grown, beam.width)
        scale += shrunk
    ended = {
        text: (state[0] + state[1]) * exp(-weight * cost(state[2], EDGE)) for text, state in prefixes.items()
    }
    text = max(ended, key=ended.__getitem__)
    share = ended[text] / sum(ended.values())
    # What the language model had put in is taken out again.
    network = math.log(ended[text]) + scale + weight * model.line_cost(text, charset) - bonus * len(text)
    begins, classes = _unlinked(prefixes[text][4])
    return Found(text, min(1.0, exp(network)) * share, begins, classes)


def _unlinked(place: Place | None) -> tuple[list[int], list[int]]:
    """Steps and classes of the characters of a prefix, the first one first."""
    begins, classes = [], []
    while place is not None:
        place, at, k = place
        begins.append(at)
        classes.append(k)
    return begins[::-1], classes[::-1]


def _best(grown: Prefixes, width: int) -> tuple[Prefixes, float]:
    """The likeliest prefixes, scaled so that the best one has probability 1, and the logarithm of what that took."""
    totals = {text: state[0] + state[1] for text, state in grown.items()}
    best = max(totals.values())
    least = best * _PREFIX_RANGE
    kept = [text for text, total in totals.items() if total >= least]
    if len(kept) > width:
        kept.sort(key=totals.__getitem__, reverse=True)
        del kept[width:]
    factor = 1.0 / best
    result = {}
    for text in kept:
        blank, letter, context, last, places = grown[text]
        result[text] = (blank * factor, letter * factor, context, last, places)
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

    def steps(self, line: int, rules: Sequence[Rule] = ()) -> tuple[list[Step], list[int], float]:
        """The steps of a line and their places in it; neighbouring ones that are surely blank are one.

        Args:
            line: index in the batch.
            rules: what steps may be beside their best class, where that is not all.

        Returns:
            The steps, their places, and the probability of characters at steps that are certain by a rule alone.
        """
        first, count = line * self._width, self._lengths[line]
        bounds = self._bounds[first : first + count + 1].tolist()
        classes = self._classes[bounds[0] : bounds[-1]].tolist()
        probabilities = self._probabilities[bounds[0] : bounds[-1]].tolist()
        certainty = self._surest[line, :count].tolist()
        allowed: list[frozenset[int] | None] = [None] * count
        fixed = 1.0
        for begin, end, may_be, certainty_of in rules:
            fixed *= certainty_of
            if may_be:
                allowed[begin:end] = [may_be] * (end - begin)
            else:
                certainty[begin:end] = [1.0] * (end - begin)
        offset = bounds[0]
        steps: list[Step] = []
        places: list[int] = []
        for at, sure in enumerate(certainty):
            a, b = bounds[at] - offset, bounds[at + 1] - offset
            best = classes[max(range(a, b), key=probabilities.__getitem__)] if b - a > 1 else classes[a]
            if sure < _CERTAIN:
                step = list(zip(classes[a:b], probabilities[a:b], strict=True))
                rule = allowed[at]
                if rule is not None:
                    step = [entry for entry in step if entry[0] == best or entry[0] in rule]
                steps.append(step if len(step) <= _CLASSES else sorted(step, key=_probability)[-_CLASSES:])
            elif best != BLANK or not steps or steps[-1] != _BLANK:
                steps.append([(best, 1.0)])
            else:
                continue
            places.append(at)
        return steps, places, fixed


def _probability(entry: tuple[int, float]) -> float:
    return entry[1]
