"""How tests wait for another process, thread or page: until something holds, and not for a time."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable
from typing import TypeVar

#: Seconds after which something does not come any more. A machine that is busy with other things takes minutes for what
#: takes a second else, so nothing that is waited for has less; a test that passes never waits that long.
PATIENCE = 240

T = TypeVar("T")


def until(condition: Callable[[], T | None], pause: float = 0.02) -> T:
    """Wait until a function gives something that is true, and give that.

    Raises:
        AssertionError: it has not for `PATIENCE` seconds.
    """
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f"it did not happen within {PATIENCE} s"
        time.sleep(pause)
    return found


def free_port() -> int:
    """A port that the system gives to nobody who asks it for any, so that it is free when it is taken a while later."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
