"""A batch on 1 to 1,000 workers, simulated part by part: how much of linear scaling is left.

    python benchmarks/batch_simulation.py [--inputs 10000000] [--seconds 0.35] [--part 1000] [--dispatch 0.002] …
    python benchmarks/batch_simulation.py --sizing          # cores, requests and bytes for 10⁷ and 10⁹ receipts a day

Give it what was measured: `ocr batch SOURCE DEST --estimate` says the seconds of a receipt, `ocr batch show` those of
workers, `--latencies URL` asks a store. The requests are those that `ocr.batch` makes, in its order: the planner lists
and writes a part of the manifest, a worker claims it, looks for its file, loads it, reads it while the next input is
fetched, commits, writes the log and gives the claim back.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

#: Names that a listing answers with at once.
_PAGE = 1000


class Model(NamedTuple):
    """What a simulation assumes.

    Attributes:
        seconds: of a core for a receipt, on average.
        spread: standard deviation of these within a part, as a share of them.
        parts_differ: standard deviation of the means of parts, likewise: shops and cameras differ.
        part: inputs of a part.
        size: bytes of an input.
        bandwidth: bytes a second that one worker gets.
        listing, get, put, head: seconds of a request.
        dispatch: seconds of the driver to give a part out and to take the answer.
    """

    seconds: float
    spread: float
    parts_differ: float
    part: int
    size: int
    bandwidth: float
    listing: float
    get: float
    put: float
    head: float
    dispatch: float


def simulate(model: Model, inputs: int, workers: int, seed: int = 0) -> float:
    """Seconds from the start of a batch to its last commit."""
    chance = random.Random(seed)
    parts = math.ceil(inputs / model.part)
    # One thread lists and plans; another one gives parts out.
    plan = model.listing * model.part / _PAGE + model.put
    free = [0.0] * workers
    driver = ended = 0.0
    for number in range(parts):
        count = min(model.part, inputs - number * model.part)
        planned = (number + 1) * plan
        worker = heapq.heappop(free)
        driver = max(driver + model.dispatch, planned, worker)
        done = driver + _part(model, count, chance)
        ended = max(ended, done)
        heapq.heappush(free, done)
    return ended


def _part(model: Model, count: int, chance: random.Random) -> float:
    """Seconds of a worker for a part."""
    fetch = model.get + model.size / model.bandwidth
    mean = model.seconds * math.exp(chance.gauss(0, model.parts_differ) - model.parts_differ**2 / 2)
    reading = chance.gauss(count * mean, model.spread * mean * math.sqrt(count))
    # The next input is fetched while one is read: only the first is waited for, as long as fetching is faster.
    reading = max(reading, count * fetch)
    before = model.put + model.head + model.get + model.listing
    after = model.put + model.listing + model.put + model.head
    return before + fetch + reading + after


def scaling(model: Model, inputs: int) -> None:
    """Print the throughput of 1 to 1,000 workers beside linear scaling."""
    print(f"{inputs} inputs in parts of {model.part}: {model}")
    print("workers     hours   receipts/s   of linear")
    for workers in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000):
        seconds = simulate(model, inputs, workers)
        ideal = inputs * model.seconds / workers
        print(f"{workers:7} {seconds / 3600:9.2f} {inputs / seconds:12.1f} {ideal / seconds:11.3f}")


def sizing(model: Model, share: float = 0.9) -> None:
    """Print what 10⁷ and 10⁹ receipts a day take.

    Args:
        model: assumptions.
        share: of the time in which a core reads; the rest is for starts, failures and uneven load.
    """
    listed = _PAGE / (model.listing + model.put * _PAGE / model.part)
    print(f"assumed: {model}; a core reads {share:.0%} of the time")
    print(f"one driver plans {listed:.0f} inputs a second")
    print("receipts a day      cores   inputs/s   Gbit/s in   requests/s   drivers")
    for count in (1e7, 1e9):
        rate = count / 86_400
        cores = rate * model.seconds / share
        # Each part: manifest, claim, look, load, kept rows, commit, log, claim back, and a claim that is renewed.
        part_seconds = model.part * model.seconds
        requests = rate * (1 + (10 + part_seconds / 15 + 2 * part_seconds / 30) / model.part)
        gigabits = rate * model.size * 8 / 1e9
        drivers = math.ceil(rate / listed)
        print(f"{count:14.0e} {cores:10.0f} {rate:10.0f} {gigabits:11.1f} {requests:12.0f} {drivers:9}")


def latencies(url: str, tries: int = 20) -> None:
    """Print medians of the requests of a store; writes and removes one small object."""
    from ocr.batch.places import open_store

    store = open_store(url)
    key = "_latency/probe"
    requests: dict[str, Callable[[], object]] = {
        "put": lambda: store.put(key, b"x" * 100_000),
        "head": lambda: store.head(key),
        "get": lambda: store.get(key),
        "listing": lambda: next(iter(store.list()), None),
    }
    for name, request in requests.items():
        taken = []
        for _ in range(tries):
            begun = time.monotonic()
            request()
            taken.append(time.monotonic() - begun)
        print(f"--{name} {statistics.median(taken):.4f}")
    store.delete(key)


def main() -> None:
    """Run a simulation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=0.35)
    parser.add_argument("--spread", type=float, default=0.6)
    parser.add_argument("--parts-differ", type=float, default=0.15)
    parser.add_argument("--part", type=int, default=1000)
    parser.add_argument("--size", type=int, default=400_000)
    parser.add_argument("--bandwidth", type=float, default=20e6)
    parser.add_argument("--listing", type=float, default=0.1)
    parser.add_argument("--get", type=float, default=0.03)
    parser.add_argument("--put", type=float, default=0.05)
    parser.add_argument("--head", type=float, default=0.02)
    parser.add_argument("--dispatch", type=float, default=0.002)
    parser.add_argument("--sizing", action="store_true")
    parser.add_argument("--latencies", metavar="URL")
    arguments = parser.parse_args()
    if arguments.latencies:
        latencies(arguments.latencies)
        return
    model = Model(*(getattr(arguments, name) for name in Model._fields))
    if arguments.sizing:
        sizing(model)
    else:
        scaling(model, arguments.inputs)


if __name__ == "__main__":
    main()
