"""Computing time of a read by two versions of the package: their source trees, the same pictures, one thread each.

    git worktree add ../before COMMIT
    python benchmarks/versions.py ../before/src src FOLDER [--limit 60] [--rounds 3]

Each tree reads in a process of its own. Picture by picture they take turns, so that what else the machine does falls on
both; the time is that of the processor (`time.process_time`). Of each picture and tree the median of the rounds counts.
The second tree also says how much of its time is spent on codes and on the fields of the receipts, which the first one
may not have.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

_SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"}
#: Reads the pictures named on standard input with the package on PYTHONPATH, and answers with seconds: of the whole
#: read, and of some of its stages.
_WORKER = """
import json, sys, time
import ocr
from ocr import Reader
reader = Reader(threads=1)
stages = {}
try:
    from ocr.receipts import codes
    from ocr.pipeline import reader as module
except ImportError:
    codes = None
def timed(name, function):
    def call(*args, **keywords):
        begun = time.process_time()
        try:
            return function(*args, **keywords)
        finally:
            stages[name] = stages.get(name, 0.0) + time.process_time() - begun
    return call
if codes is not None:
    codes.find = timed("codes", codes.find)
    module.extract = timed("fields", module.extract)
for line in sys.stdin:
    stages.clear()
    begun = time.process_time()
    document = reader.read(json.loads(line))
    spent = time.process_time() - begun
    print(json.dumps([spent, stages.get("codes", 0.0), stages.get("fields", 0.0)]), flush=True)
"""


class Version:
    """A process that reads with one source tree."""

    def __init__(self, tree: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(tree.resolve()), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def read(self, picture: Path) -> list[float]:
        """Seconds of computing time for one picture, and of them those for codes and for fields."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(str(picture)), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"a process that reads ended with {self._process.wait()} at {picture}")
        seconds: list[float] = json.loads(answer)
        return seconds

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description="Computing time of a read by two versions of the package.")
    parser.add_argument("before", type=Path, help="source tree, the folder that holds `ocr`")
    parser.add_argument("after", type=Path)
    parser.add_argument("folder", type=Path, help="of pictures")
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    pictures = sorted(path for path in chosen.folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    pictures = pictures[: chosen.limit]
    versions = Version(chosen.before), Version(chosen.after)
    for version in versions:
        for picture in pictures[:3]:
            version.read(picture)
    taken: tuple[list[list[list[float]]], ...] = ([], [])
    for turn in range(chosen.rounds):
        for rounds in taken:
            rounds.append([])
        for number, picture in enumerate(pictures):
            first = (turn + number) % 2
            for which in (first, 1 - first):
                taken[which][-1].append(versions[which].read(picture))
    for version in versions:
        version.close()
    before, after = ([_median(picture) for picture in zip(*rounds, strict=True)] for rounds in taken)
    bare = [total - codes - fields for total, codes, fields in after]
    print(f"{len(pictures)} pictures, {chosen.rounds} rounds, milliseconds of computing time, one thread")
    _print("before", [total for total, _, _ in before], before)
    _print("after", [total for total, _, _ in after], before)
    _print("after, without codes and fields", bare, before)
    _print("codes", [codes for _, codes, _ in after], before)
    _print("fields", [fields for _, _, fields in after], before)


def _median(rounds: tuple[list[float], ...]) -> list[float]:
    return [statistics.median(part) for part in zip(*rounds, strict=True)]


def _print(name: str, seconds: list[float], before: list[list[float]]) -> None:
    ratios = [own / other[0] for own, other in zip(seconds, before, strict=True)]
    mean = sum(seconds) / sum(other[0] for other in before)
    print(
        f"{name:32} median {1000 * statistics.median(seconds):7.2f}   mean {1000 * statistics.mean(seconds):7.2f}   "
        f"of before: median {statistics.median(ratios):.3f}, mean {mean:.3f}"
    )


if __name__ == "__main__":
    main()
