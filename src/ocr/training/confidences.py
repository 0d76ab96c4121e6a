"""The confidences of a recogniser, fitted on pages that its training did not see: a map, and a scorer of lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ocr.datasets.sample import Sample
from ocr.engine.model_file import ModelFile
from ocr.engine.trees import Trees
from ocr.errors import BadConfiguration
from ocr.io import images
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.metrics.matching import match_lines
from ocr.metrics.scores import Prediction
from ocr.pipeline.reader import Reader
from ocr.recognition.calibration import Calibrator, LineScorer
from ocr.recognition.evidence import FEATURES
from ocr.recognition.recognizer import Recognizer
from ocr.training.boosting import BoostingSettings, fit, knots_of

#: How the trees of a scorer of lines are grown.
_TREES = BoostingSettings(trees=150, depth=2, rate=0.15, least=5.0, ridge=5.0)
#: Parts of the held-out pages; scores of each for the probabilities are of trees that did not see it.
_FOLDS = 3
#: What a line of a page that training saw counts, and one that is read upside-down: it shows what garbage looks like.
_SEEN, _UPSIDE_DOWN = 0.5, 0.2
#: Fewer held-out lines than this are too few for a scorer.
LEAST_LINES = 400


def fitted(model: ModelFile, held_out: Sequence[Sample]) -> Calibrator:
    """Read pages with a recogniser and the default detector, and fit how often readings of a confidence are right.

    Letter case is ignored, as annotations often have one case only.

    Args:
        model: a recognition model without a confidence map.
        held_out: annotated pages.

    Raises:
        BadConfiguration: the model is no recogniser, or the pages hold too few lines.
    """
    if model.task != "recognition":
        raise BadConfiguration(f"the model is for {model.task}; only recognition has confidences to fit")
    reader = Reader(recognition=model)
    report = evaluate(held_out, lambda sample: read_sample(reader, sample))
    confidences: list[float] = []
    correct: list[bool] = []
    for image in report.images:
        truths, predictions = image.sample.lines, image.reading.lines
        for truth, prediction in match_lines(truths, predictions).pairs:
            text = truths[truth].text
            if text and predictions[prediction].text:
                confidences.append(predictions[prediction].confidence)
                correct.append(text.upper() == predictions[prediction].text.upper())
    try:
        return Calibrator.fit(confidences, correct)
    except ValueError as error:
        first = next((f", such as {one.name}: {one.error}" for one in report.failures), "")
        failed = f"; {len(report.failures)} of {len(held_out)} pages failed{first}"
        raise BadConfiguration(f"the confidences cannot be fitted: {error}{failed}") from error


@dataclass(frozen=True)
class JudgedLines:
    """Lines that a recogniser read, and which of them are right.

    Attributes:
        evidence: (N, F) float32, what is known of each; see `ocr.recognition.evidence`.
        right: (N,) whether it was read as it is annotated, without regard to letter case.
        page: (N,) number of its page.
        upright: (N,) whether it was read as it stands; the others were read upside-down, and are garbage.
    """

    evidence: npt.NDArray[np.float32]
    right: npt.NDArray[np.bool_]
    page: npt.NDArray[np.int64]
    upright: npt.NDArray[np.bool_]

    def part(self, which: npt.NDArray[np.bool_]) -> JudgedLines:
        """Some of the lines, by a mask (N,)."""
        return JudgedLines(self.evidence[which], self.right[which], self.page[which], self.upright[which])

    def and_more(self, others: JudgedLines) -> JudgedLines:
        """These lines and those of other pages."""
        beyond = int(self.page.max(initial=-1)) + 1
        return JudgedLines(
            np.concatenate([self.evidence, others.evidence]),
            np.concatenate([self.right, others.right]),
            np.concatenate([self.page, others.page + beyond]),
            np.concatenate([self.upright, others.upright]),
        )


def judged_lines(
    model: ModelFile, samples: Iterable[Sample], *, upside_down: bool = True
) -> JudgedLines | None:
    """What a recogniser reads in those regions of the default detector that match annotated lines.

    Args:
        model: a recognition model.
        samples: annotated pages.
        upside_down: whether every line is read upside-down as well.

    Returns:
        ``None`` where the kind of the recogniser has no evidence.
    """
    if model.postprocess.get("kind", "ctc") != "ctc":
        return None
    recognizer, detector = Recognizer(model).with_evidence(), Reader.for_regions()
    evidence: list[npt.NDArray[np.float32]] = []
    rows: list[tuple[bool, int, bool]] = []
    for page, sample in enumerate(samples):
        image = sample.load()
        height, width = image.shape[:2]
        truths = sample.validated(width, height).lines
        lines = detector.detect(image, turn="off").pages[0].lines
        matched = match_lines(truths, [Prediction(line.polygon, "", line.confidence) for line in lines])
        texts = {p: text.upper() for t, p in matched.pairs for text in (truths[t].text,) if text}
        grey = images.to_grey(image)
        for upright in (True, False) if upside_down else (True,):
            # All regions are read, as each is evidence for its neighbours.
            quads = [np.roll(line.polygon, 0 if upright else 2, axis=0) for line in lines]
            for k, reading in enumerate(recognizer.read(grey, quads)):
                if k in texts and reading.text and reading.evidence is not None:
                    evidence.append(reading.evidence)
                    rows.append((texts[k] == reading.text.upper(), page, upright))
    table = np.array(rows, np.int64).reshape(-1, 3)
    return JudgedLines(
        np.array(evidence, np.float32).reshape(-1, len(FEATURES)),
        table[:, 0] > 0,
        table[:, 1],
        table[:, 2] > 0,
    )


def line_scorer(held_out: JudgedLines, seen: JudgedLines | None = None) -> LineScorer | None:
    """A scorer that learns from all lines which are read wrong.

    The probabilities of its scores are those of held-out lines, each scored by trees that did not see its page.

    Args:
        held_out: lines of pages that the recogniser's training did not see.
        seen: more lines to learn from, those of its training for instance.

    Returns:
        ``None`` where the held-out lines are too few, all right or all wrong, or where their scores tell right from
        wrong no better than the network's own confidence does.
    """
    upright = held_out.upright
    if upright.sum() < LEAST_LINES or held_out.right[upright].min() == held_out.right[upright].max():
        return None
    scores = np.zeros(len(upright))
    for fold in range(_FOLDS):
        kept = held_out.page % _FOLDS != fold
        scores[~kept] = _grown(held_out.part(kept), seen, fold).score(held_out.evidence[~kept])
    own = held_out.evidence[upright, FEATURES.index("confidence")].astype(np.float64)
    if _told(scores[upright], held_out.right[upright]) <= _told(own, held_out.right[upright]):
        return None
    knots = knots_of(scores[upright], held_out.right[upright])
    garbage = float(np.median(scores[~upright])) if not upright.all() else np.inf
    if garbage < knots[0, 0]:
        # What scores as garbage does is as seldom right.
        knots = np.concatenate([np.array([[garbage, 0.0]], np.float32), knots])
    trees = replace(_grown(held_out, seen, _FOLDS), knots=knots)
    # With the numbers that the metadata will hold.
    return LineScorer.from_dict(LineScorer(trees).to_dict())


def _told(scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """The share of pairs of a right and a wrong line in which the right one has the higher score."""
    wrong = np.sort(scores[~right])
    below, beside = (np.searchsorted(wrong, scores[right], side=side).mean() for side in ("left", "right"))
    return float(below + beside) / 2 / len(wrong)


def _grown(held_out: JudgedLines, seen: JudgedLines | None, seed: int) -> Trees:
    """Trees of held-out lines and others."""
    lines = held_out if seen is None else held_out.and_more(seen)
    weights = np.where(lines.upright, 1.0, _UPSIDE_DOWN)
    weights[len(held_out.right) :] *= _SEEN
    return fit(
        lines.evidence,
        lines.right.astype(np.float32),
        replace(_TREES, seed=seed),
        weights.astype(np.float32),
    )
