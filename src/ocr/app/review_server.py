"""The review page for people who use the workbench: one server beside it, started when it is first asked for."""

from __future__ import annotations

import atexit
import threading
from importlib.util import find_spec
from pathlib import Path

from ocr.errors import MissingExtra
from ocr.pipeline.server_process import ServerProcess

_lock = threading.Lock()
_running: ServerProcess | None = None


def address(folder: Path) -> str:
    """The address of the review page; its server is started with the first call and ends with this process.

    Args:
        folder: in which receipts and corrections are kept.

    Raises:
        MissingExtra: the server is not installed.
        OcrError: it did not start.
    """
    global _running
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise MissingExtra("the review page needs a server; pip install 'receipt-ocr[serve]'")
    with _lock:
        if _running is None or _running.process.poll() is not None:
            _running = ServerProcess(folder)
            atexit.register(_running.process.terminate)
        return _running.url
