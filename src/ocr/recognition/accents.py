"""Letters beyond ASCII that a page's language does not have: a speck above an A makes no Ä on an English page, and no Ã
on a German one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ocr.recognition.alphabets import likely_letters
from ocr.recognition.decoded import Decoded

#: Such letters that look at least as certain as this tell that the page's language has them.
_EVIDENT = 0.9
#: A letter that these do not speak for needs this certainty.
_ALONE = 0.97


def is_accented(character: str) -> bool:
    """Whether a character is a letter beyond ASCII."""
    return not character.isascii() and character.isalpha()


def without_unlikely(lines: Sequence[Decoded]) -> list[Decoded]:
    """The lines of a page; letters that its language does not seem to have are what else they look most like.

    A letter beyond ASCII stays where it is almost certain, where a language that the clear ones on the page speak for
    has it, and where nothing else is likely that is ASCII or a letter of that language. A page with clear letters of
    another script than Latin stays as it is. Confidences of lines do not change.
    """
    places = [
        (n, k)
        for n, line in enumerate(lines)
        if not line.text.isascii()
        for k, character in enumerate(line.text)
        if is_accented(character)
    ]
    clear = Counter(lines[n].text[k] for n, k in places if lines[n].certainties[k] >= _EVIDENT)
    if not places or not all(_is_latin(character) for character in clear):
        return list(lines)
    revised = list(lines)
    for n, k in places:
        line = revised[n]
        character, certainties = line.text[k], list(line.certainties)
        likely = likely_letters(clear - Counter([character] if certainties[k] >= _EVIDENT else []))
        others = [
            doubt
            for doubt in line.doubts
            if doubt.position == k and (doubt.character.isascii() or doubt.character in likely)
        ]
        if not others or certainties[k] >= _ALONE or character in likely:
            continue
        other = max(others, key=lambda doubt: doubt.log_ratio)
        certainties[k] *= math.exp(min(0.0, other.log_ratio))
        revised[n] = line._replace(
            text=line.text[:k] + other.character + line.text[k + 1 :],
            certainties=certainties,
            doubts=[doubt for doubt in line.doubts if doubt.position != k],
        )
    return revised


def _is_latin(character: str) -> bool:
    return character < "\u0250" or "\u1e00" <= character <= "\u1eff"
