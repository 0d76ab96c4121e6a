"""How tests wait for another process, thread or page: until something holds, and not for a time."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable

#: Seconds after which something does not come any more. A machine that is busy with other things takes minutes for what
#: takes a second else, so nothing that is waited for has less; a test that passes never waits that long.
PATIENCE = 240


def until(
    condition: Callable[[], object], told: Callable[[], object] = lambda: "", pause: float = 0.02
) -> None:
    """Wait until a condition holds.

    Args:
        condition: asked again and again.
        told: what an error says beside its name.
        pause: seconds between two questions.
    """
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not true after {PATIENCE} s: {told()}"
        time.sleep(pause)


def free_port() -> int:
    """A port that the system gives to nobody who asks it for any, so that it is free when it is taken a while later."""
    while True:
        port = random.SystemRandom().randrange(10_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
