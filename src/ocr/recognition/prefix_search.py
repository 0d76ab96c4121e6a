"""Reading of CTC steps with an n-gram language model: prefix beam search, whose cost falls where the print is clear."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ocr.recognition.beam import Beam
from ocr.recognition.charset import BLANK, Charset
from ocr.recognition.language_model import EDGE
from ocr.recognition.likely_steps import Step

#: Prefixes that are less likely than the best one by more than this factor are left out.
_PREFIX_RANGE = 3e-3
#: Probabilities are scaled where the best is greater than this, or less than one over it.
_SCALED = 1e50

#: Of the beginning of a text: the probabilities of the alignments that end in a blank and of those that end in its last
#: character, the language model's part included; its context for that model; the class of its last character, if an
#: alignment ends in that; the place of that character; and its own share of the probabilities, for it can stand for
#: other beginnings as well, of which it is the likeliest.
State = tuple[float, float, int, int, "Place | None", float]
Prefixes = dict[str, State]
#: The place of the character before, the step at which a character begins, and its class.
Place = tuple["Place | None", int, int]


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
    added up, and a character multiplies the probability by (language model)^lm_weight · e^bonus. Beginnings from which
    the search goes on in the same way are followed as one, the likeliest of them; while there is but one, the language
    model is not asked.

    Args:
        steps: the likely classes of each step, as `Likely` makes them.
        beam: the language model and the width.
        charset: the characters.
    """
    prefixes: Prefixes = {"": (1.0, 0.0, EDGE, BLANK, None, 1.0)}
    # Of what was read when there was one prefix the last time: its length, its context, and the logarithm of its
    # probability by the network alone.
    known, context, network = 0, EDGE, 0.0
    share, scale = 1.0, 0.0
    at, end = 0, len(steps)
    while at < end:
        if len(prefixes) == 1:
            ((text, state),) = prefixes.items()
            network += _log_network(text, state, known, context, beam) + scale
            share *= state[5]
            text, state, at = _alone(text, state, steps, at, beam, charset)
            known, context, scale = len(text), state[2], 0.0
            prefixes = {text: state}
            if at == end:
                break
        step = steps[at]
        if len(step) > 1:
            prefixes, shrunk = _likeliest(_branched(prefixes, at, step, beam, charset), beam.width)
            scale += shrunk
        elif step[0][0] == BLANK:
            prefixes = {
                text: (blank + letter, 0.0, before, BLANK, places, part)
                for text, (blank, letter, before, _, places, part) in prefixes.items()
            }
        else:
            prefixes = _extended(prefixes, at, step[0], beam, charset)
        at += 1
    ended = {text: (s[0] + s[1]) * beam.follow(s[2], EDGE)[0] for text, s in prefixes.items()}
    text = max(ended, key=lambda text: ended[text] * prefixes[text][5])
    state = prefixes[text]
    share *= ended[text] * state[5] / sum(ended.values())
    network += _log_network(text, state, known, context, beam) + scale
    begins, classes = _unlinked(state[4])
    return Found(text, min(1.0, math.exp(network)) * share, begins, classes)


def _log_network(text: str, state: State, known: int, context: int, beam: Beam) -> float:
    """Logarithm of the probability of a prefix by the network alone, after its first ``known`` characters."""
    log = math.log((state[0] + state[1]) * state[5])
    symbols, place = beam.language_model.symbols, state[4]
    classes = []
    for _ in range(len(text) - known):
        assert place is not None
        place, _, k = place
        classes.append(k)
    # What the language model had put in is taken out again.
    for k in reversed(classes):
        factor, context = beam.follow(context, symbols[k])
        log -= math.log(factor)
    return log


def _alone(
    text: str, state: State, steps: Sequence[Step], at: int, beam: Beam, charset: Charset
) -> tuple[str, State, int]:
    """A single prefix, scaled to probability 1, from a step on as long as there is but one, and the step after."""
    symbols, after, characters = beam.language_model.symbols, beam.language_model.after, charset.characters
    blank, letter, context, last, places, _ = state
    total = blank + letter
    blank, letter = blank / total, letter / total
    end = len(steps)
    # Where it becomes too small a number, it is to be scaled again.
    while at < end and blank + letter > 1 / _SCALED:
        step = steps[at]
        k, p = step[0]
        if len(step) == 1:
            if k == BLANK:
                blank, letter = blank + letter, 0.0
                at += 1
                continue
            if k == last and letter:
                if blank:
                    # Either the same character, seen longer, or another one.
                    break
                letter *= p
                at += 1
                continue
            begins, letter = at, (blank + letter) * p
            at += 1
        else:
            if k != BLANK or len(step) > 2:
                break
            k, either = step[1]
            if k == last and letter:
                if blank:
                    break
                # The end of a character.
                blank, letter = letter * p, letter * either
                at += 1
                continue
            following = steps[at + 1] if at + 1 < end else step
            if len(following) > 1 or following[0][0] != k:
                break
            # The begin of a character, at the likelier one of two steps.
            begins = at if either >= p else at + 1
            letter = (blank + letter) * (p + either) * following[0][1]
            at += 2
        blank, last = 0.0, k
        text += characters[k - 1]
        context = after(context, symbols[k])
        places = (places, begins, k)
    return text, (blank, letter, context, last, places, 1.0), at


