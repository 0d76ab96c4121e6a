"""Runs of networks are counted: no more at once than there are cores, and none while the process forks.

More runs than cores take no less time, and each of them needs memory of its own. A fork in the midst of a run would
leave the child with locks of ONNX Runtime that nobody ever releases.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class RunGate:
    """Lets at most so many runs through at once, and none while it is closed.

    Args:
        most: runs at once, at least 1.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._changed = threading.Condition(threading.Lock())
        self._running = 0
        self._closed = 0

    @contextmanager
    def run(self) -> Iterator[None]:
        """Wait for a place, and hold it."""
        with self._changed:
            while self._closed or self._running >= self.most:
                self._changed.wait()
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def close(self, seconds: float) -> bool:
        """Let nobody in any more, and wait until nobody is inside.

        Args:
            seconds: to wait at most.

        Returns:
            Whether nobody is inside.
        """
        until = time.monotonic() + seconds
        with self._changed:
            self._closed += 1
            while self._running:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def open(self) -> None:
        """Undo one `close`."""
        with self._changed:
            self._closed -= 1
            self._changed.notify_all()
