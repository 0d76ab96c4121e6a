"""The parts of a batch by actors of Ray's core, as `ocr batch --ray` gives them, and by `map_batches` of Ray Data.

    python benchmarks/batch_ray_data.py [--parts 40] [--seconds 0.2]

A part sleeps, so that what is measured is what stands around it: computing time and memory of the driver, and time of
the clock beyond that of the parts. Then the same once more while an actor is killed in the middle: how often each part
was read. A cluster of two cores on this machine; each of the two in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

_ACTORS = 2


class Member:
    """Reads parts, and notes each in a file."""

    def __init__(self, notes: str, seconds: float) -> None:
        self._notes, self._seconds = notes, seconds

    def read(self, number: int) -> int:
        """Read a part."""
        with Path(self._notes).open("a") as file:
            file.write(f"{number} {os.getpid()}\n")
        time.sleep(self._seconds)
        return number

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Read the parts of a block."""
        return {"number": [self.read(int(one)) for one in batch["number"]]}


def by_core(ray: Any, notes: str, parts: int, seconds: float) -> None:
    """Give the parts to actors, and one of an actor that died to another."""
    kind = ray.remote(num_cpus=1, max_restarts=0)(Member)
    actors = [kind.remote(notes, seconds) for _ in range(_ACTORS)]
    numbers = list(range(parts))
    awaited = {one.read.remote(number): (one, number) for one, number in zip(actors, numbers, strict=False)}
    del numbers[:_ACTORS]
    while awaited:
        (found,), _ = ray.wait(list(awaited))
        one, number = awaited.pop(found)
        try:
            ray.get(found)
        except ray.exceptions.RayActorError:
            one = kind.remote(notes, seconds)
            numbers.insert(0, number)
        if numbers:
            following = numbers.pop(0)
            awaited[one.read.remote(following)] = one, following


def by_data(ray: Any, notes: str, parts: int, seconds: float) -> None:
    """A dataset with a row a part."""
    import ray.data

    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = ray.data.from_items([{"number": number} for number in range(parts)], override_num_blocks=parts)
    read = rows.map_batches(
        Member, fn_constructor_args=(notes, seconds), batch_size=1, concurrency=_ACTORS, num_cpus=1
    )
    for _ in read.iter_rows():
        pass


def _noted(notes: Path) -> list[tuple[int, int]]:
    lines = notes.read_text().splitlines() if notes.exists() else []
    return [(int(number), int(process)) for number, process in map(str.split, lines)]


def _kill_one(notes: Path, parts: int) -> None:
    """Kill the actor that began the part in the middle."""
    while len(found := _noted(notes)) < parts // 2:
        time.sleep(0.01)
    os.kill(found[-1][1], signal.SIGKILL)


def measure(name: str, parts: int, seconds: float) -> None:
    """Run one of the two, undisturbed and with an actor killed, and print what was found."""
    import ray

    ray.init(num_cpus=_ACTORS + 1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    run = {"core": by_core, "data": by_data}[name]
    with tempfile.TemporaryDirectory(prefix="bench-ray-data-") as folder:
        for killed in (False, True):
            notes = Path(folder) / f"killed-{killed}"
            begun, spent = time.monotonic(), time.process_time()
            if killed:
                threading.Thread(target=_kill_one, args=(notes, parts), daemon=True).start()
            run(ray, str(notes), parts, seconds)
            more = time.monotonic() - begun - parts * seconds / _ACTORS
            times = Counter(number for number, _ in _noted(notes))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{name}{', one actor killed' if killed else '':18}  driver {time.process_time() - spent:5.2f} s of "
                f"computing, at most {memory:.0f} MB; {more:5.1f} s beyond the parts; "
                f"{parts - len(times)} parts lost, {sum(count > 1 for count in times.values())} read again",
                flush=True,
            )
    ray.shutdown()


def main() -> None:
    """Measure both, one after the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--only", choices=("core", "data"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        measure(arguments.only, arguments.parts, arguments.seconds)
        return
    for name in ("core", "data"):
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--only", name], check=True)


if __name__ == "__main__":
    main()
