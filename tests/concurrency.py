"""Many threads on one network and on one reader, held against the answers of one thread, byte by byte.

Shared by the suite and by ``benchmarks/concurrency.py``, which does it in full.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ocr.engine.network import Network
from ocr.errors import OcrError
from ocr.pipeline.reader import Reader, ReadOptions
from tests.models_for_tests import receipt_like
from tests.pictures import encoded, pdf


def wrong_answers(
    threads: int,
    calls: int,
    work: Callable[[int], bytes],
    expected: Sequence[bytes],
    seconds: float = math.inf,
) -> tuple[int, int]:
    """Call a function from threads that start at once, each at another place.

    Args:
        threads: how many.
        calls: of all threads together.
        work: called with a place in ``expected``.
        expected: its answers.
        seconds: after which no call begins.

    Returns:
        How many answers were not as expected, and how many calls were made.
    """
    gate, wrong, made = threading.Barrier(threads), [0] * threads, [0] * threads
    share, ends = calls // threads, time.monotonic() + seconds

    def run(thread: int) -> None:
        gate.wait()
        for k in range(share):
            if time.monotonic() > ends:
                return
            at = (thread * share + k) % len(expected)
            made[thread] += 1
            # Counted as wrong until it is right: one that raises is.
            wrong[thread] += 1
            wrong[thread] -= work(at) == expected[at]

    running = [threading.Thread(target=run, args=(k,)) for k in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(wrong), sum(made)


def network_calls(network: Network, threads: int, calls: int, seconds: float = math.inf) -> tuple[int, int]:
    """Wrong answers of one network to inputs of many sizes, and calls."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 5, (61, 2)) * 32
    batches = [rng.integers(0, 256, (1, 1, *size), np.uint8) for size in sizes.tolist()]

    def work(k: int) -> bytes:
        return network.run(batches[k]).tobytes()

    return wrong_answers(threads, calls, work, [work(k) for k in range(len(batches))], seconds)


def receipts(count: int) -> list[Any]:
    """Pages of many sizes, as arrays, files in memory and PDFs, blank and broken ones among them."""
    found: list[Any] = []
    for k in range(count):
        rows = tuple("".join("im"[(k + r + c) % 2] for c in range(3 + (k + r) % 5)) for r in range(1 + k % 4))
        page = receipt_like(rows, width=200 + 23 * (k % 17), height=120 + 60 * len(rows) + 17 * (k % 13))
        kinds: list[Callable[[], Any]] = [
            lambda page=page: page,
            lambda page=page: encoded(page, "PNG"),
            lambda page=page: encoded(page, "JPEG", quality=90),
            lambda page=page: page[..., 0],
            lambda page=page: pdf([page, page[::2]]),
            lambda page=page: encoded(page, "PNG")[:300],
        ]
        found.append(kinds[k % len(kinds)]())
    return found


def reader_calls(
    reader: Reader, threads: int, calls: int, sources: Sequence[Any], seconds: float = math.inf
) -> tuple[int, int]:
    """Wrong documents of one reader, with options that change from call to call, and calls.

    Each source is read with each of the options, and neighbours of a thread differ in both.
    """
    options = [
        ReadOptions(),
        ReadOptions(max_regions=1),
        ReadOptions(min_confidence=0.99),
        ReadOptions(turn="off"),
        ReadOptions(decoding={"box_threshold": 0.5}),
        ReadOptions(mask="card,phone", codes="off"),
        ReadOptions(lm_weight=0.0),
    ]

    def work(k: int) -> bytes:
        source, option = k % len(sources), (k + k // len(sources)) % len(options)
        try:
            return reader.read(sources[source], options[option]).to_json().encode()
        except OcrError as fault:
            return f"{fault.code} {fault}".encode()

    expected = [work(k) for k in range(len(sources) * len(options))]
    return wrong_answers(threads, calls, work, expected, seconds)
