"""All figures of a reader over a dataset; knows neither models nor commands, only a function that reads a
sample.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from ocr.errors import BadConfiguration, ModelInvalid, OcrError
from ocr.metrics.cleval import CLEval
from ocr.metrics.detection import IouHmean
from ocr.metrics.end_to_end import LineReading
from ocr.metrics.error_analysis import Miss
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
    workers: int = 1,
    on_outcome: Callable[[Outcome], None] | None = None,
    why: Callable[[S, Reading], tuple[Miss, ...]] | None = None,
) -> Report:
    """Read every sample and measure it against its annotation.

    A picture or annotation that cannot be read is listed in the report and the others are still measured.

    Args:
        dataset: the samples; their polygons are checked here, for the size that `read` reports.
        read: gives the lines of one sample; called from `workers` threads.
        texts: whether to measure the texts too, not the regions alone.
        workers: how many samples are read at once; more than one makes the seconds of each longer.
        on_outcome: called after each sample, in the order of the dataset, for instance to show progress.
        why: gives the lost lines of a sample, its polygons checked, with their causes; not in the seconds.

    Raises:
        ModelInvalid, BadConfiguration: these would fail every picture alike, so they end the evaluation.
    """
    total = _Totals(texts)
    for outcome in in_order(lambda i: _read_one(dataset, i, read, why), range(len(dataset)), max(1, workers)):
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
    # Datasets that know a name without parsing the annotation, which may be what is faulty.
    name_of = getattr(dataset, "name_of", None)
    name = f"sample {index}" if name_of is None else name_of(index)
    try:
        sample = dataset[index]
        name = sample.name or name
        start = time.perf_counter()
        reading = read(sample)
        seconds = time.perf_counter() - start
        checked = sample.validated(reading.width, reading.height)
        return checked, reading, seconds, None if why is None else why(checked, reading)
    except (ModelInvalid, BadConfiguration):
        raise
    except OcrError as error:
        return EvaluationFailure(name, error)
    except Exception as error:  # a defect met on one picture must not lose the others' figures
        return EvaluationFailure(name, OcrError(f"an internal fault: {type(error).__name__}: {error}"))


class _Totals:
    def __init__(self, texts: bool) -> None:
        self.texts = texts
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
        truths, found = sample.lines, reading.lines
        self.drops.update(sample.drops)
        matching = match_lines(truths, found)
        characters = self.cleval.add(truths, found)
        iou = self.iou.add_matching(matching)
        report = ImageReport(sample, reading, seconds, characters.detection.score(), iou, misses=misses)
        if self.texts:
            self.cleval_cased.add(truths, found)
            self.lines_cased.add_matching(matching, truths, found)
            # What stands on an unreadable line has no truth to be held against.
            read = [found[p].text for p in matching.predictions]
            report = ImageReport(
                sample,
                reading,
                seconds,
                characters.detection.score(),
                iou,
                characters.end_to_end.score(),
                self.lines.add_matching(matching, truths, found),
                self.tokens.add([line.text for line in truths if line.text is not None], read),
                misses,
            )
        self.images.append(report)
        return report

    def report(self) -> Report:
        total = self.cleval.result()
        return Report(
            total.detection.score(),
            self.iou.result(),
            total.end_to_end.score() if self.texts else None,
            self.lines.result() if self.texts else None,
            self.tokens.result() if self.texts else None,
            self.cleval_cased.result().end_to_end.score() if self.texts else None,
            self.lines_cased.result() if self.texts else None,
            tuple(self.images),
            tuple(self.failures),
            self.drops,
        )
