"""`ocr serve` on the loopback address for the time of a block, for benchmarks."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ocr.pipeline.server_process import ServerProcess

#: Seconds that it may take to start, on a machine that is busy with other things.
_PATIENCE = 240.0


class Served(ServerProcess):
    """A server that runs, and is ready, while the block lasts."""

    def __init__(self, *options: str, folder: str | None = None) -> None:
        super().__init__(
            Path(folder or tempfile.mkdtemp(prefix="bench-serve-")), *options, patience=_PATIENCE
        )

    def __enter__(self) -> Served:
        self.wait_until_ready(_PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def resident(self) -> int:
        """Bytes of main memory of the workers."""
        page = os.sysconf("SC_PAGE_SIZE")
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in self.workers())
