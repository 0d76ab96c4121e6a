"""Whether a page is in a script that the recogniser does not know: it then writes letters that only look alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ocr.recognition.recognizer import Reading, Recognizer

#: A line is one of letters where these are at least this share of its characters.
_LETTERS = 0.6
#: Lines and letters that a page has at least for a verdict.
_MIN_LINES, _MIN_LETTERS = 3, 10
#: Mean certainty of the lines of letters, weighted by letters, below which no letter is known.
_UNREADABLE = 0.7
#: Below this certainty and above this surprise a character, in nats, letters are known that make no words: other
#: alphabets share letters with the Latin one.
_DOUBTFUL, _SURPRISING = 0.93, 4.1
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
    surprise = [recognizer.surprise(reading.text) for reading, _ in lines]
    counts = [len(reading.text) for reading, _ in lines]
    return float(np.average(surprise, weights=counts)) > _SURPRISING


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
