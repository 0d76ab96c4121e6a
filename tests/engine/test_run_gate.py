"""How many runs there are at once, and that none is under way while the process forks."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from ocr.engine.run_gate import RunGate
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
FORKS = hasattr(os, "fork") and sys.platform != "darwin"


def test_no_more_run_at_once_than_there_are_places() -> None:
    gate, lock = RunGate(2), threading.Lock()
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with gate.run():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.001)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 2)


def test_nobody_comes_in_while_it_is_closed() -> None:
    gate, entered, leave = RunGate(4), threading.Event(), threading.Event()

    def hold() -> None:
        with gate.run():
            entered.set()
            leave.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(PATIENCE)
    assert not gate.close(0.01)
    late: list[float] = []
    comer = threading.Thread(target=lambda: late.append(_enter(gate)))
    comer.start()
    leave.set()
    holder.join()
    assert gate.close(1)
    assert late == []
    gate.open()
    time.sleep(0.02)
    assert late == []  # It was closed twice.
    gate.open()
    comer.join(PATIENCE)
    assert len(late) == 1


def _enter(gate: RunGate) -> float:
    with gate.run():
        return time.monotonic()


FORKING = """
    import os, signal, sys, threading
    import ocr
    from tests.models_for_tests import detection_model, receipt_like, recognition_model
    reader = ocr.Reader(detection_model(), recognition_model(), threads=2)
    page = receipt_like(("mi", "im") * 6, width=300, height=800)
    expected = reader.read(page)
    stop = threading.Event()
    def work():
        while not stop.is_set():
            reader.read(page)
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    bad = 0
    for k in range(12):
        child = os.fork()
        if not child:
            signal.alarm(120)
            # The reader of the parent, and one of its own.
            fresh = ocr.Reader(detection_model(name=str(k)), recognition_model(), threads=2)
            os._exit(0 if reader.read(page) == expected == fresh.read(page) else 9)
        bad += os.waitpid(child, 0)[1] != 0
        if bad:
            break
    stop.set()
    for thread in threads:
        thread.join()
    print(bad)
"""


@pytest.mark.skipif(not FORKS, reason="processes are not forked on this system")
def test_processes_that_are_forked_while_others_read_can_read() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FORKING)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
