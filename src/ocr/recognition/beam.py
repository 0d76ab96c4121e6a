"""A language model and how much it counts beside the look of the print."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ocr.recognition.charset import Charset
from ocr.recognition.language_model import NgramLanguageModel
from ocr.runtime.lazy import cached_property

_MAX_WIDTH = 64
#: N-grams of which the factor is kept, at most.
_MAX_KNOWN = 20_000
#: Greatest power of the language model's probability.
MAX_LM_WEIGHT = 2.0
_MAX_BONUS = 10.0
#: The less certain the letters of a line look, the more its words tell. For lines whose letters are less certain than
#: the first number, in the geometric mean of their probabilities: what the weight and the width are multiplied by.
_DOUBTED = ((0.75, 2.4, 2), (0.9, 1.6, 1))
#: What a character is worth rises by this much of the weight's rise, so that texts do not become shorter.
_BONUS_PER_WEIGHT = 1.4


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
            # Compared, not converted: a whole number can be too large for a float, and NaN is in no range.
            isinstance(v, bool) or not isinstance(v, int | float) or not -math.inf < v < math.inf
            for v in numbers
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

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without what was worked out on the way."""
        return Beam, (self.language_model, self.lm_weight, self.bonus, self.width)

    @cached_property
    def known(self) -> dict[int, tuple[float, int]]:
        """Results of `follow`, by the number of the n-gram."""
        return {}

    def of_certainty(self, certainty: float) -> Beam:
        """The one for a line whose letters look this certain, 0 to 1, the geometric mean of their probabilities."""
        for (below, _, _), beam in zip(_DOUBTED, self._doubted, strict=True):
            if certainty < below:
                return beam
        return self

    @cached_property
    def _doubted(self) -> tuple[Beam, ...]:
        beams = []
        for _, factor, wider in _DOUBTED:
            weight = min(MAX_LM_WEIGHT, factor * self.lm_weight)
            bonus = min(_MAX_BONUS, self.bonus + _BONUS_PER_WEIGHT * (weight - self.lm_weight))
            width = min(_MAX_WIDTH, wider * self.width)
            beams.append(replace(self, lm_weight=weight, bonus=bonus, width=width))
        return tuple(beams)

    def follow(self, context: int, symbol: int) -> tuple[float, int]:
        """What a symbol after a context multiplies the probability of a text by, and the context that it leaves."""
        ngram = context << self.language_model.bits | symbol
        result = self.known.get(ngram)
        if result is None:
            cost = self.language_model.cost(context, symbol)
            result = math.exp(self.bonus - self.lm_weight * cost), self.language_model.after(context, symbol)
            if len(self.known) >= _MAX_KNOWN:
                self.known.clear()
            self.known[ngram] = result
        return result

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
