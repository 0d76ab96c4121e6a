"""A run whose workers are threads that make a row of the bytes alone: for what does not depend on reading."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocr.batch.pool import Reading
from ocr.batch.rows import FAILED, READ, Row
from ocr.batch.run import Job, Run
from ocr.batch.settings import BatchSettings
from ocr.pipeline.options import ReadOptions


def row(uri: str, data: bytes) -> Reading:
    """A row of an input; one whose bytes begin with ``bad`` fails."""
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(b"bad"):
        return Reading(Row(uri, digest, FAILED, "image_decode_failed", "it is damaged"), {})
    facts = {
        "receipts": 1,
        "merchant": data.decode(),
        "total": f"{len(data)}.50",
        "date": "2024-05-06",
        "items": [],
    }
    return Reading(Row(uri, digest, READ, document='{"text": "' + data.decode() + '"}', facts=facts), {})


class LightPool:
    """Stands in for `ocr.batch.pool.Pool`."""

    def __init__(self, size: int, read: Callable[[str, bytes], Reading], pause: float = 0.0) -> None:
        self.size, self.died = size, 0
        self._read, self._pause = read, pause

    def read(self, uri: str, data: bytes) -> Reading:
        if self._pause:
            time.sleep(self._pause * random.random())
        return self._read(uri, data)

    def start(self) -> None:
        pass

    def __enter__(self) -> LightPool:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class NoReader:
    """Stands in for a reader, of which a run needs the hashes of the models alone."""

    models = ()


class LightRun(Run):
    """A run with a `LightPool`."""

    reading: Callable[[str, bytes], Reading] = staticmethod(row)
    pause = 0.0

    def pool(self) -> Any:
        return LightPool(self.workers, self.reading, self.pause)


def light_run(source: Path | str, destination: Path | str, lease: float = 60.0, **settings: Any) -> LightRun:
    """A run of a folder, of two workers and parts of five inputs where nothing else is said."""
    chosen = BatchSettings(**{"workers": 2, "part_size": 5, **settings})
    reader: Any = NoReader()
    return LightRun(Job(str(source), str(destination), reader, ReadOptions(), chosen), lease)


def receipts(folder: Path, count: int, start: int = 0) -> Path:
    """A folder of small inputs."""
    for number in range(start, start + count):
        path = folder / f"{number % 3}" / f"{number:04d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"receipt {number}".encode())
    return folder


def table(destination: Path) -> list[dict[str, Any]]:
    """All rows of a destination, sorted by name."""
    import pyarrow.parquet as pq

    files = sorted((destination / "documents").glob("*.parquet"))
    rows = [one for file in files for one in pq.read_table(file).to_pylist()]
    return sorted(rows, key=lambda one: str(one["uri"]))


def drive(source: Path, destination: Path, pause: float) -> None:
    """A run as a process of its own, to be killed; each input takes up to so many seconds."""
    run = light_run(source, destination, lease=1.0)
    run.pause = pause
    run.run()
