"""File to document: how long it takes, where the time goes, and how long other readers take on the same pictures."""

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

#: Name of our reader among the others.
OWN = "ocr"


@dataclass(frozen=True)
class Timing:
    """Times of one reader over all pictures and rounds.

    Attributes:
        name: of the reader.
        version: of the reader.
        seconds: from file to result, of each picture that was read, with the models loaded.
        cpu: computing time likewise; more than ``seconds`` where several cores worked.
        failures: pictures that could not be read, as (name, reason).
    """

    name: str
    version: str
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def median(self) -> float:
        """Median seconds of a picture; 0 where none was read."""
        return statistics.median(self.seconds) if self.seconds else 0.0

    @property
    def median_cpu(self) -> float:
        """Median computing time of a picture, seconds."""
        return statistics.median(self.cpu) if self.cpu else 0.0

    @property
    def p95(self) -> float:
        """Seconds that 95 of 100 pictures stay below (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] if ordered else 0.0

    @property
    def throughput(self) -> float:
        """Pictures a second, read one after the other."""
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
    """What `measure` found.

    Attributes:
        timings: of our reader first, then of the others.
        stages: share of each stage of our reader in its time, in the order of a read, and of the rest.
        together: pictures a second by `Reader.read_many`.
        reports: accuracy by reader, where the pictures have a truth.
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
    """Read all pictures by all readers, who take turns on each picture and change places from one to the next.

    The first picture is read once by everybody before anything counts.

    Args:
        samples: pictures; accuracy is measured where any has annotated lines. Other readers need files.
        reader: ours.
        peers: others, started.
        rounds: how often each picture is read.
        on_picture: called after each picture.
    """
    own = _Contestant(OWN, _version(), _by_reader(reader))
    found = [own, *(_Contestant(peer.name, peer.version, _by_peer(peer)) for peer in peers)]
    for contestant in found:
        contestant.warm(samples[0])
    turn = 0
    with timing.recording() as recorder:
        for _ in range(rounds):
            for sample in samples:
                for k in range(len(found)):
                    found[(turn + k) % len(found)].take(sample)
                turn += 1
                if on_picture is not None:
                    on_picture()
    shares = recorder.shares(sum(own.seconds))
    started = time.perf_counter()
    results = list(reader.read_many([_source(sample) for sample in samples]))
    spent = time.perf_counter() - started
    read = sum(not isinstance(result, Failure) for result in results)
    timings = tuple(contestant.timing() for contestant in found)
    return Speed(timings, shares, read / spent if spent else 0.0, _accuracy(samples, found))


_Lines = tuple[Prediction, ...]


class _Contestant:
    """One reader in the race, with what it did so far."""

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
        except OcrError:  # Told when it counts.
            return

    def take(self, sample: Sample) -> None:
        try:
            seconds, cpu, result = self._read(sample)
        except OcrError as fault:
            self.failures[sample.name] = str(fault)
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
            raise OcrError(f"{peer.name} reads files alone")
        found = peer.read(sample.image_path)
        return found.seconds, found.cpu, found.lines

    return read


def _accuracy(samples: Sequence[Sample], found: Sequence[_Contestant]) -> dict[str, Report]:
    known = [sample for sample in samples if sample.lines]
    own = found[0].results
    sizes = {
        name: (doc.pages[0].width, doc.pages[0].height)
        for name, doc in own.items()
        if isinstance(doc, Document)
    }
    reports = {}
    for contestant in found if known else ():
        results = contestant.results

        def reading(sample: Sample, results: Mapping[str, Document | _Lines] = results) -> Reading:
            if sample.name not in results or sample.name not in sizes:
                raise OcrError("it was not read")
            result = results[sample.name]
            if isinstance(result, Document):
                lines = result.pages[0].lines
                result = tuple(Prediction(line.polygon, line.text, line.confidence) for line in lines)
            return Reading(result, *sizes[sample.name])

        reports[contestant.name] = evaluate(known, reading)
    return reports


def _figures(report: Report) -> dict[str, Any]:
    """The figures of a report without those of each picture; its seconds are none of a reader."""
    return {k: v for k, v in report.to_dict().items() if k not in ("per_image", "median_seconds")}


def _source(sample: Sample) -> Any:
    return sample.image if sample.image_path is None else sample.image_path


def _version() -> str:
    from ocr import __version__

    return __version__
