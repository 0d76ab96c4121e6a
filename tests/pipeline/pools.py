"""A program that reads one page in a pool of processes with a reader that it hands over; for the suite."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from ocr.pipeline.options import ReadOptions
from ocr.pipeline.reader import Reader
from tests.models_for_tests import receipt_like
from tests.pictures import encoded


def read_with(reader: Reader, data: bytes, options: ReadOptions) -> str:
    """What a worker of the pool does."""
    return reader.read(data, options).to_json()


def main(method: str, detection: str, recognition: str) -> None:
    """Read in processes that are started by a method; print how many documents are as they should be."""
    reader = Reader(detection, recognition, threads=2)
    options = ReadOptions(min_confidence=0.2, decoding={"box_threshold": 0.5})
    data = encoded(receipt_like(), "PNG")
    expected = reader.read(data, options).to_json()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        futures = [pool.submit(read_with, reader, data, options) for _ in range(4)]
        print(sum(future.result(timeout=100) == expected for future in futures))


if __name__ == "__main__":
    main(*sys.argv[1:])
