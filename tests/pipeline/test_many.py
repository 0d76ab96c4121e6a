"""Reading many inputs: order, failures in their places, calling off, progress, and inputs asked for a few ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.document import Document
from ocr.errors import BadConfiguration, ImageEmpty, InputNotFound
from ocr.pipeline.failure import Failure
from ocr.pipeline.many import read_each, shares
from ocr.pipeline.reader import Reader
from tests.models_for_tests import receipt_like

PAGE = receipt_like()


def test_failures_stand_in_their_places() -> None:
    def read(k: int) -> int:
        if k % 3 == 0:
            raise InputNotFound(f"there is no file {k}")
        if k == 5:
            raise ZeroDivisionError
        return k

    for workers in (1, 3):
        results = list(read_each(read, range(8), workers, source=lambda k: f"{k}.png"))
        assert [result for result in results if not isinstance(result, Failure)] == [1, 2, 4, 7]
        failures = [result for result in results if isinstance(result, Failure)]
        assert [failure.source for failure in failures] == ["0.png", "3.png", "5.png", "6.png"]
        assert {failure.code for failure in failures} == {"input_not_found", "internal_error"}
        assert not any(failure.ok for failure in failures)


@pytest.mark.parametrize("workers", [1, 3])
def test_fatal_errors_end_it_all(workers: int) -> None:
    def read(k: int) -> int:
        raise BadConfiguration("it would fail for every one")

    with pytest.raises(BadConfiguration):
        list(read_each(read, range(8), workers, fatal=(BadConfiguration,)))
    with pytest.raises(ImageEmpty, match="no inputs"):
        list(read_each(read, [], workers))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_it_is_called_off_between_inputs(workers: int) -> None:
    cancel, started = threading.Event(), []

    def read(k: int) -> int:
        started.append(k)
        time.sleep(0.01)
        return k

    results = []
    for result in read_each(read, range(1000), workers, cancel=cancel):
        results.append(result)
        if result == 5:
            cancel.set()
    # What ran is finished and told; nothing else was started.
    assert results == sorted(started)
    assert len(started) <= 6 + workers
    assert list(read_each(read, range(3), workers, cancel=cancel)) == []


def test_progress_counts_results_in_order() -> None:
    told: list[int] = []
    for count, _ in enumerate(read_each(str, range(5), 2, on_result=told.append), start=1):
        assert told[-1] == count
    assert told == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("workers", [1, 3])
def test_inputs_are_asked_for_a_few_ahead(workers: int) -> None:
    asked = 0

    def inputs() -> Iterator[int]:
        nonlocal asked
        for k in range(1000):
            asked += 1
            yield k

    for k, _ in enumerate(read_each(str, inputs(), workers)):
        assert asked <= k + 2 + workers
        if k == 20:
            break


def test_threads_are_shared_out() -> None:
    assert shares(4, [1]) == (1, 4)
    assert shares(4, [1, 2]) == (2, 2)
    assert shares(4, range(100)) == (4, 1)
    assert shares(4, iter([1])) == (4, 1)
    assert shares(1, range(100)) == (1, 1)
    assert shares(3, range(2)) == (2, 1)


def test_a_reader_of_many_takes_keywords_progress_and_an_end(models: tuple[Path, Path]) -> None:
    reader = Reader(*models, threads=2)
    told: list[int] = []
    results = list(reader.read_many([PAGE, b"no picture", PAGE], max_regions=1, on_result=told.append))
    assert [result.ok for result in results] == [True, False, True]
    assert told == [1, 2, 3]
    assert isinstance(results[0], Document)
    assert len(results[0].lines) == 1
    with pytest.raises(BadConfiguration, match="did you mean 'cancel'"):
        reader.read_many([PAGE], cancle=threading.Event())
