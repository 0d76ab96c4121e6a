"""Comparison of two models of the same task on the same pictures: results, speed and differences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.bench.speed import Timing
from ocr.datasets import LineAnnotation, Sample
from ocr.detection.detector import Detector
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, OcrError
from ocr.io import images
from ocr.metrics import (
    DetectionMetrics,
    DetectionReport,
    EvaluationFailure,
    Prediction,
    TextErrors,
    TextResult,
    edit_distance,
    match_lines,
)
from ocr.recognition.recognizer import Recognizer

Image = npt.NDArray[np.uint8]
Polygon = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Difference:
    """A line on which the models differ.

    Attributes:
        polygon: (4, 2) in pixels of the picture.
        one: text of the first model; ``None`` if it has no such line. Detection models give empty texts.
        other: the same for the second model.
        truth: the transcript, if it is known.
    """

    polygon: Polygon
    one: str | None
    other: str | None
    truth: str | None = None


@dataclass(frozen=True)
class PictureComparison:
    """Comparison on one picture.

    Attributes:
        name: of the picture.
        lines: number of regions of the first and of the second model; for recognition, of the lines that both read.
        agreed: number of regions that match at an intersection over union of 0.5; for recognition, of equal texts.
        differences: all others.
    """

    name: str
    lines: tuple[int, int]
    agreed: int
    differences: tuple[Difference, ...]

    @property
    def agreement(self) -> float:
        """Share of lines on which the models agree, 0 to 1; 1 without lines."""
        most = max(self.lines)
        return self.agreed / most if most else 1.0


@dataclass(frozen=True)
class Comparison:
    """Result of `compare`.

    Attributes:
        task: of both models.
        names: of the models.
        hashes: SHA-256 of the models.
        timings: seconds per picture; for recognition without detection.
        pictures: in the order of the dataset.
        distance: for recognition, edit distance between the texts over the length of the longer ones.
        truth: accuracy of each model, if there is an annotation.
        failures: pictures that could not be read.
    """

    task: str
    names: tuple[str, str]
    hashes: tuple[str, str]
    timings: tuple[Timing, Timing]
    pictures: tuple[PictureComparison, ...]
    distance: float | None = None
    truth: tuple[DetectionReport, DetectionReport] | tuple[TextResult, TextResult] | None = None
    failures: tuple[EvaluationFailure, ...] = ()

    @property
    def agreement(self) -> float:
        """Share of lines of all pictures on which the models agree."""
        most = sum(max(picture.lines) for picture in self.pictures)
        return sum(picture.agreed for picture in self.pictures) / most if most else 1.0

    def worst(self, count: int) -> list[PictureComparison]:
        """At most ``count`` pictures with differences, those with the most first."""
        ordered = sorted(self.pictures, key=lambda picture: (-len(picture.differences), picture.name))
        return [picture for picture in ordered if picture.differences][:count]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        sides = []
        for k, (name, sha256, timing) in enumerate(zip(self.names, self.hashes, self.timings, strict=True)):
            figures = None if self.truth is None else self.truth[k].to_dict()
            sides.append({"name": name, "sha256": sha256, **timing.to_dict(), "truth": figures})
        base = self.timings[0].median_cpu
        return {
            "task": self.task,
            "models": sides,
            "times_slower": {"median_cpu": self.timings[1].median_cpu / base if base else None},
            "agreement": self.agreement,
            "distance": self.distance,
            "pictures": [_plain(picture) for picture in self.pictures],
            "failures": [failure.to_dict() for failure in self.failures],
        }


def compare(
    one: ModelFile,
    other: ModelFile,
    samples: Sequence[Sample],
    *,
    regions: ModelFile | None = None,
    threads: int | None = None,
    backend: str | None = None,
    on_picture: Callable[[Image, PictureComparison], None] | None = None,
) -> Comparison:
    """Run two models of the same task on the same pictures, alternating which is first.

    Recognition models read the annotated lines of a picture, or if it has none the regions of a detection model. Texts
    are compared with the truth without regard to letter case, because many annotations are in upper case whatever is
    printed, and with each other exactly.

    Args:
        one: a detection or recognition model.
        other: another model for the same task.
        samples: pictures, annotated or not.
        regions: detection model for samples without annotated lines, if recognition models are compared.
        threads: threads of each model; ``None`` for all cores.
        backend: that runs the networks.
        on_picture: called after each picture with its RGB pixels, for instance to draw it.

    Raises:
        BadConfiguration: the models are for different tasks, or ``regions`` is missing.
        ModelInvalid: a model cannot be used.
    """
    if one.task != other.task:
        raise BadConfiguration(
            f"{one.name} is for {one.task}, {other.name} for {other.task}; give two for the same task"
        )
    work: _Detections | _Readings
    if one.task == "detection":
        work = _Detections((one, other), threads, backend)
    else:
        if regions is None and not all(sample.lines for sample in samples):
            raise BadConfiguration("pictures without annotated lines need a detection model to find them")
        finder = None if regions is None else Detector(regions, threads, backend)
        work = _Readings((one, other), finder, threads, backend)
    pictures: list[PictureComparison] = []
    failures: list[EvaluationFailure] = []
    for turn, sample in enumerate(samples):
        try:
            image = sample.load()
            picture = work.take(sample.validated(image.shape[1], image.shape[0]), image, turn % 2)
        except OcrError as error:
            failures.append(EvaluationFailure(sample.name, error))
            continue
        pictures.append(picture)
        if on_picture is not None:
            on_picture(image, picture)
    timings = [
        Timing(model.name, model.sha256[:12], tuple(work.seconds[k]), tuple(work.cpu[k]))
        for k, model in enumerate((one, other))
    ]
    return Comparison(
        one.task,
        (one.name, other.name),
        (one.sha256, other.sha256),
        (timings[0], timings[1]),
        tuple(pictures),
        work.distance(),
        work.truth(),
        tuple(failures),
    )


class _Turns:
    """Times of two models that alternate in running first."""

    def __init__(self) -> None:
        self.seconds: tuple[list[float], list[float]] = ([], [])
        self.cpu: tuple[list[float], list[float]] = ([], [])
        self._warm = False

    def both(self, first: int, work: Callable[[int], Any]) -> list[Any]:
        if not self._warm:
            self._warm = True
            work(0), work(1)
        results: list[Any] = [None, None]
        for k in (first, 1 - first):
            computed, started = time.process_time(), time.perf_counter()
            results[k] = work(k)
            self.seconds[k].append(time.perf_counter() - started)
            self.cpu[k].append(time.process_time() - computed)
        return results


class _Detections(_Turns):
    def __init__(self, models: tuple[ModelFile, ModelFile], threads: int | None, backend: str | None) -> None:
        super().__init__()
        self._detectors = [Detector(model, threads, backend) for model in models]
        self._metrics = [DetectionMetrics(), DetectionMetrics()]
        self._known = False

    def take(self, sample: Sample, image: Image, first: int) -> PictureComparison:
        grey = images.to_grey(image)
        detected = self.both(first, lambda k: self._detectors[k].detect(grey).regions)
        one, other = ([Prediction(r.polygon, confidence=r.score) for r in regions] for regions in detected)
        if sample.lines:
            self._known = True
            for metrics, predictions in zip(self._metrics, (one, other), strict=True):
                metrics.add(sample.lines, predictions)
        pairs = match_lines([LineAnnotation(line.polygon, "") for line in one], other).pairs
        matched_one, matched_other = {a for a, _ in pairs}, {b for _, b in pairs}
        differences = [
            Difference(line.polygon, "", None) for k, line in enumerate(one) if k not in matched_one
        ]
        differences += [
            Difference(line.polygon, None, "") for k, line in enumerate(other) if k not in matched_other
        ]
        return PictureComparison(sample.name, (len(one), len(other)), len(pairs), tuple(differences))

    def distance(self) -> None:
        return None

    def truth(self) -> tuple[DetectionReport, DetectionReport] | None:
        one, other = (metrics.result() for metrics in self._metrics)
        return (one, other) if self._known else None


class _Readings(_Turns):
    def __init__(
        self,
        models: tuple[ModelFile, ModelFile],
        finder: Detector | None,
        threads: int | None,
        backend: str | None,
    ) -> None:
        super().__init__()
        self._finder = finder
        self._recognizers = [Recognizer(model, threads, backend) for model in models]
        self._errors = [TextErrors(), TextErrors()]
        self._distance = self._length = 0

    def take(self, sample: Sample, image: Image, first: int) -> PictureComparison:
        grey = images.to_grey(image)
        lines = list(self._lines(sample, grey))
        quads = [quad for quad, _ in lines]
        texts = self.both(first, lambda k: [r.text for r in self._recognizers[k].read(grey, quads)])
        differences = []
        for (quad, truth), one, other in zip(lines, *texts, strict=True):
            if truth is not None:
                for errors, text in zip(self._errors, (one, other), strict=True):
                    errors.add(truth.upper(), text.upper())
            self._distance += edit_distance(one, other)
            self._length += max(len(one), len(other))
            if one != other:
                differences.append(Difference(quad, one, other, truth))
        count = len(lines)
        return PictureComparison(sample.name, (count, count), count - len(differences), tuple(differences))

    def _lines(self, sample: Sample, grey: Image) -> Iterator[tuple[Polygon, str | None]]:
        from ocr import polygons

        if sample.lines:
            for line in sample.lines:
                if not line.ignore:
                    yield polygons.to_quad(line.polygon), line.text
        elif self._finder is not None:
            for region in self._finder.detect(grey).regions:
                yield region.polygon, None

    def distance(self) -> float:
        return self._distance / self._length if self._length else 0.0

    def truth(self) -> tuple[TextResult, TextResult] | None:
        one, other = (errors.result() for errors in self._errors)
        return (one, other) if one.lines else None


def _plain(picture: PictureComparison) -> dict[str, Any]:
    return {
        "name": picture.name,
        "lines": list(picture.lines),
        "agreed": picture.agreed,
        "differences": [
            {
                "polygon": [[round(float(x), 2) for x in point] for point in difference.polygon],
                "one": difference.one,
                "other": difference.other,
                "truth": difference.truth,
            }
            for difference in picture.differences
        ],
    }
