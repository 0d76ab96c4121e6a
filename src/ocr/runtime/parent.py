"""Ending a process with the one that started it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

#: Seconds between two looks at whether the parent lives.
_CHECK = 0.5


def end_with_parent(end: Callable[[], object]) -> None:
    """Call a function in a thread once the parent of this process is gone, however it ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_CHECK)
        end()

    threading.Thread(target=watch, name="ocr-parent", daemon=True).start()
