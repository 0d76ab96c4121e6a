"""Logits to text; the one place that does it, for training validation and inference alike.

A recogniser's kind says what its steps are: of ``ctc`` each is a place along the line, of ``attention`` a character.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import BadConfiguration, ModelOutputInvalid
from ocr.recognition import figures
from ocr.recognition.accents import is_accented
from ocr.recognition.beam import Beam
from ocr.recognition.charset import BLANK, Charset
from ocr.recognition.decoded import Decoded, Doubt, spaces_left_out
from ocr.recognition.likely_steps import Likely, Step, joined
from ocr.recognition.prefix_search import Found, search

#: Kinds of recogniser.
KINDS = ("ctc", "attention")
#: A line whose steps all have a class of this probability is what it looks like: no language model is asked.
_CLEAR = 0.95
#: One whose letters have less than this probability, in the geometric mean, is no text that a language model could
#: mend; noise would take the search longest.
_HOPELESS = 0.2
#: Characters that look less certain than this can have other readings.
_DOUBTFUL = 0.99
#: Other characters that are less likely than the one that was read by more than this (in nats) do not count.
_LEAST_RATIO = -4.6


Read = list[Decoded]


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
        """Read lines; arguments and result as of `ctc_greedy`. ``attention`` takes (N, T, K) and needs no lengths.

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
        For each line its text, with steps that count characters; its confidence is the product of the probabilities of
        its characters and of its end, as PARSeq has it (Bautista and Atienza, 2022); 0 where nothing is written.

    Raises:
        ModelOutputInvalid: the greatest logit of a step is NaN or infinite.
    """
    best = logits.argmax(axis=2)
    top = np.take_along_axis(logits, best[:, :, None], axis=2)
    _check(top)
    # Softmax at the best class needs only the sum of the others relative to it.
    probability = 1.0 / np.exp(logits - top).sum(axis=2)
    read = []
    for line, (classes, certainty) in enumerate(zip(best, probability, strict=True)):
        ends = np.flatnonzero(classes == BLANK)
        # A text of the greatest length has no step left in which its end could be doubted.
        length, counted = (int(ends[0]), int(ends[0]) + 1) if len(ends) else (len(classes) - 1,) * 2
        steps = np.arange(length)
        others = _others(logits[line, :length], classes[:length], certainty[:length], charset)
        read.append(
            _line(
                charset,
                classes[:length].tolist(),
                steps.tolist(),
                (steps + 1).tolist(),
                certainty[:length].tolist(),
                others,
                float(np.prod(certainty[:counted])),
            )
        )
    return read


def ctc_greedy(logits: npt.NDArray[np.float32], lengths: Sequence[int], charset: Charset) -> Read:
    """Best-path decoding of CTC (Graves et al., 2006, section 3.2): best class a step, repeats joined, blanks dropped.

    Args:
        logits: (N, T, K) or (S, K) float32, class 0 the blank; see `ocr.recognition.likely_steps.joined`.
        lengths: steps of each line.
        charset: K − 1 characters.

    Returns:
        For each line its text and the places of its characters; its confidence is the product of the characters'
        probabilities, each taken at the step where it is surest.

    Raises:
        ModelOutputInvalid: the greatest logit of a step is NaN or infinite.
    """
    logits = joined(logits, lengths)
    best = logits.argmax(axis=1)
    top = logits[np.arange(len(best)), best]
    _check(top)
    written = np.flatnonzero(best != BLANK)
    if not len(written):
        return [Decoded("", 0.0)] * len(lengths)
    ends_of_lines = np.cumsum(lengths)
    line = np.searchsorted(ends_of_lines, written, side="right")
    # A character begins where the step before is of another class, or of another line.
    begins = np.empty(len(written), np.bool_)
    begins[0] = True
    begins[1:] = (np.diff(written) > 1) | (np.diff(best[written]) != 0) | (np.diff(line) > 0)
    # Most steps are blank: only those of characters need a probability. Softmax at the best class needs only the sum of
    # the others relative to it.
    rows = logits[written]
    probability = 1.0 / np.exp(rows - top[written, None]).sum(axis=1)
    first = np.flatnonzero(begins)
    peaks = np.maximum.reduceat(probability, first)
    # The step of each character where it is surest; of equal ones the last.
    run = np.repeat(np.arange(len(first)), np.diff(first, append=len(rows)))
    at_peak = np.flatnonzero(probability == peaks[run])
    surest = np.empty(len(first), np.intp)
    surest[run[at_peak]] = at_peak
    classes = best[written[first]]
    others = _others(rows[surest], classes, peaks, charset)
    places = written - (ends_of_lines - lengths)[line]
    last = np.append(first[1:], len(rows)) - 1
    begin, end = places[first].tolist(), (places[last] + 1).tolist()
    indices, certainty = classes.tolist(), peaks.tolist()
    read, a = [], 0
    for b in np.searchsorted(line[first], np.arange(len(lengths)), side="right").tolist():
        confidence = math.prod(certainty[a:b])
        other = {k - a: others[k] for k in range(a, b) if k in others} if others else {}
        read.append(_line(charset, indices[a:b], begin[a:b], end[a:b], certainty[a:b], other, confidence))
        a = b
    return read


def _others(
    logits: npt.NDArray[np.float32],
    best: npt.NDArray[np.intp],
    certainty: npt.NDArray[np.float32],
    charset: Charset,
) -> dict[int, list[tuple[int, float]]]:
    """Second-best characters by position, with the logarithm of their probability over that of the best one.

    Args:
        logits: (M, K), a row a character.
        best: (M,) class of each character.
        certainty: (M,) its probability.
        charset: the characters; a letter beyond ASCII has the best other such letter, and the best of all others.
    """
    doubtful = np.flatnonzero(certainty < _DOUBTFUL)
    if not len(doubtful):
        return {}
    rows = logits[doubtful]
    top = rows[np.arange(len(rows)), best[doubtful]]
    rows[np.arange(len(rows)), best[doubtful]] = rows[:, BLANK] = -np.inf
    accented = _accented(charset.characters)
    of_accented = np.flatnonzero(accented[best[doubtful]])
    others: dict[int, list[tuple[int, float]]] = {}
    if len(of_accented):
        columns = np.flatnonzero(accented)
        among = rows[np.ix_(of_accented, columns)]
        rows[np.ix_(of_accented, columns)] = -np.inf
        _add(
            others, doubtful[of_accented], columns[among.argmax(axis=1)], among.max(axis=1) - top[of_accented]
        )
    _add(others, doubtful, rows.argmax(axis=1), rows.max(axis=1) - top)
    return others


def _add(
    others: dict[int, list[tuple[int, float]]],
    positions: npt.NDArray[np.intp],
    classes: npt.NDArray[np.intp],
    ratios: npt.NDArray[np.float32],
) -> None:
    kept = ratios > _LEAST_RATIO
    for position, other, ratio in zip(
        positions[kept].tolist(), classes[kept].tolist(), ratios[kept].tolist(), strict=True
    ):
        others.setdefault(position, []).append((other, ratio))


@lru_cache(maxsize=16)
def _accented(characters: str) -> npt.NDArray[np.bool_]:
    """For each class whether it is a letter beyond ASCII."""
    return np.array([False, *map(is_accented, characters)])


def _line(
    charset: Charset,
    classes: list[int],
    begins: list[int],
    ends: list[int],
    certainties: list[float],
    others: Mapping[int, list[tuple[int, float]]],
    confidence: float,
) -> Decoded:
    """A line of single characters; spaces at its ends and beside other spaces are left out."""
    text = charset.decode(classes)
    kept = spaces_left_out(text)
    if kept is not None:
        if not kept:
            return Decoded("", 0.0)
        text = "".join(text[k] for k in kept)
        begins, ends, certainties = (
            [begins[k] for k in kept],
            [ends[k] for k in kept],
            [certainties[k] for k in kept],
        )
        others = {new: others[old] for new, old in enumerate(kept) if old in others}
    doubts = [Doubt(k, charset.characters[c - 1], ratio) for k in sorted(others) for c, ratio in others[k]]
    return Decoded(text, confidence, begins, ends, certainties, doubts)


def with_language_model(
    greedy: Read, likely: Likely, lengths: Sequence[int], charset: Charset, beam: Beam
) -> Read:
    """Readings of `ctc_greedy`, replaced by those of a search with a language model where the print is open.

    Args:
        greedy: what `ctc_greedy` read.
        likely: the steps that it read from.
        lengths: of the lines.
        charset: the characters.
        beam: the language model, and how much it counts.
    """
    read = list(greedy)
    for line in np.flatnonzero(likely.certainty < _CLEAR).tolist():
        looks = greedy[line]
        look = looks.confidence ** (1 / max(1, len(looks.text)))
        if look < _HOPELESS:
            continue
        steps, places, certain = likely.steps(line, figures.rules(looks, lengths[line], charset))
        if all(len(step) == 1 for step in steps):
            continue
        hypothesis = search(steps, beam.of_certainty(look), charset)
        if hypothesis.text == looks.text:
            read[line] = looks._replace(confidence=hypothesis.confidence * certain)
        else:
            read[line] = _placed(hypothesis, certain, looks, steps, places)
    return read


def _placed(
    hypothesis: Found, certain: float, looks: Decoded, steps: Sequence[Step], places: Sequence[int]
) -> Decoded:
    """A text that the search found, with the places of its characters.

    Args:
        hypothesis: the text.
        certain: probability of what the search took for certain.
        looks: the same line without a language model.
        steps: what was searched.
        places: of each step in the line.
    """
    kept = spaces_left_out(hypothesis.text)
    at = hypothesis.begins if kept is None else [hypothesis.begins[k] for k in kept]
    text = hypothesis.text if kept is None else "".join(hypothesis.text[k] for k in kept)
    if not text:
        return Decoded("", 0.0)
    same = {begin: k for k, begin in enumerate(looks.begins)}
    old_doubts = {doubt.position: doubt for doubt in looks.doubts}
    begins = [places[k] for k in at]
    ends, certainties, doubts = [], [], []
    for k, (character, begin) in enumerate(zip(text, begins, strict=True)):
        old = same.get(begin)
        if old is not None and looks.text[old] == character:
            ends.append(looks.ends[old])
            certainties.append(looks.certainties[old])
            if old in old_doubts:
                doubts.append(old_doubts[old]._replace(position=k))
            continue
        ends.append(begin + 1)
        until = at[k + 1] if k + 1 < len(at) else len(steps)
        index = hypothesis.classes[k if kept is None else kept[k]]
        certainties.append(max(p for step in steps[at[k] : until] for c, p in step if c == index))
        if old is not None and certainties[-1] > 0.0:
            # What the language model changed looked more like this.
            ratio = math.log(looks.certainties[old] / certainties[-1])
            doubts.append(Doubt(k, looks.text[old], ratio))
    return Decoded(text, hypothesis.confidence * certain, begins, ends, certainties, doubts)


def _check(top: npt.NDArray[np.float32]) -> None:
    """Check the greatest logit of each step, which is NaN where another one is."""
    if not np.isfinite(top).all():
        raise ModelOutputInvalid("the recognition network answered with values that are not finite")
