"""Letters beyond ASCII on pages that show no others: a speck above an A makes no Ä there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ocr.recognition.decoded import Decoded

#: Such letters that look at least as certain as this tell that the page's language has them.
_EVIDENT = 0.9
#: On a page without other evidence a letter needs this certainty.
_ALONE = 0.97


def is_accented(character: str) -> bool:
    """Whether a character is a letter beyond ASCII."""
    return not character.isascii() and character.isalpha()


def without_unlikely(lines: Sequence[Decoded]) -> list[Decoded]:
    """The lines of a page; letters that its language does not seem to have are what else they look most like.

    A letter beyond ASCII stays where it is almost certain, where it has no likely alternative, or where another one on
    the page is clear. Confidences of lines stay as they are.
    """
    accented = [(n, line) for n, line in enumerate(lines) if not line.text.isascii()]
    if not accented:
        return list(lines)
    places = [
        (n, k) for n, line in accented for k, character in enumerate(line.text) if is_accented(character)
    ]
    clear = [(n, k) for n, k in places if lines[n].certainties[k] >= _EVIDENT]
    if len(clear) > 1:
        return list(lines)
    revised = list(lines)
    for n, k in places:
        line = revised[n]
        other = next((doubt for doubt in line.doubts if doubt.position == k), None)
        evident = any(place != (n, k) for place in clear)
        if evident or line.certainties[k] >= _ALONE or other is None or not other.character.isascii():
            continue
        certainties = list(line.certainties)
        certainties[k] *= math.exp(min(0.0, other.log_ratio))
        revised[n] = line._replace(
            text=line.text[:k] + other.character + line.text[k + 1 :],
            certainties=certainties,
            doubts=[doubt for doubt in line.doubts if doubt.position != k],
        )
    return revised
