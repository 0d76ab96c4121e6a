"""Long work beside the page: in a thread, with progress, and an end before its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from ocr.errors import OcrError

T = TypeVar("T")


class Cancelled(OcrError):
    """The work was called off."""

    code = "cancelled"


class Job(Generic[T]):
    """One piece of work.

    Attributes:
        total: steps in all.
        done: steps finished.
        note: what it is at.
        partial: whatever the work wants to show before it is finished.
    """

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[Job[T]], T], total: int = 1) -> None:
        self.total = total
        self.done = 0
        self.note = ""
        self.partial: Any = None
        self._stop = threading.Event()
        self._future: Future[T] = pool.submit(self._run, work)

    def _run(self, work: Callable[[Job[T]], T]) -> T:
        self.check()
        return work(self)

    def check(self) -> None:
        """Called by the work between steps.

        Raises:
            Cancelled: it was called off.
        """
        if self._stop.is_set():
            raise Cancelled("the work was called off")

    def step(self, note: str = "") -> None:
        """One step is finished; called by the work."""
        self.done += 1
        self.note = note
        self.check()

    def cancel(self) -> None:
        """Call it off; what a network is computing at this moment is still finished."""
        self._stop.set()
        self._future.cancel()

    @property
    def finished(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self._future.done()

    def wait(self, seconds: float) -> bool:
        """Wait a moment for the end; whether it has come."""
        finished = threading.Event()
        self._future.add_done_callback(lambda _: finished.set())
        return finished.wait(seconds)

    @property
    def error(self) -> OcrError | None:
        """Why it failed; ``None`` where it did not, or not yet."""
        if not self._future.done():
            return None
        if self._future.cancelled():
            return Cancelled("the work was called off")
        error = self._future.exception()
        if error is None or isinstance(error, OcrError):
            return error
        return OcrError(f"an internal fault: {type(error).__name__}: {error}")

    @property
    def result(self) -> T:
        """What came out.

        Raises:
            OcrError: it failed or was called off.
        """
        if self.error is not None:
            raise self.error
        return self._future.result()
