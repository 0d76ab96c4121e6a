"""Many threads on one network and on one reader, held against the answers of one thread, byte by byte.

Shared by the suite and by ``benchmarks/concurrency.py``, which does it in full.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ocr.engine.network import Network
from ocr.errors import OcrError
from ocr.pipeline.reader import Reader, ReadOptions
from tests.models_for_tests import receipt_like
from tests.pictures import encoded, pdf


def wrong_answers(threads: int, calls: int, work: Callable[[int], bytes], expected: Sequence[bytes]) -> int:
    """Call a function from threads that start at once, each at another place; how many answers were not expected."""
    gate, wrong = threading.Barrier(threads), [0] * threads
    share = calls // threads

    def run(thread: int) -> None:
        gate.wait()
        for k in range(share):
            at = (thread * share + k) % len(expected)
            wrong[thread] += work(at) != expected[at]

    running = [threading.Thread(target=run, args=(k,)) for k in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(wrong)


def network_calls(network: Network, threads: int, calls: int) -> int:
    """Wrong answers of one network to inputs of many sizes."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 5, (61, 2)) * 32
    batches = [rng.integers(0, 256, (1, 1, *size), np.uint8) for size in sizes.tolist()]

    def work(k: int) -> bytes:
        return network.run(batches[k]).tobytes()

    return wrong_answers(threads, calls, work, [work(k) for k in range(len(batches))])


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


def reader_calls(reader: Reader, threads: int, calls: int, sources: Sequence[Any]) -> int:
    """Wrong documents of one reader, with options that change from call to call."""
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
        try:
            return reader.read(sources[k], options[k % len(options)]).to_json().encode()
        except OcrError as fault:
            return f"{fault.code} {fault}".encode()

    return wrong_answers(threads, calls, work, [work(k) for k in range(len(sources))])
