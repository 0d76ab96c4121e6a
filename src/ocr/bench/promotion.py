"""Whether a model may become the default: it must not be worse than the present one on a given set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ocr.datasets.sample import Sample
from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.pipeline.reader import Reader

#: A figure that is lower by less is as good; it is what other rounding on another machine can make.
TOLERANCE = 0.0005


class WorseModel(ModelInvalid):
    """A model is worse than the one that it would replace."""

    code = "model_worse"


class Figure(NamedTuple):
    """What a model is judged by.

    Attributes:
        name: for messages.
        value: in [0, 1], higher is better.
    """

    name: str
    value: float


def figure(model: ModelFile, samples: Sequence[Sample]) -> Figure:
    """IoU 0.5 H-mean of a detector; token F1 of a recogniser with the default detector.

    Raises:
        ModelInvalid: no sample could be measured, or the model cannot be used.
    """
    detects = model.task == "detection"
    reader = Reader.for_regions(model) if detects else Reader(recognition=model)
    report = evaluate(
        samples, lambda sample: read_sample(reader, sample, regions_only=detects), texts=not detects
    )
    if detects and report.images and report.iou is not None:
        return Figure("IoU 0.5 H", report.iou.hmean)
    if not detects and report.images and report.tokens is not None:
        return Figure("token F1", report.tokens.f1)
    reason = f": {report.failures[0].error}" if report.failures else ""
    raise ModelInvalid(f"the model cannot be measured, because no sample of the set could be{reason}")


def not_worse(
    present: ModelFile, samples: Sequence[Sample], tell: Callable[[str], None]
) -> Callable[[ModelFile], None]:
    """A check for `ocr.engine.catalogue_changes.promote`.

    Args:
        present: the default now, of the same task.
        samples: annotated pages.
        tell: called with both figures in a line.
    """

    def check(model: ModelFile) -> None:
        """
        Raises:
            WorseModel: the model is worse; the message gives both figures.
        """
        now, then = figure(present, samples), figure(model, samples)
        line = (
            f"{now.name} {then.value:.4f}, that of {present.name} {now.value:.4f} on {len(samples)} pictures"
        )
        tell(line)
        if then.value < now.value - TOLERANCE:
            raise WorseModel(f"{model.name} is worse than the default: {line}; --even-if-worse promotes it")

    return check
