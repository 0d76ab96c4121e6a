"""Measures of read text: edit distance, character and word error rate, line accuracy, token F1.

Texts are compared exactly: no case folding, no Unicode normalisation (`TokenF1` alone upper-cases).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from ocr.metrics.scores import Score, ratio


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Levenshtein distance: the least number of insertions, deletions and substitutions from `a` to `b`.

    Myers, "A fast bit-vector algorithm for approximate string matching based on dynamic programming", JACM
    1999, in the form of Hyyrö (2003) for the distance of two whole sequences. A column of the table is one
    integer of any length, so that the cost is that of ``len(b)`` steps for the lengths of text lines: 15 ms for the
    3,070 lines of ``sroie/val``, of which reading takes a minute. A library is faster, but one more compiled package,
    and those that take any sequence compare hashes instead of members.

    >>> edit_distance("kitten", "sitting")
    3
    """
    if len(a) < len(b):
        a, b = b, a
    if not b:
        return len(a)
    if a == b:
        return 0
    # Bit i of `positions[x]` says that a[i] is x.
    positions: dict[Hashable, int] = {}
    for i, x in enumerate(a):
        positions[x] = positions.get(x, 0) | (1 << i)
    mask, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    up, down, distance = mask, 0, len(a)
    for y in b:
        equal = positions.get(y, 0)
        diagonal = (((equal & up) + up) ^ up) | equal | down
        rise = down | (~(diagonal | up) & mask)
        fall = up & diagonal
        distance += bool(rise & last) - bool(fall & last)
        rise = ((rise << 1) | 1) & mask
        fall = (fall << 1) & mask
        up = fall | (~(diagonal | rise) & mask)
        down = rise & diagonal
    return distance


def character_error_rate(truth: str, predicted: str) -> float:
    """Edit distance over the length of the truth, at least 0 and above 1 if much was inserted.

    An empty truth gives 0 for an empty prediction and 1 otherwise.
    """
    return ratio(edit_distance(truth, predicted), len(truth), empty=1.0 if predicted else 0.0)


@dataclass(frozen=True)
class TextResult:
    """Error rates over a set of lines.

    Attributes:
        cer: character errors over truth characters.
        wer: word errors over truth words (split at whitespace).
        line_accuracy: share of lines read without any error.
        lines: number of lines.
    """

    cer: float
    wer: float
    line_accuracy: float
    lines: int

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return {"cer": self.cer, "wer": self.wer, "line_accuracy": self.line_accuracy, "lines": self.lines}


@dataclass
class TextErrors:
    """CER, WER and line accuracy; errors and lengths are summed over all lines before dividing."""

    _character_errors: int = 0
    _characters: int = 0
    _word_errors: int = 0
    _words: int = 0
    _exact: int = 0
    _lines: int = 0

    def add(self, truth: str, predicted: str) -> int:
        """Compare one line; returns its character errors."""
        self._lines += 1
        self._characters += len(truth)
        words = truth.split()
        self._words += len(words)
        if truth == predicted:
            self._exact += 1
            return 0
        errors = edit_distance(truth, predicted)
        self._character_errors += errors
        self._word_errors += edit_distance(words, predicted.split())
        return errors

    def merge(self, other: TextErrors) -> None:
        """Add the lines of another accumulator."""
        self._character_errors += other._character_errors
        self._characters += other._characters
        self._word_errors += other._word_errors
        self._words += other._words
        self._exact += other._exact
        self._lines += other._lines

    def result(self) -> TextResult:
        """Rates over all lines so far; without lines, error rates and accuracy are 0."""
        return TextResult(
            ratio(self._character_errors, self._characters, empty=float(self._character_errors > 0)),
            ratio(self._word_errors, self._words, empty=float(self._word_errors > 0)),
            ratio(self._exact, self._lines),
            self._lines,
        )


@dataclass(frozen=True)
class TokenResult:
    """Token F1 over a set of receipts.

    Attributes:
        score: recall and precision of tokens summed over all receipts; its ``hmean`` is the token F1.
        mean_f1: mean of the receipts' own F1.
        receipts: number of receipts.
    """

    score: Score
    mean_f1: float
    receipts: int

    @property
    def f1(self) -> float:
        """Token F1, summed over receipts before dividing (micro average)."""
        return self.score.hmean

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        recall, precision = self.score.recall, self.score.precision
        return {"recall": recall, "precision": precision, "f1": self.f1, "mean_f1": self.mean_f1}


@dataclass
class TokenF1:
    """F1 over the multiset of upper-cased, whitespace-separated tokens of a whole receipt.

    The order of lines and tokens is ignored. A lost or added space makes its token wrong.
    """

    _common: int = 0
    _truths: int = 0
    _predicted: int = 0
    _f1_sum: float = 0.0
    _receipts: int = 0

    def add(self, truths: Iterable[str], predicted: Iterable[str]) -> Score:
        """Compare the lines of one receipt; returns its own score."""
        expected, got = _tokens(truths), _tokens(predicted)
        common, truth_count, got_count = (expected & got).total(), expected.total(), got.total()
        self._common += common
        self._truths += truth_count
        self._predicted += got_count
        score = Score.of(common, truth_count, got_count)
        self._f1_sum += score.hmean
        self._receipts += 1
        return score

    def result(self) -> TokenResult:
        """Figures over all receipts so far."""
        score = Score.of(self._common, self._truths, self._predicted)
        return TokenResult(score, ratio(self._f1_sum, self._receipts), self._receipts)


def _tokens(texts: Iterable[str]) -> Counter[str]:
    return Counter(token for text in texts for token in text.upper().split())
