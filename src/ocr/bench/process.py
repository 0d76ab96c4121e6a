"""What a whole process costs: the time to its first document, and the memory that it holds while it reads.

Both are measured in processes of their own, so that nothing of the measuring one counts.
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

#: Reads after which memory should have settled.
SETTLED = 100
#: Memory is the median after so many reads: what one page leaves behind is no growth.
LAST = 20
_FIRST = """
import json, sys
asked = json.loads(sys.argv[1])
from ocr.pipeline.reader_cache import shared_reader
shared_reader(**asked["models"]).read(asked["path"])
"""


@dataclass(frozen=True)
class Memory:
    """Resident memory of a process that reads, in bytes.

    Attributes:
        idle: with the models loaded, before the first read.
        settled: after the first reads, median of the last `LAST` of them.
        after: after all reads, likewise.
        peak: the most at any time.
        reads: how many until ``settled``, and how many more until ``after``.
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
    """Median seconds from starting a Python process to its first document, its end included.

    Args:
        path: a picture.
        models: arguments of `ocr.pipeline.reader_cache.shared_reader`: names or paths of models, threads, backend.
        tries: processes that are started.

    Raises:
        OcrError: the process failed.
    """
    asked = json.dumps({"path": str(path), "models": dict(models or {})})
    seconds = []
    for _ in range(tries):
        started = time.perf_counter()
        _run([sys.executable, "-c", _FIRST, asked])
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
    """Read pictures at ever new sizes in a process of its own and watch its memory.

    Args:
        paths: pictures, taken in turn; each is cut and scaled at random (0.5 to 1.5 times, seeded) before it is read.
        models: as `cold_start` takes them; as many pictures are read at once as it has threads.
        settle: reads before growth counts.
        more: reads after that.
        part: share of the height of each picture that is read, to take less time.

    Raises:
        OcrError: the system does not tell resident memory, or the process failed.
    """
    asked = {
        "paths": [str(path) for path in paths],
        "models": dict(models or {}),
        "settle": settle,
        "more": more,
        "part": part,
    }
    found = json.loads(_run([sys.executable, "-m", "ocr.bench.process"], json.dumps(asked)))
    return Memory(**{**found, "reads": (settle, more)})


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
    """The process that `memory` watches: what is asked for comes on standard input, the figures go out as JSON."""
    from ocr.pipeline.failure import Failure
    from ocr.pipeline.reader_cache import shared_reader
    from ocr.runtime.machine import peak_bytes, resident_bytes

    asked = json.load(sys.stdin)
    reader = shared_reader(**asked["models"])
    rng = np.random.default_rng(0)
    idle, paths = resident_bytes(), asked["paths"]
    held = []
    count = asked["settle"] + asked["more"]
    pictures = (_varied(paths[k % len(paths)], rng, asked["part"]) for k in range(count))
    for result in reader.read_many(pictures):
        if isinstance(result, Failure):
            raise result.error
        held.append(resident_bytes() or 0)
    peak = peak_bytes()
    if peak is None or idle is None:
        raise OcrError("this system does not tell the resident memory of a process")
    settled, after = (
        statistics.median(held[max(0, end - LAST) : end]) for end in (asked["settle"], len(held))
    )
    print(json.dumps({"idle": idle, "settled": int(settled), "after": int(after), "peak": peak}))


if __name__ == "__main__":
    main()
