"""CLEval: character-level evaluation of text detection and of end-to-end reading.

Baek, Nam, Park, Lee, Shin, Baek, Lee and Lee, "CLEval: Character-Level Evaluation for Text Detection and
Recognition Tasks", CVPR Workshops 2020. Lines are matched by pseudo character centres (PCC), the estimated
positions of the characters of a truth line, so that a split or merged line keeps its characters and loses one
for each cut. This gives the figures of the published package ``cleval`` 0.1.1 and follows its choices, among them:

- points are cut to whole pixels for areas and inclusion, not for the centres;
- a prediction without a match counts as ``round(0.5 + height / width)`` false characters for detection, 10 at
  most;
- a prediction whose text is ``###`` stands for as many characters as an unreadable line of its shape.

The package measures quads; other polygons are taken as their rotated rectangle of least area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ocr.metrics.cleval_matching import (
    MOST_CHARACTERS,
    Line,
    Matrix,
    area_precision,
    ignored_predictions,
    inclusion,
    match,
)
from ocr.metrics.lcs import longest_common_subsequence
from ocr.metrics.scores import Prediction, Score, ratio, summed
from ocr.metrics.truth import TruthLine

#: The transcript of unreadable lines in ICDAR files.
_UNREADABLE = "###"


@dataclass(frozen=True)
class CharacterCounts:
    """Characters of one picture or, added up, of many.

    Attributes:
        truth: characters of the readable truth lines.
        predicted: characters of the predictions that count.
        correct: characters found (detection) or read right (end to end).
        splits: penalty on recall, one for each cut in a truth line.
        merges: penalty on precision, one for each truth line more than one in a prediction.
        false: predicted characters that are in no truth line.
    """

    truth: int = 0
    predicted: int = 0
    correct: int = 0
    splits: int = 0
    merges: int = 0
    false: int = 0

    def __add__(self, other: CharacterCounts) -> CharacterCounts:
        return summed(self, other)

    def score(self) -> Score:
        """Recall and precision; 0 where there is nothing to find, as in the published package."""
        return Score(
            ratio(max(0, self.correct - self.splits), self.truth),
            ratio(max(0, self.correct - self.merges), self.predicted),
        )


@dataclass(frozen=True)
class CLEvalResult:
    """CLEval of one picture or a set.

    Attributes:
        detection: counts of characters found.
        end_to_end: counts of characters read right.
        split: truth lines found in more than one prediction.
        merged: predictions over more than one truth line.
        overlapped: characters that a second prediction covers.
    """

    detection: CharacterCounts = CharacterCounts()
    end_to_end: CharacterCounts = CharacterCounts()
    split: int = 0
    merged: int = 0
    overlapped: int = 0

    def __add__(self, other: CLEvalResult) -> CLEvalResult:
        return summed(self, other)


@dataclass
class CLEval:
    """CLEval over a set: characters are summed over all pictures before dividing.

    Args:
        case_sensitive: whether ``a`` read as ``A`` is wrong.
        texts: whether to measure end to end too, which takes longer than detection alone.
    """

    case_sensitive: bool = True
    texts: bool = True
    _total: CLEvalResult = field(default_factory=CLEvalResult, repr=False)

    def add(self, truths: Sequence[TruthLine], predictions: Sequence[Prediction]) -> CLEvalResult:
        """Count one picture and return its own result."""
        result = cleval(truths, predictions, case_sensitive=self.case_sensitive, texts=self.texts)
        self._total = self._total + result
        return result

    def result(self) -> CLEvalResult:
        """The sum over all pictures so far."""
        return self._total


def cleval(
    truths: Sequence[TruthLine],
    predictions: Sequence[Prediction],
    *,
    case_sensitive: bool = True,
    texts: bool = True,
) -> CLEvalResult:
    """CLEval of one picture.

    Args:
        truths: annotated lines; a text of ``None`` excludes the line and predictions on it.
        predictions: predicted lines, in any order.
        case_sensitive: whether ``a`` read as ``A`` is wrong.
        texts: whether to measure end to end too.
    """
    lines = [Line.of(t.polygon, t.text or "", case_sensitive, t.ignore) for t in truths]
    predicted = [Line.of(p.polygon, p.text, case_sensitive, p.text == _UNREADABLE) for p in predictions]
    centres = [line.centres() for line in lines]
    ignored = {t for t, truth in enumerate(truths) if truth.ignore}

    precision = area_precision(lines, predicted, ignored)
    covered = inclusion(centres, predicted)
    counts = np.array([c.sum(axis=1) for c in covered], np.int64).reshape(len(lines), len(predicted))
    void = ignored_predictions(ignored, counts, precision)
    # Python sets, as in the published package: their order decides which of two lines takes a shared letter.
    valid_truths = set(range(len(lines))) - ignored
    valid_predictions = set(range(len(predicted))) - void
    matches = match(counts, precision, valid_truths, valid_predictions)

    detection, overlapped = _count_detection(
        lines, predicted, covered, matches, valid_truths, valid_predictions
    )
    end_to_end = CharacterCounts()
    if texts:
        end_to_end = _count_texts(lines, predicted, covered, matches, valid_truths, valid_predictions)
    return CLEvalResult(
        detection,
        end_to_end,
        split=int((matches.sum(axis=1) > 1).sum()),
        merged=int((matches.sum(axis=0) > 1).sum()),
        overlapped=overlapped,
    )


def _penalties(matches: Matrix) -> tuple[int, int]:
    """Cuts in truth lines and joins in predictions: one for each partner more than one."""
    return (
        int(np.maximum(matches.sum(axis=1) - 1, 0).sum()),
        int(np.maximum(matches.sum(axis=0) - 1, 0).sum()),
    )


def _count_detection(
    lines: Sequence[Line],
    predictions: Sequence[Line],
    covered: Sequence[Matrix],
    matches: Matrix,
    truths: set[int],
    valid: set[int],
) -> tuple[CharacterCounts, int]:
    times = [covered[t][matches[t]].sum(axis=0) for t in range(len(lines))]
    matched = int(sum(n.sum() for n in times))
    correct = int(sum((n > 0).sum() for n in times))
    missing = [predictions[p].aspect() for p in valid if not matches[:, p].any()]
    false = sum(min(round(0.5 + 1 / (1e-5 + aspect)), MOST_CHARACTERS) for aspect in missing)
    splits, merges = _penalties(matches)
    total = sum(len(lines[t].text) for t in truths)
    return CharacterCounts(total, matched + false, correct, splits, merges, false), matched - correct


def _count_texts(
    lines: Sequence[Line],
    predictions: Sequence[Line],
    covered: Sequence[Matrix],
    matches: Matrix,
    truths: set[int],
    valid: set[int],
) -> CharacterCounts:
    left = [line.text for line in predictions]
    for t in truths:
        if matches[t].any():
            parts = _along_line(covered[t], np.flatnonzero(matches[t]).tolist())
            common = longest_common_subsequence(lines[t].text, "".join(left[p] for p in parts))
            for character in common:
                taker = next((p for p in parts if character in left[p]), None)
                if taker is not None:
                    left[taker] = left[taker].replace(character, "", 1)
    predicted = sum(len(predictions[p].text) for p in valid)
    correct = predicted - sum(len(left[p]) for p in valid)
    splits, merges = _penalties(matches)
    total = sum(len(lines[t].text) for t in truths)
    return CharacterCounts(total, predicted, correct, splits, merges, predicted - correct)


def _along_line(covered: Matrix, parts: list[int]) -> list[int]:
    """Predictions in the order in which they cover the line's characters."""
    waiting = list(parts)
    ordered: list[int] = []
    for character in range(covered.shape[1]):
        if len(waiting) == 1:
            break
        first = next((p for p in waiting if covered[p, character]), None)
        if first is not None:
            ordered.append(first)
            waiting.remove(first)
    return [*ordered, waiting[0]]
