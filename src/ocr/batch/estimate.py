"""What a batch would take: a sample of its inputs is read, nothing is written."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Any

from ocr.batch.manifest import Entry
from ocr.batch.places import open_destination
from ocr.batch.pool import Pool
from ocr.batch.rows import READ
from ocr.batch.run import Job
from ocr.batch.sources import Skipped, Source
from ocr.batch.worker import Task
from ocr.errors import ImageEmpty
from ocr.pipeline.many import read_each
from ocr.runtime.cores import available_cores

#: Inputs of a sample.
SAMPLE = 50


@dataclass(frozen=True)
class Estimate:
    """What a batch would take.

    Attributes:
        inputs: of the source, all of it listed.
        bytes: of them.
        skipped: objects that are no inputs.
        sample: inputs that were read.
        failed: of these.
        workers: processes.
        core_seconds: of a worker for one input, on average.
        error: standard error of that.
        price: of a core for an hour.
    """

    inputs: int
    bytes: int
    skipped: int
    sample: int
    failed: int
    workers: int
    core_seconds: float
    error: float
    price: float

    @property
    def hours(self) -> float:
        """Of this machine."""
        return self.inputs * self.core_seconds / self.workers / 3600

    @property
    def core_hours_a_million(self) -> float:
        """Hours of one core for a million such inputs."""
        return 1e6 * self.core_seconds / 3600

    @property
    def cost_a_million(self) -> float:
        """In the currency of the price."""
        return self.core_hours_a_million * self.price

    def to_dict(self) -> dict[str, Any]:
        """The estimate as JSON values."""
        return {
            **vars(self),
            "hours": self.hours,
            "core_hours_a_million": self.core_hours_a_million,
            "cost_a_million": self.cost_a_million,
        }


def estimate(job: Job, price: float, sample: int = SAMPLE) -> Estimate:
    """List the source, read a sample of it and extrapolate.

    Each worker reads one input at a time with one thread, so that what it takes for one is what a core takes, fetching
    included. Starting the workers is not counted.

    Raises:
        ImageEmpty: there are no inputs.
        OcrError: as a run of the job.
    """
    source = Source(job.source, open_destination(job.destination))
    skipped = Skipped()
    chosen, count, size = _sample(source, sample, job.settings.limit, skipped)
    if not chosen:
        raise ImageEmpty(f"there are no pictures or PDFs in {job.source}")
    workers = min(job.settings.workers or available_cores(), len(chosen))
    task = Task(job.reader, job.options, job.formats, job.settings.worker_memory)
    seconds: list[float] = []
    failed = 0
    with Pool(task, workers, job.settings.timeout) as pool:
        pool.start()

        def timed(entry: Entry) -> bool:
            begun = time.monotonic()
            data = source.read(entry, job.options.limits.max_bytes)
            reading = pool.read(entry.uri(source.root), data)
            seconds.append(time.monotonic() - begun)
            return reading.row.status == READ

        for result in read_each(timed, chosen, workers, source=lambda one: one.key):
            failed += result is not True
    mean = sum(seconds) / max(1, len(seconds))
    spread = sum((one - mean) ** 2 for one in seconds) / max(1, len(seconds) - 1)
    error = (spread / max(1, len(seconds))) ** 0.5
    return Estimate(count, size, skipped.count, len(chosen), failed, workers, mean, error, price)


def _sample(source: Source, wanted: int, limit: int | None, skipped: Skipped) -> tuple[list[Entry], int, int]:
    """Inputs taken at random, each as likely (Vitter's algorithm R); the number of all, and their bytes."""
    chance = random.Random(0)
    chosen: list[Entry] = []
    count = size = 0
    for entry in source.entries(None, skipped):
        if limit is not None and count >= limit:
            break
        count += 1
        size += entry.size
        if len(chosen) < wanted:
            chosen.append(entry)
        elif (place := chance.randrange(count)) < wanted:
            chosen[place] = entry
    return chosen, count, size
