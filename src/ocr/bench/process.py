"""Cost of a whole process: time to the first document, and resident memory while reading.

Both are measured in separate processes, so that the measuring one does not count.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import OcrError

#: Reads after which memory should be stable.
SETTLED = 100
#: Memory is the median of so many reads, because single pages vary.
LAST = 20
_FIRST = """
import json, sys
request = json.loads(sys.argv[1])
from ocr.pipeline.reader_cache import shared_reader
shared_reader(**request["models"]).read(request["path"])
"""


@dataclass(frozen=True)
class Memory:
    """Resident memory of a reading process in bytes.

    Attributes:
        idle: with the models loaded, before the first read.
        settled: median of the last `LAST` of the first reads.
        after: median of the last `LAST` of all reads.
        peak: maximum at any time.
        reads: number of reads until ``settled``, and from there until ``after``.
    """

    idle: int
    settled: int
    after: int
    peak: int
    reads: tuple[int, int]

    @property
    def growth(self) -> float:
        """Growth after settling as a share; 0.03 is 3 %."""
        return self.after / self.settled - 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "growth": self.growth}


def cold_start(path: Path, models: Mapping[str, Any] | None = None, *, tries: int = 3) -> float:
    """Median seconds of a Python process from its start over its first document to its end.

    Args:
        path: a picture.
        models: arguments of `ocr.pipeline.reader_cache.shared_reader`: names or paths of models, threads, backend.
        tries: number of processes.

    Raises:
        OcrError: the process failed.
    """
    request = json.dumps({"path": str(path), "models": dict(models or {})})
    seconds = []
    for _ in range(tries):
        started = time.perf_counter()
        _run([sys.executable, "-c", _FIRST, request])
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def memory(
    paths: Sequence[Path],
    models: Mapping[str, Any] | None = None,
    *,
    settle: int = SETTLED,
    more: int = 1000,
    part: float = 1.0,
) -> Memory:
    """Measure the memory of a separate process that reads pictures of varying sizes.

    Args:
        paths: pictures, read in turn; each is randomly cropped and scaled (0.5 to 1.5 times, seeded).
        models: as for `cold_start`; as many pictures are read at once as it has threads.
        settle: reads before growth is measured.
        more: reads after that.
        part: share of the height of each picture that is read, to save time.

    Raises:
        OcrError: the system does not report resident memory, or the process failed.
    """
    request = {
        "paths": [str(path) for path in paths],
        "models": dict(models or {}),
        "settle": settle,
        "more": more,
        "part": part,
    }
    figures = json.loads(_run([sys.executable, "-m", "ocr.bench.process"], json.dumps(request)))
    return Memory(**{**figures, "reads": (settle, more)})


def _run(command: Sequence[str], given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise OcrError(f"a process that reads ended with {done.returncode}: {last}")
    return done.stdout


def _varied(path: str, rng: np.random.Generator, part: float) -> npt.NDArray[np.uint8]:
    import cv2

    from ocr.io import images

    image = next(images.pages(path)).image
    height = max(1, int(part * image.shape[0] * rng.uniform(0.5, 1)))
    scale = float(rng.uniform(0.5, 1.5))
    return np.asarray(cv2.resize(image[:height], None, fx=scale, fy=scale), np.uint8)


def main() -> None:
    """The process that `memory` measures: a request on standard input, figures as JSON on standard output."""
    from ocr.pipeline.failure import Failure
    from ocr.pipeline.reader_cache import shared_reader
    from ocr.runtime.machine import peak_bytes, resident_bytes

    request = json.load(sys.stdin)
    reader = shared_reader(**request["models"])
    rng = np.random.default_rng(0)
    idle, paths = resident_bytes(), request["paths"]
    resident = []
    count = request["settle"] + request["more"]
    pictures = (_varied(paths[k % len(paths)], rng, request["part"]) for k in range(count))
    for result in reader.read_many(pictures):
        if isinstance(result, Failure):
            raise result.error
        resident.append(resident_bytes() or 0)
    peak = peak_bytes()
    if peak is None or idle is None:
        raise OcrError("this system does not report the resident memory of a process")
    settled, after = (
        statistics.median(resident[max(0, end - LAST) : end]) for end in (request["settle"], len(resident))
    )
    print(json.dumps({"idle": idle, "settled": int(settled), "after": int(after), "peak": peak}))


if __name__ == "__main__":
    main()
