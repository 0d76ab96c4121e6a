"""Detecting that a file changed, without reading it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

#: Coarsest resolution of file times, in nanoseconds.
_COARSEST_NS = 2_000_000_000


@dataclass(frozen=True)
class Stamp:
    """The state of a file by its metadata.

    Attributes:
        place: device and inode.
        size: bytes.
        times: mtime and ctime in nanoseconds.
        settled: whether the last change was long enough ago that another one would be visible in ``times``.
    """

    place: tuple[int, int]
    size: int
    times: tuple[int, int]
    settled: bool

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Stamp:
        """The current state of a file.

        Raises:
            OSError: it does not exist, or access is denied.
        """
        status = os.stat(path)  # noqa: PTH116 (part of every call with a shared reader)
        times = (status.st_mtime_ns, status.st_ctime_ns)
        settled = abs(time.time_ns() - max(times)) > _COARSEST_NS
        return cls((status.st_dev, status.st_ino), status.st_size, times, settled)

    def unchanged(self, now: Stamp) -> bool:
        """Whether the file is certain not to have changed since this stamp, which was taken before reading it."""
        return self.settled and (self.place, self.size, self.times) == (now.place, now.size, now.times)
