"""The review page for people who use the workbench: one server beside it, started when it is first asked for."""

from __future__ import annotations

import atexit
import re
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

from ocr.errors import MissingExtra, OcrError

#: Seconds that the command may take to say its address: modules are loaded first.
_PATIENCE = 60.0
_lock = threading.Lock()
_running: tuple[subprocess.Popen[str], str] | None = None


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
        if _running is None or _running[0].poll() is not None:
            _running = _started(folder)
        return _running[1]


def _started(folder: Path) -> tuple[subprocess.Popen[str], str]:
    keys = folder / "keys.json"
    command = [
        sys.executable,
        "-m",
        "ocr",
        "serve",
        "--port",
        "0",
        "--data",
        str(folder),
        "--keys",
        str(keys),
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    atexit.register(process.terminate)
    said: list[str] = []

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)

    threading.Thread(target=listen, name="review-server", daemon=True).start()
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://\S+:\d+", "".join(said))
        if found is not None:
            return process, found[0]
        time.sleep(0.05)
    process.terminate()
    raise OcrError(f"the review page did not start: {''.join(said)[-500:] or 'it said nothing'}")
