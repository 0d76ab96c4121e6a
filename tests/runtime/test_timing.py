"""Recording where the time of a read goes."""

from __future__ import annotations

import time

import pytest

from ocr.pipeline.reader import Reader
from ocr.runtime import timing
from tests.models_for_tests import receipt_like
from tests.pictures import encoded


def test_a_read_is_told_by_stages_that_add_up_to_it(reader: Reader) -> None:
    data = encoded(receipt_like(), "PNG")
    plain = reader.read(data)
    with timing.recording() as recorder:
        started = time.perf_counter()
        assert reader.read(data) == plain
        total = time.perf_counter() - started
    assert set(recorder.seconds) == set(timing.ORDER)
    assert all(spent > 0 for spent in recorder.seconds.values())
    assert sum(recorder.seconds.values()) <= total
    shares = recorder.shares(total)
    assert list(shares) == [*timing.ORDER, "rest"]
    assert sum(shares.values()) == pytest.approx(1)


def test_an_inner_stage_is_taken_out_of_the_outer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    class Clock:
        @staticmethod
        def perf_counter() -> float:
            return now

    monkeypatch.setattr(timing, "time", Clock)
    with timing.recording() as recorder:
        for _ in timing.each(range(2), "outer"):
            with timing.stage("outer"):
                now += 2
                with timing.stage("inner"):
                    now += 20
    assert recorder.seconds == {"outer": 4, "inner": 40}


def test_one_records_at_a_time_and_nothing_is_recorded_afterwards() -> None:
    with timing.recording() as recorder:
        with pytest.raises(RuntimeError, match="already"), timing.recording():
            pass
        with timing.stage("one"):
            pass
    with timing.stage("two"):
        pass
    assert list(recorder.seconds) == ["one"]
