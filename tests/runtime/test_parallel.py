"""Order, how far ahead a source is asked, and what happens when anything raises."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ocr.runtime.parallel import in_order
from tests.waiting import PATIENCE


def test_results_keep_the_order_whoever_is_done_first() -> None:
    first_may_end = threading.Event()

    def job(k: int) -> int:
        if k == 0:
            assert first_may_end.wait(PATIENCE)
        else:
            first_may_end.set()
        return k * k

    assert list(in_order(job, range(20), 3)) == [k * k for k in range(20)]
    assert list(in_order(job, [], 3)) == []


def test_jobs_run_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=PATIENCE)
    assert len(list(in_order(lambda k: together.wait(), range(3), 3))) == 3


def test_a_source_is_asked_only_as_far_ahead_as_workers_need() -> None:
    asked = 0

    def source() -> Iterator[int]:
        nonlocal asked
        for k in range(1000):
            asked += 1
            yield k

    results = in_order(lambda k: k, source(), 2)
    for k in range(10):
        assert next(results) == k
        assert asked <= k + 3
    results.close()  # type: ignore[attr-defined]
    assert asked <= 12


def test_what_a_source_raises_comes_after_the_results_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    results = in_order(lambda k: k, source(), 4)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(results)


def test_what_a_job_raises_comes_in_its_place() -> None:
    results = in_order(lambda k: 6 // k, [3, 0, 2], 2)
    assert next(results) == 2
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == []


def test_no_thread_is_left_when_a_caller_stops_asking() -> None:
    before = set(threading.enumerate())
    results = in_order(lambda k: k, range(100), 4)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= before
