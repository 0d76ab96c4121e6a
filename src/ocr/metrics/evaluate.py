"""Evaluation over a dataset of any function that reads a sample."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from ocr.errors import BadConfiguration, ModelInvalid, OcrError
from ocr.metrics.cleval import CLEval
from ocr.metrics.detection import IouHmean
from ocr.metrics.end_to_end import LineReading
from ocr.metrics.error_analysis import Miss
from ocr.metrics.fields import FieldMetrics
from ocr.metrics.matching import match_lines
from ocr.metrics.report import EvaluationFailure, ImageReport, Reading, Report
from ocr.metrics.text import TokenF1
from ocr.metrics.truth import TruthSample
from ocr.runtime.parallel import in_order

S = TypeVar("S", bound=TruthSample)
Outcome = ImageReport | EvaluationFailure


def evaluate(
    dataset: Sequence[S],
    read: Callable[[S], Reading],
    *,
    texts: bool = True,
    lines: bool = True,
    workers: int = 1,
    on_outcome: Callable[[Outcome], None] | None = None,
    why: Callable[[S, Reading], tuple[Miss, ...]] | None = None,
) -> Report:
    """Read every sample and measure it against its annotation.

    A picture or annotation that cannot be read is listed in the report and the others are still measured.

    Args:
        dataset: the samples; the polygon rules are applied here, for the size of the picture in the reading.
        read: returns the reading of one sample; called from `workers` threads.
        texts: whether to measure texts, or only regions.
        lines: whether to measure lines, or only the fields of receipts.
        workers: number of samples read at once; more than one increases the seconds of each.
        on_outcome: called after each sample, in the order of the dataset, for instance to show progress.
        why: returns the lost lines of a validated sample with their causes; not included in the seconds.

    Raises:
        ModelInvalid, BadConfiguration: end the evaluation, because they would fail every picture.
    """
    total = _Totals(texts, lines)
    for outcome in in_order(
        lambda i: _read_one(dataset, i, read, why if lines else None), range(len(dataset)), max(1, workers)
    ):
        measured = outcome if isinstance(outcome, EvaluationFailure) else total.add(*outcome)
        if isinstance(measured, EvaluationFailure):
            total.failures.append(measured)
        if on_outcome is not None:
            on_outcome(measured)
    return total.report()


_Read = tuple[TruthSample, Reading, float, tuple[Miss, ...] | None]


def _read_one(
    dataset: Sequence[S],
    index: int,
    read: Callable[[S], Reading],
    why: Callable[[S, Reading], tuple[Miss, ...]] | None,
) -> _Read | EvaluationFailure:
    # The name is needed even if the annotation cannot be parsed.
    name_of = getattr(dataset, "name_of", None)
    name = f"sample {index}" if name_of is None else name_of(index)
    try:
        sample = dataset[index]
        name = sample.name or name
        start = time.perf_counter()
        reading = read(sample)
        seconds = time.perf_counter() - start
        checked = sample.validated(reading.width, reading.height)
        misses = why(checked, reading) if why is not None and sample.lines_annotated else None
        return checked, reading, seconds, misses
    except (ModelInvalid, BadConfiguration):
        raise
    except OcrError as error:
        return EvaluationFailure(name, error)
    except Exception as error:  # a defect on one picture must not lose the figures of the others
        return EvaluationFailure(name, OcrError(f"an internal fault: {type(error).__name__}: {error}"))


class _Totals:
    def __init__(self, texts: bool, lines: bool) -> None:
        self.texts = texts
        self.measure_lines = lines
        self.line_images = 0
        self.fields = FieldMetrics()
        self.cleval = CLEval(texts=texts, case_sensitive=False)
        self.iou = IouHmean()
        self.lines = LineReading(case_sensitive=False)
        self.cleval_cased = CLEval()
        self.lines_cased = LineReading()
        self.tokens = TokenF1()
        self.images: list[ImageReport] = []
        self.failures: list[EvaluationFailure] = []
        self.drops: Counter[str] = Counter()

    def add(
        self, sample: TruthSample, reading: Reading, seconds: float, misses: tuple[Miss, ...] | None
    ) -> ImageReport:
        self.drops.update(sample.drops)
        report = ImageReport(sample, reading, seconds, misses=misses)
        if sample.lines_annotated and self.measure_lines:
            report = self._add_lines(report)
        if sample.receipt is not None and reading.receipts is not None:
            report = replace(report, fields=self.fields.add(sample.receipt, reading.receipts))
        self.images.append(report)
        return report

    def _add_lines(self, report: ImageReport) -> ImageReport:
        self.line_images += 1
        truths, predictions = report.sample.lines, report.reading.lines
        matching = match_lines(truths, predictions)
        characters = self.cleval.add(truths, predictions)
        report = replace(
            report, cleval_detection=characters.detection.score(), iou=self.iou.add_matching(matching)
        )
        if not self.texts:
            return report
        self.cleval_cased.add(truths, predictions)
        self.lines_cased.add_matching(matching, truths, predictions)
        # Predictions on unreadable lines have no truth to be compared with.
        read = [predictions[p].text for p in matching.predictions]
        return replace(
            report,
            cleval_end_to_end=characters.end_to_end.score(),
            lines=self.lines.add_matching(matching, truths, predictions),
            tokens=self.tokens.add([line.text for line in truths if line.text is not None], read),
        )

    def report(self) -> Report:
        report = Report(
            images=tuple(self.images),
            failures=tuple(self.failures),
            drops=self.drops,
            fields=self.fields.result(),
        )
        if not self.measure_lines or (self.images and not self.line_images):
            return report
        total = self.cleval.result()
        report = replace(report, cleval_detection=total.detection.score(), iou=self.iou.result())
        if not self.texts:
            return report
        return replace(
            report,
            cleval_end_to_end=total.end_to_end.score(),
            lines=self.lines.result(),
            tokens=self.tokens.result(),
            cleval_end_to_end_cased=self.cleval_cased.result().end_to_end.score(),
            lines_cased=self.lines_cased.result(),
        )
