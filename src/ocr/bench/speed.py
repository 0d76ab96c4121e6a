"""Speed from file to document, by stage, and compared with other engines on the same pictures."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ocr.bench.peers import Peer
from ocr.datasets import Sample
from ocr.document import Document
from ocr.errors import OcrError
from ocr.metrics import Prediction, Reading, Report
from ocr.metrics.evaluate import evaluate
from ocr.pipeline.reader import Failure, Reader
from ocr.runtime import timing

#: Name of our reader in the results.
OWN = "ocr"


@dataclass(frozen=True)
class Timing:
    """Times of one reader over all pictures and rounds.

    Attributes:
        name: of the reader.
        version: of the reader.
        seconds: from file to result of each picture that was read, with the models loaded.
        cpu: CPU seconds of the same; more than ``seconds`` if several cores are used.
        failures: pictures that could not be read, as (name, reason).
    """

    name: str
    version: str
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def median(self) -> float:
        """Median seconds per picture; 0 if none was read."""
        return statistics.median(self.seconds) if self.seconds else 0.0

    @property
    def median_cpu(self) -> float:
        """Median CPU seconds per picture."""
        return statistics.median(self.cpu) if self.cpu else 0.0

    @property
    def p95(self) -> float:
        """95th percentile of the seconds per picture (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] if ordered else 0.0

    @property
    def throughput(self) -> float:
        """Pictures per second, read one after another."""
        return len(self.seconds) / sum(self.seconds) if self.seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "version": self.version,
            "pictures": len(self.seconds),
            "median_seconds": self.median,
            "p95_seconds": self.p95,
            "median_cpu_seconds": self.median_cpu,
            "pictures_per_second": self.throughput,
            "failures": [list(failure) for failure in self.failures],
        }


@dataclass(frozen=True)
class Speed:
    """Result of `measure`.

    Attributes:
        timings: of our reader first, then of the others.
        stages: share of each stage in the time of our reader, in the order of a read, and of the rest.
        together: pictures per second by `Reader.read_many`.
        reports: accuracy by reader, for pictures with annotated lines.
    """

    timings: tuple[Timing, ...]
    stages: Mapping[str, float]
    together: float
    reports: Mapping[str, Report] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        own = self.timings[0]
        return {
            "readers": {timing.name: timing.to_dict() for timing in self.timings},
            "times_slower": {
                timing.name: {
                    "median": timing.median / own.median if own.median else None,
                    "median_cpu": timing.median_cpu / own.median_cpu if own.median_cpu else None,
                }
                for timing in self.timings[1:]
            },
            "stages": dict(self.stages),
            "read_many_pictures_per_second": self.together,
            "accuracy": {name: _figures(report) for name, report in self.reports.items()},
        }


def measure(
    samples: Sequence[Sample],
    reader: Reader,
    peers: Sequence[Peer] = (),
    *,
    rounds: int = 1,
    on_picture: Callable[[], None] | None = None,
) -> Speed:
    """Read all pictures with all readers, in an order that rotates from picture to picture.

    Each reader reads the first picture once before the measurement.

    Args:
        samples: pictures; accuracy is measured on those with annotated lines. Other engines need files.
        reader: ours.
        peers: other engines, started.
        rounds: number of reads of each picture.
        on_picture: called after each picture.
    """
    own = _Contestant(OWN, _version(), _by_reader(reader))
    contestants = [own, *(_Contestant(peer.name, peer.version, _by_peer(peer)) for peer in peers)]
    for contestant in contestants:
        contestant.warm(samples[0])
    turn = 0
    with timing.recording() as recorder:
        for _ in range(rounds):
            for sample in samples:
                for k in range(len(contestants)):
                    contestants[(turn + k) % len(contestants)].take(sample)
                turn += 1
                if on_picture is not None:
                    on_picture()
    shares = recorder.shares(sum(own.seconds))
    started = time.perf_counter()
    results = list(reader.read_many([_source(sample) for sample in samples]))
    spent = time.perf_counter() - started
    read = sum(not isinstance(result, Failure) for result in results)
    timings = tuple(contestant.timing() for contestant in contestants)
    return Speed(timings, shares, read / spent if spent else 0.0, _accuracy(samples, contestants))


_Lines = tuple[Prediction, ...]


class _Contestant:
    """One reader with its results so far."""

    def __init__(
        self, name: str, version: str, read: Callable[[Sample], tuple[float, float, Document | _Lines]]
    ) -> None:
        self.name, self.version, self._read = name, version, read
        self.seconds: list[float] = []
        self.cpu: list[float] = []
        self.failures: dict[str, str] = {}
        self.results: dict[str, Document | _Lines] = {}

    def warm(self, sample: Sample) -> None:
        try:
            self._read(sample)
        except OcrError:  # Reported when it is measured.
            return

    def take(self, sample: Sample) -> None:
        try:
            seconds, cpu, result = self._read(sample)
        except OcrError as error:
            self.failures[sample.name] = str(error)
            return
        self.seconds.append(seconds)
        self.cpu.append(cpu)
        self.results.setdefault(sample.name, result)

    def timing(self) -> Timing:
        failures = tuple(self.failures.items())
        return Timing(self.name, self.version, tuple(self.seconds), tuple(self.cpu), failures)


def _by_reader(reader: Reader) -> Callable[[Sample], tuple[float, float, Document | _Lines]]:
    def read(sample: Sample) -> tuple[float, float, Document | _Lines]:
        computed, started = time.process_time(), time.perf_counter()
        document = reader.read(_source(sample))
        return time.perf_counter() - started, time.process_time() - computed, document

    return read


def _by_peer(peer: Peer) -> Callable[[Sample], tuple[float, float, Document | _Lines]]:
    def read(sample: Sample) -> tuple[float, float, Document | _Lines]:
        if sample.image_path is None:
            raise OcrError(f"{peer.name} only reads files")
        reading = peer.read(sample.image_path)
        return reading.seconds, reading.cpu, reading.lines

    return read


def _accuracy(samples: Sequence[Sample], contestants: Sequence[_Contestant]) -> dict[str, Report]:
    annotated = [sample for sample in samples if sample.lines]
    own = contestants[0].results
    sizes = {
        name: (doc.pages[0].width, doc.pages[0].height)
        for name, doc in own.items()
        if isinstance(doc, Document)
    }
    reports = {}
    for contestant in contestants if annotated else ():
        results = contestant.results

        def reading(sample: Sample, results: Mapping[str, Document | _Lines] = results) -> Reading:
            if sample.name not in results or sample.name not in sizes:
                raise OcrError("it was not read")
            result = results[sample.name]
            if isinstance(result, Document):
                lines = result.pages[0].lines
                result = tuple(Prediction(line.polygon, line.text, line.confidence) for line in lines)
            return Reading(result, *sizes[sample.name])

        reports[contestant.name] = evaluate(annotated, reading)
    return reports


def _figures(report: Report) -> dict[str, Any]:
    """The figures of a report without those of single pictures, and without its times."""
    return {k: v for k, v in report.to_dict().items() if k not in ("per_image", "median_seconds")}


def _source(sample: Sample) -> Any:
    return sample.image if sample.image_path is None else sample.image_path


def _version() -> str:
    from ocr import __version__

    return __version__