def _branched(prefixes: Prefixes, at: int, step: Step, beam: Beam, charset: Charset) -> Prefixes:
    """Prefixes after a step of several classes, without most of those that are not likely enough."""
    known, symbols, bits = beam.known, beam.language_model.symbols, beam.language_model.bits
    characters, most = charset.characters, math.exp(beam.bonus)
    least = 0.0
    grown: Prefixes = {}
    for text, (blank, letter, context, last, places, share) in prefixes.items():
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
            if p * before * most > least:
                symbol = symbols[k]
                factor, after = known.get(context << bits | symbol) or beam.follow(context, symbol)
                longer, gain = text + characters[k - 1], p * before * factor
                old = grown.get(longer)
                if old is None:
                    grown[longer] = (0.0, gain, after, k, (places, at, k), share)
                else:
                    # The likelier alignment says where the character stands.
                    mass = old[0] + old[1]
                    place = old[4] if mass >= gain else (places, at, k)
                    both = (mass * old[5] + gain * share) / (mass + gain)
                    gain += old[1]
                    grown[longer] = (old[0], gain, after, k, place, both)
                if gain * _PREFIX_RANGE > least:
                    least = gain * _PREFIX_RANGE
        stayed = stay_blank + stay_letter
        if stayed > least:
            old = grown.get(text)
            if old is not None:
                mass, last = old[0] + old[1], old[3]
                if mass > stayed:
                    places = old[4]
                share = (mass * old[5] + stayed * share) / (mass + stayed)
                stay_blank, stay_letter = stay_blank + old[0], stay_letter + old[1]
            grown[text] = (stay_blank, stay_letter, context, last, places, share)
            if stayed * _PREFIX_RANGE > least:
                least = stayed * _PREFIX_RANGE
    return grown


def _extended(
    prefixes: Prefixes, at: int, entry: tuple[int, float], beam: Beam, charset: Charset
) -> Prefixes:
    """Prefixes after a step of one class, a character: all end in it, so those of one context are one from here on."""
    k, p = entry
    symbol, character = beam.language_model.symbols[k], charset.characters[k - 1]
    by_context: dict[int, tuple[str, State]] = {}
    for text, (blank, letter, context, last, places, share) in prefixes.items():
        before = blank + letter
        if k == last:
            before = blank
            if letter > 0.0:
                _add(by_context, text, (0.0, letter * p, context, k, places, share))
        if before > 0.0:
            factor, after = beam.follow(context, symbol)
            _add(by_context, text + character, (0.0, p * before * factor, after, k, (places, at, k), share))
    return dict(by_context.values())


def _add(by_context: dict[int, tuple[str, State]], text: str, state: State) -> None:
    """Put a prefix that ends in the character of all of them to the one of its context, if there is one."""
    old = by_context.get(state[2])
    by_context[state[2]] = (text, state) if old is None else _together(old, (text, state))


def _together(one: tuple[str, State], other: tuple[str, State]) -> tuple[str, State]:
    """Two prefixes of one context that end in the same character as one: the likelier, with the sum of both."""
    first, second = (one, other) if one[1][1] * one[1][5] >= other[1][1] * other[1][5] else (other, one)
    text, (_, mass, context, k, places, share) = first
    total = mass + second[1][1]
    own = mass * share + (second[1][1] * second[1][5] if second[0] == text else 0.0)
    return text, (0.0, total, context, k, places, own / total)


def _unlinked(place: Place | None) -> tuple[list[int], list[int]]:
    """Steps and classes of the characters of a prefix, the first one first."""
    begins, classes = [], []
    while place is not None:
        place, at, k = place
        begins.append(at)
        classes.append(k)
    return begins[::-1], classes[::-1]


def _likeliest(prefixes: Prefixes, width: int) -> tuple[Prefixes, float]:
    """The likeliest prefixes, at most ``width``, and the logarithm of what they were divided by."""
    totals = {text: state[0] + state[1] for text, state in prefixes.items()}
    best = max(totals.values())
    least = best * _PREFIX_RANGE
    kept = [text for text, total in totals.items() if total >= least]
    if len(kept) > width:
        kept.sort(key=totals.__getitem__, reverse=True)
        del kept[width:]
    if 1 / _SCALED < best < _SCALED:
        return (prefixes if len(kept) == len(prefixes) else {text: prefixes[text] for text in kept}), 0.0
    scaled: Prefixes = {}
    for text in kept:
        blank, letter, context, last, places, share = prefixes[text]
        scaled[text] = (blank / best, letter / best, context, last, places, share)
    return scaled, math.log(best)
