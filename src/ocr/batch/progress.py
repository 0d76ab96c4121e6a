"""How far a run is, as lines on standard error."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from ocr.batch.rows import READ, Row
from ocr.batch.run import Progress

#: Seconds between two lines, on a terminal and elsewhere.
_TERMINAL, _ELSEWHERE = 1.0, 30.0
#: Failures that are named one by one.
_NAMED = 20


class Reporter:
    """Names the first failures, and writes a line now and then: one that is written over on a terminal.

    Args:
        progress: of a run.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._terminal = sys.stderr.isatty()
        self._stop = threading.Event()
        self._named = 0
        self._thread = threading.Thread(target=self._work, name="ocr-progress", daemon=True)

    def row(self, row: Row) -> None:
        """Look at a row."""
        from ocr.writers.text import escape_line

        if row.status == READ or self._named > _NAMED:
            return
        self._named += 1
        if self._named > _NAMED:
            self._say("ocr: further failures are counted; ocr batch show DEST lists them")
            return
        self._say(f"ocr: error: {row.code}: {escape_line(row.uri)}: {escape_line(row.message or '')}")

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _work(self) -> None:
        while not self._stop.wait(_TERMINAL if self._terminal else _ELSEWHERE):
            text = line(self._progress)
            if self._terminal:
                print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            else:
                print(text, file=sys.stderr, flush=True)

    def _say(self, text: str) -> None:
        print(f"\r\x1b[K{text}" if self._terminal else text, file=sys.stderr, flush=True)


def line(progress: Progress) -> str:
    """How far a run is, in one line."""
    more = "+" if progress.listing else ""
    left = max(0, progress.planned - progress.inputs)
    text = f"ocr: {progress.inputs} of {progress.planned}{more} inputs ({codes(progress)})"
    text += f", {progress.rate:.2f} a second"
    if progress.inputs and not progress.listing:
        text += f", {duration(left / progress.rate)} left"
    if progress.workers_died:
        text += f", {progress.workers_died} workers replaced"
    return text


def codes(progress: Progress) -> str:
    """Numbers of inputs by code."""
    return ", ".join(f"{code} {count}" for code, count in progress.codes.most_common()) or "none read"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
