"""Letters beyond ASCII that a page's language does not have: a speck above an A makes no Ä on an English page, and no Ã
on a German one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from ocr.recognition.alphabets import basic_letter, likely_letters
from ocr.recognition.decoded import Decoded

#: Such letters that look at least as certain as this tell that the page's language has them, by as much as they are.
_EVIDENT = 0.5
#: An i whose dot faint print has lost looks like it: it tells nothing.
_LOST_DOT = "ı"
#: Clear letters of another script than Latin tell that the page is in it.
_CLEAR = 0.9
#: A letter that these do not speak for needs this certainty; one that is none of Latin-1 this.
_ALONE, _RARE_ALONE = 0.97, 0.995
#: One of Latin-1 needs this alone where all else that it looks like is the same letter with another accent.
_ACCENTED = 0.85
#: On pages of fewer letters the language cannot be told by those that are missing.
_FEW = 60
#: Another letter, or beside digits anything, is taken for it where the logarithm of the ratio is above this; else it is
#: the letter that it is made of.
_CLOSE = -2.0
#: Least probability of a letter that is not seen.
_LEAST = 1e-3


def is_accented(character: str) -> bool:
    """Whether a character is a letter beyond ASCII."""
    return not character.isascii() and character.isalpha()


def without_unlikely(lines: Sequence[Decoded]) -> list[Decoded]:
    """The lines of a page; letters that its language does not seem to have are what else they look most like.

    A letter beyond ASCII stays where it is almost certain, by itself or together with others of the same letter with
    another accent, or where the language that the others on the page speak for has it: on blurred paper many that are
    doubtful tell as much as a few clear ones. Otherwise it is the likeliest other reading that is ASCII or a letter of
    that language, or the letter that it is made of. A page with clear letters of another script than Latin stays as it
    is. Confidences of lines do not change.
    """
    places = [
        (n, k)
        for n, line in enumerate(lines)
        if not line.text.isascii()
        for k, character in enumerate(line.text)
        if is_accented(character)
    ]
    seen: defaultdict[str, float] = defaultdict(float)
    for n, k in places:
        seen[lines[n].text[k]] += _evidence(lines[n], k)
    clear = {lines[n].text[k] for n, k in places if lines[n].certainties[k] >= _CLEAR}
    if not places or not all(map(_is_latin, clear)):
        return list(lines)
    count = sum(map(str.isalpha, "".join(line.text for line in lines)))
    revised = list(lines)
    for n, k in places:
        line = revised[n]
        character, certainties = line.text[k], list(line.certainties)
        common = character < "\u0100" or count < _FEW
        if certainties[k] >= (_ALONE if common else _RARE_ALONE) or _is_surely_accented(line, k):
            continue
        likely = likely_letters({**seen, character: seen[character] - _evidence(line, k)}, count)
        if character in likely:
            continue
        other, log_ratio = _other(line, k, likely, count >= _FEW)
        if not other:
            continue
        text = line.text[:k] + other + line.text[k + 1 :]
        certainties[k] *= math.exp(min(0.0, log_ratio))
        revised[n] = line._replace(
            text=text,
            certainties=certainties,
            doubts=[doubt for doubt in line.doubts if doubt.position != k],
        )
    return revised


def _is_surely_accented(line: Decoded, position: int) -> bool:
    """Whether a letter of Latin-1 may be another one, but none without an accent."""
    character = line.text[position]
    base = basic_letter(character)
    return (
        character < "\u0100"
        and base.isascii()
        and line.certainties[position] >= _ACCENTED
        and all(
            is_accented(doubt.character) and basic_letter(doubt.character).lower() == base.lower()
            for doubt in line.doubts
            if doubt.position == position
        )
    )


def _evidence(line: Decoded, position: int) -> float:
    """How much a letter beyond ASCII tells of the page's language."""
    certainty = line.certainties[position]
    return certainty if certainty >= _EVIDENT and line.text[position] != _LOST_DOT else 0.0


def _other(line: Decoded, position: int, likely: frozenset[str], telling: bool) -> tuple[str, float]:
    """What a letter beyond ASCII is on a page where it is unlikely, with its log-ratio; empty if nothing is known.

    Args:
        line: with the letter.
        position: of the letter.
        likely: letters beyond ASCII that the page's language has.
        telling: whether the page has so many letters that those it lacks tell something.
    """
    beside_digits = any(c.isdigit() for c in line.text[max(0, position - 1) : position + 2])
    options = {
        doubt.character: doubt.log_ratio
        for doubt in line.doubts
        if doubt.position == position
        # Spaces part the words, whose places are known by now.
        and doubt.character != " "
        and (
            doubt.character in likely
            or (doubt.character.isascii() and (beside_digits or doubt.character.isalpha()))
        )
    }
    other = max(options, key=lambda character: options[character], default="")
    base = basic_letter(line.text[position])
    if not telling or not base.isascii() or base.isspace() or (other and options[other] > _CLOSE):
        return other, options.get(other, -math.inf)
    return base, options.get(base, math.log(1 - line.certainties[position] + _LEAST))


def _is_latin(character: str) -> bool:
    return character < "\u0250" or "\u1e00" <= character <= "\u1eff"
