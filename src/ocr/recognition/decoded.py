"""What decoding makes of a line: its text, and where along the line each character stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Doubt(NamedTuple):
    """What else a character can be by its look.

    Attributes:
        position: index of the character in the text.
        character: the likeliest other one; for a letter beyond ASCII that of its kind or that of all others.
        log_ratio: logarithm of its probability over that of the character that was read; about 0 to −4.6, above 0
            where a language model chose the less likely look.
    """

    position: int
    character: str
    log_ratio: float


class Decoded(NamedTuple):
    """The text of a line and where its characters stand.

    Attributes:
        text: words separated by single spaces; empty where nothing is written.
        confidence: 0 to 1.
        begins: step at which each character of the text begins.
        ends: step after the last one of each character.
        certainties: probability of each character at the step where it is surest, by its look alone.
        doubts: other readings of characters that are not certain, in the order of the text; of a letter beyond ASCII
            up to two.
    """

    text: str
    confidence: float
    begins: Sequence[int] = ()
    ends: Sequence[int] = ()
    certainties: Sequence[float] = ()
    doubts: Sequence[Doubt] = ()


def spaces_left_out(text: str) -> list[int] | None:
    """Indices of the characters that stay where words are separated by single spaces; ``None`` where all do."""
    if text and text[0] != " " and text[-1] != " " and "  " not in text:
        return None
    end = len(text.rstrip(" "))
    return [k for k in range(end) if text[k] != " " or (k and text[k - 1] != " ")]


def changed(line: Decoded, changes: Sequence[Doubt]) -> Decoded:
    """The line with other characters, for which those that it had are what else they may be."""
    text, certainties, doubts = list(line.text), list(line.certainties), list(line.doubts)
    for change in changes:
        k = change.position
        doubts[doubts.index(change)] = Doubt(k, text[k], -change.log_ratio)
        text[k] = change.character
        certainties[k] *= math.exp(min(0.0, change.log_ratio))
    return line._replace(text="".join(text), certainties=certainties, doubts=doubts)
