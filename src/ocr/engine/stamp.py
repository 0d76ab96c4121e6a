"""Noticing that a file was replaced, without reading it each time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

#: Some file systems count time in steps as long as this.
_COARSEST_NS = 2_000_000_000


@dataclass(frozen=True)
class Stamp:
    """What the file system says of one state of a file.

    Attributes:
        place: device and inode.
        size: bytes.
        times: of the last change of content and of the entry, nanoseconds.
        settled: the last change was long enough ago that another one would show in ``times``.
    """

    place: tuple[int, int]
    size: int
    times: tuple[int, int]
    settled: bool

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Stamp:
        """The state of a file now.

        Raises:
            OSError: it is not there, or may not be looked at.
        """
        found = os.stat(path)  # noqa: PTH116 (part of every call with a shared reader)
        times = (found.st_mtime_ns, found.st_ctime_ns)
        settled = abs(time.time_ns() - max(times)) > _COARSEST_NS
        return cls((found.st_dev, found.st_ino), found.st_size, times, settled)

    def still(self, now: Stamp) -> bool:
        """Whether the file is surely the same as when this stamp, taken before reading it, was made."""
        return self.settled and (self.place, self.size, self.times) == (now.place, now.size, now.times)
