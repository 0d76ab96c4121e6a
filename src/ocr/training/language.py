"""Fitting the n-gram language model to transcripts and to the phrases of synthetic receipts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from random import Random

from ocr.datasets.sample import Sample
from ocr.errors import BadConfiguration
from ocr.recognition.beam import Beam
from ocr.recognition.charset import Charset
from ocr.recognition.language_model import (
    EDGE,
    NgramLanguageModel,
    max_order,
    packed,
    symbol_bits,
    symbols,
    tabulate,
)
from ocr.training.checkpoint import Trained

#: Length of the longest n-grams.
ORDER = 6
#: Phrases of synthetic receipts beside the transcripts: other languages, currencies and shops than those of a dataset.
PHRASES = 100_000
#: How often each transcript counts: words of real receipts are rarer among synthetic ones than on paper.
TRANSCRIPT_COUNT = 2
#: An n-gram is kept where it makes the texts likelier by this many nats in all than its shorter one does.
GAIN = 3.0

Gram = tuple[int, ...]


def beam(trained: Trained, samples: Iterable[Sample], lm_weight: float) -> Beam:
    """A beam for a trained recogniser, of the transcripts of its training and of synthetic receipts.

    Raises:
        BadConfiguration: the checkpoint is no recogniser, or its charset is too large for a language model.
    """
    if trained.task != "recognition":
        raise BadConfiguration(f"the checkpoint is for {trained.task}; only recognition has a language model")
    charset = Charset.load(trained.settings["charset"])
    try:
        real = list(transcripts(samples))
        lines = chain(*[real] * TRANSCRIPT_COUNT, phrases(script=trained.settings["charset"]))
        return Beam(fit(lines, charset), lm_weight)
    except ValueError as error:
        raise BadConfiguration(f"no language model can be fitted: {error}") from error


def transcripts(samples: Iterable[Sample]) -> Iterator[str]:
    """The lines of annotated receipts that somebody could read."""
    for sample in samples:
        yield from (line.text for line in sample.lines if line.text)


def phrases(count: int = PHRASES, seed: int = 0, script: str = "latin") -> Iterator[str]:
    """Lines of synthetic receipts, never those of a picture that was made with another seed of the same number.

    Args:
        count: how many.
        seed: of their random choices.
        script: a name of `ocr.datasets.synthetic.scripts`; any other stands for Latin receipts.
    """
    from ocr.datasets.synthetic import phrases, scripts

    phrase = scripts.script_named(script).phrase() if script in scripts.script_names() else phrases.phrase

    rng = Random(f"language:{seed}")
    for _ in range(count):
        yield " ".join(phrase(rng).split())


def fit(lines: Iterable[str], charset: Charset, order: int = ORDER, gain: float = GAIN) -> NgramLanguageModel:
    """N-grams smoothed after Witten and Bell (1991), each interpolated with its shorter one, then thinned.

    What is thinned out is found again by backing off; the weight of that is chosen so that the probabilities after each
    context still add up to one (Stolcke, 1998, whose criterion is used with counts).

    Args:
        lines: texts; characters that the charset lacks part a line in two.
        charset: the characters; case is folded.
        order: length of the longest n-grams, or the longest that the charset allows.
        gain: nats that an n-gram must be worth, from the third order on.

    Raises:
        ValueError: there is no text of the charset at all.
    """
    order, bits = min(order, max_order(charset)), symbol_bits(charset)
    counts = _counted(lines, charset, order)
    if not counts:
        raise ValueError("there are no texts of characters that the charset has")
    known = sorted({EDGE, *symbols(charset)[1:]})
    # Order 0: every symbol alike.
    probability: dict[Gram, float] = {}
    for context, followers in sorted(counts.items(), key=lambda item: len(item[0])):
        total, kinds = followers.total(), len(followers)
        for symbol in known if not context else followers:
            gram = (*context, symbol)
            shorter = probability[gram[1:]] if context else 1 / len(known)
            probability[gram] = (followers[symbol] + kinds * shorter) / (total + kinds)
    kept = _worthy(counts, probability, gain)
    costs = {packed(gram, bits): -math.log(probability[gram]) for gram in kept}
    return tabulate(order, costs, _backoffs(kept, probability, bits), charset)


def _counted(lines: Iterable[str], charset: Charset, order: int) -> dict[Gram, Counter[int]]:
    """How often each symbol follows each context of up to ``order`` − 1 symbols."""
    counts: dict[Gram, Counter[int]] = defaultdict(Counter)
    number = symbols(charset)
    for line in lines:
        for part in "".join(c if c in charset else "\0" for c in line).split("\0"):
            sequence = (EDGE, *(number[k] for k in charset.encode(part)), EDGE) if part else ()
            for at in range(1, len(sequence)):
                for length in range(min(order - 1, at) + 1):
                    counts[sequence[at - length : at]][sequence[at]] += 1
    return counts


def _worthy(counts: dict[Gram, Counter[int]], probability: dict[Gram, float], gain: float) -> set[Gram]:
    kept = {gram for gram in probability if len(gram) <= 2}
    for gram in sorted((gram for gram in probability if len(gram) > 2), key=len, reverse=True):
        # A longer one that is kept needs all of its beginnings and ends.
        if gram in kept or (
            counts[gram[:-1]][gram[-1]] * abs(math.log(probability[gram] / probability[gram[1:]])) > gain
        ):
            kept |= {gram, gram[1:], gram[:-1]}
    return kept


def _backoffs(kept: set[Gram], probability: dict[Gram, float], bits: int) -> dict[int, float]:
    """−log of what a context leaves to its shorter one, by packed context."""
    here: dict[Gram, float] = defaultdict(float)
    there: dict[Gram, float] = defaultdict(float)
    for gram in kept:
        if len(gram) > 1:
            here[gram[:-1]] += probability[gram]
            there[gram[:-1]] += probability[gram[1:]]
    backoffs = {}
    for context in here:
        left, below = max(1e-6, 1 - here[context]), max(1e-6, 1 - there[context])
        backoffs[packed(context, bits)] = -math.log(min(1.0, left / below))
    return backoffs
