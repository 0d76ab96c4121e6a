"""Whether a page is in a script that the recogniser does not know: it then writes letters that only look alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from ocr.recognition.recognizer import Reading, Recognizer

#: A line is one of letters where these are at least this share of its characters.
_LETTERS = 0.6
#: Lines and letters that a page has at least for a verdict.
_MIN_LINES, _MIN_LETTERS = 3, 10
#: Mean certainty of the lines of letters, weighted by letters, below which no letter is known.
_UNREADABLE = 0.65
#: Below this certainty letters may be of an alphabet that shares some with the Latin one: then they make no words. Such
#: lines surprise the language model by so many nats a character on average and, but for a quarter of them, by so many,
#: and so large a share of the words has a capital after a small letter, or a figure among letters. Badly printed
#: German receipts come to 4.57, 4.07 and 0.31, none of them to all.
_DOUBTFUL, _SURPRISING, _LEAST_SURPRISING, _MIXED = 0.93, 4.65, 4.2, 0.28
#: Lines that surprise it by so many are of no language that it knows, whatever their words look like: Armenian comes to
#: 5.05 and 4.47 and more, badly printed German now to 4.17 and 3.72.
_ALIEN, _LEAST_ALIEN = 4.85, 4.3
#: A page of which less than this share of the letters can be expected to be right is of no language that it knows where
#: it surprises it by so many already: Hebrew comes to 0.22, 4.4 and 4.07; print that is too small to be read, which is
#: written as words that there are, to 3.0 and 2.3.
_LOST, _LOST_SURPRISING, _LOST_LEAST = 0.3, 4.1, 3.6
#: What is left of the confidence of a line of letters.
_KEPT = 0.3

_MESSAGE = (
    "most of the text of the page is in a script that the recognition model does not know, or is no text; a model for "
    "the script is needed"
)


def is_unknown(readings: Sequence[Reading], recognizer: Recognizer) -> bool:
    """Whether most lines of a page that are not figures are in a script that the recogniser does not know.

    Letters of an unknown script are read with low certainty. Letters of an alphabet that resembles the Latin one are
    not, but what they make surprises the language model.

    Args:
        readings: of the lines of a page.
        recognizer: that read them.
    """
    lines = [(reading, letters) for reading in readings if (letters := _letters(reading.text))]
    weights = np.array([letters for _, letters in lines], np.float64)
    if len(lines) < _MIN_LINES or weights.sum() < _MIN_LETTERS:
        return False
    certainty = float(np.average([reading.certainty for reading, _ in lines], weights=weights))
    if certainty < _UNREADABLE:
        return True
    if certainty > _DOUBTFUL:
        return False
    surprise = np.array([recognizer.surprise(reading.text) for reading, _ in lines])
    average = float(np.average(surprise, weights=[len(reading.text) for reading, _ in lines]))
    least = float(np.quantile(surprise, 0.25))
    if average > _ALIEN and least > _LEAST_ALIEN:
        return True
    right = float(np.average([reading.confidence for reading, _ in lines], weights=weights))
    if right < _LOST and average > _LOST_SURPRISING and least > _LOST_LEAST:
        return True
    words = [word for reading, _ in lines for word in reading.text.split()]
    mixed = sum(map(_is_mixed, words)) > _MIXED * len(words)
    return average > _SURPRISING and least > _LEAST_SURPRISING and mixed


def _is_mixed(word: str) -> bool:
    """Whether a word has a capital after a small letter, or letters and figures."""
    rises = any(one.islower() and other.isupper() for one, other in pairwise(word))
    return rises or (any(map(str.isdigit, word)) and any(map(str.isalpha, word)))


def doubted(reading: Reading) -> float:
    """The confidence of a reading on a page in an unknown script: figures are the same in most scripts."""
    return reading.confidence * (_KEPT if _letters(reading.text) else 1.0)


def warning(unknown: bool) -> Iterator[tuple[str, str]]:
    """The warning of a page as a (code, message) pair, where its script is unknown."""
    if unknown:
        yield "unknown_script", _MESSAGE


def _letters(text: str) -> int:
    """Letters and signs of a line; 0 where there are fewer than two or mostly figures, or where it is a rule."""
    count = sum(not character.isdigit() and character != " " for character in text)
    rule = len(set(text)) == 1 and not text[0].isalpha()
    return 0 if rule or count < 2 or count < _LETTERS * len(text) else count
