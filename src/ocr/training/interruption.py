"""Ending a training on SIGINT and SIGTERM: within seconds, with a checkpoint where there was time for one."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from ocr.errors import OcrError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Seconds that the step under way gets to end before it is broken off.
GRACE = 3.0


class TrainingInterrupted(OcrError):
    """A signal ended the training.

    Args:
        number: of the signal; the exit status is 128 more, as shells have it.
        message: what was kept.
    """

    code = "training_interrupted"
    http_status = None

    def __init__(self, number: int, message: str = "") -> None:
        self.number = number
        self.exit_status = 128 + number
        super().__init__(message or f"stopped by {signal.Signals(number).name}")


class Interruption:
    """What the signals asked for so far.

    Attributes:
        number: of the first signal; ``None`` before it.
        patient: whether somebody looks at ``number`` soon, such as the training loop after each step. The first
            signal then breaks off nothing for `GRACE` seconds; otherwise, and at a second signal, it is raised at once.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.patient = False
        self._timer: threading.Timer | None = None

    def receive(self, number: int, frame: FrameType | None = None) -> None:
        """Handle a signal.

        Raises:
            TrainingInterrupted: nobody will look, or this is the second signal.
        """
        if self.number is None and self.patient:
            self.number = number
            self._timer = threading.Timer(GRACE, _send_again, (number,))
            self._timer.daemon = True
            self._timer.start()
            return
        self.number = self.number or number
        self.close()
        raise TrainingInterrupted(self.number)

    def close(self) -> None:
        """Break off nothing any more."""
        self.patient = False
        if self._timer is not None:
            self._timer.cancel()


@contextlib.contextmanager
def listening() -> Iterator[Interruption]:
    """Handle SIGINT and SIGTERM inside the block; a thread other than the first cannot, and leaves them alone."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.signal(number, interruption.receive) for number in _SIGNALS}
    try:
        yield interruption
    finally:
        interruption.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _send_again(number: int) -> None:
    """Send a signal to the first thread, which wakes it where it waits for something."""
    if os.name == "nt":
        import _thread

        _thread.interrupt_main(signal.Signals(number))
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)
