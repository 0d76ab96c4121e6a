"""Python once more as a child of this program: how it is started, and that it has ended."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Where a child works: modules are found where this program finds them, and never beside the user's files.
FOLDER = Path(sys.executable).anchor or os.sep


def environment() -> dict[str, str]:
    """The variables of a child that imports the same modules as this program."""
    # Not resolved: what a link leads to can have another name.
    search = os.pathsep.join(str(Path(place).absolute()) for place in sys.path if place)
    return {**os.environ, "PYTHONPATH": search, "PYTHONSAFEPATH": "1"}


class ProcessEnded(Exception):
    """A child that works for this program is gone.

    Attributes:
        timed_out: it was killed because its time was up.
        status: its exit status, negative for a signal.
    """

    def __init__(self, timed_out: bool, status: int | None) -> None:
        super().__init__(f"the process ended with status {status}")
        self.timed_out = timed_out
        self.status = status
