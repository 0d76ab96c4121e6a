"""Other readings of lines with figures: what a sum that does not add up may be mended with."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ocr.recognition.decoded import Decoded, Doubt

#: Other readings of a whole line, the likeliest first; each with the logarithm of its probability over that of the
#: reading itself, below 0 except where a language model chose the less likely look.
Alternatives = tuple[tuple[str, float], ...]

#: Alternatives of a line at most.
MOST = 5
#: Doubtful characters that are looked at together, the most doubtful ones.
_DOUBTS = 6


def alternatives(line: Decoded) -> Alternatives:
    """Readings of a line that differ in one or two characters of words with figures, at most `MOST`.

    A character's alternative is the second-best one by its look, where that is at least a hundredth as likely as the
    best. Lines without figures, and lines whose figures are clear, have none.
    """
    if not line.doubts or not any(map(str.isdigit, line.text)):
        return ()
    doubts = [
        doubt for doubt in line.doubts if doubt.character != " " and _of_figures(line.text, doubt.position)
    ]
    doubts = sorted(doubts, key=_log_ratio, reverse=True)[:_DOUBTS]
    options: list[tuple[float, tuple[Doubt, ...]]] = [(doubt.log_ratio, (doubt,)) for doubt in doubts]
    options += [
        (a.log_ratio + b.log_ratio, (a, b))
        for a, b in itertools.combinations(doubts, 2)
        if a.position != b.position
    ]
    options.sort(key=_first, reverse=True)
    return tuple((_changed(line.text, changes), round(ratio, 3)) for ratio, changes in options[:MOST])


def merged(left: str, left_others: Alternatives, right: str, right_others: Alternatives) -> Alternatives:
    """Alternatives of two readings that are one line, separated by a space."""
    both = [(f"{text} {right}", ratio) for text, ratio in left_others]
    both += [(f"{left} {text}", ratio) for text, ratio in right_others]
    return tuple(sorted(both, key=lambda option: -option[1])[:MOST])


def _of_figures(text: str, index: int) -> bool:
    begin = text.rfind(" ", 0, index) + 1
    end = text.find(" ", index)
    return any(map(str.isdigit, text[begin : end if end >= 0 else len(text)]))


def _changed(text: str, doubts: Sequence[Doubt]) -> str:
    characters = list(text)
    for doubt in doubts:
        characters[doubt.position] = doubt.character
    return "".join(characters)


def _log_ratio(doubt: Doubt) -> float:
    return doubt.log_ratio


def _first(option: tuple[float, tuple[Doubt, ...]]) -> float:
    return option[0]
