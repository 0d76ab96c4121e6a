"""A worker that dies, hangs or takes memory where an input says so, and reads all others."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from ocr.batch import worker

_answer = worker.answer


def answer(task: worker.Task, uri: str, data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """See `ocr.batch.worker.answer`."""
    if data.startswith(b"die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if data.startswith(b"once "):
        # The first worker that gets it dies, as one that another's memory killed.
        flag = Path(data[5:].decode())
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        data = flag.with_suffix(".png").read_bytes()
    if data.startswith(b"hang"):
        time.sleep(3600)
    if data.startswith(b"memory"):
        bytearray(8 << 30)
    return _answer(task, uri, data)


if __name__ == "__main__":
    worker.answer = answer
    worker.main()
