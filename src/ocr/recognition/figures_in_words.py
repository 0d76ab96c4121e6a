"""Noughts in words and letters in numbers: of two looks nearly alike, the one that makes a word or a number.

A language model is asked about letters, and must not touch figures. Where a nought stands among capitals, or an l among
figures, the look that the network itself finds possible decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ocr.recognition.decoded import Decoded, Doubt, changed

#: Words of letters and one or two noughts in a row, which begin with a letter: L00SE, MASŁ0, T0TAL.
_WORD = re.compile(r"[^\W\d_]+(?:0{1,2}[^\W\d_]+)*(?:0(?!\d))?")
#: Letters that look like figures among those of a number: 071l, 5O3.
_NUMBER = re.compile(r"(?<![^\W_])[\dlIO]{3,}(?![^\W_])")
_LOOKS = {"l": "1", "I": "1", "O": "0"}
#: A letter that ends a number may be a unit (10l) or a tax letter: only where it looks nearly as much like a figure.
_CLOSE = -1.0


def as_words_and_numbers(lines: Sequence[Decoded]) -> list[Decoded]:
    """The lines; noughts of words that may be an O are one, and letters of numbers that may be a figure are that.

    A word has more letters than noughts, and a number more figures than letters. What has no other look of at least a
    hundredth of its probability stays. Confidences do not change.
    """
    return [_revised(line) if line.doubts else line for line in lines]


def _revised(line: Decoded) -> Decoded:
    changes = list(_changes(line))
    return changed(line, changes) if changes else line


def _changes(line: Decoded) -> Iterator[Doubt]:
    text = line.text
    if "0" in text:
        for word in _WORD.finditer(text):
            noughts = word[0].count("0")
            if not noughts or len(word[0]) - noughts <= noughts or len(word[0]) < 4:
                continue
            letter = "o" if word[0][1:].replace("0", "").islower() else "O"
            yield from _doubts(line, word, "0", letter)
    for number in _NUMBER.finditer(text):
        letters = sum(c in _LOOKS for c in number[0])
        if letters and letters < len(number[0]) - letters:
            for letter, figure in _LOOKS.items():
                for doubt in _doubts(line, number, letter, figure):
                    if doubt.position < number.end() - 1 or doubt.log_ratio > _CLOSE:
                        yield doubt


def _doubts(line: Decoded, match: re.Match[str], character: str, other: str) -> Iterator[Doubt]:
    """Those of a character of a part of a line that may be another one."""
    for doubt in line.doubts:
        k = doubt.position
        if match.start() <= k < match.end() and line.text[k] == character and doubt.character == other:
            yield doubt
