"""The confidence map of a recogniser, fitted on pages that its training did not see."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.datasets.sample import Sample
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.metrics.matching import match_lines
from ocr.pipeline.reader import Reader
from ocr.recognition.calibration import Calibrator


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
        raise BadConfiguration(f"the confidences cannot be fitted: {error}") from error
