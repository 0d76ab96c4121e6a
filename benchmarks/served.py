"""`ocr serve` on the loopback address for the time of a block, for benchmarks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx


class Served:
    """A server that runs while the block lasts."""

    def __init__(self, *options: str, folder: str | None = None) -> None:
        self._options = options
        self._folder = folder or tempfile.mkdtemp(prefix="bench-serve-")

    def __enter__(self) -> Served:
        command = [
            sys.executable,
            "-m",
            "ocr",
            "serve",
            "--port",
            "0",
            "--data",
            self._folder,
            "--keys",
            f"{self._folder}/keys.json",
            *self._options,
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.url = ""
        while not self.url:
            found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stderr.readline())
            self.url = found[0] if found else ""
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        while True:
            try:
                if httpx.get(self.url + "/ready").status_code == 200:
                    return self
            except httpx.HTTPError:
                pass
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)

    def workers(self) -> list[int]:
        """Process numbers of the workers."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(number) for number in listed.stdout.split()]

    def resident(self) -> int:
        """Bytes of main memory of the workers."""
        page = os.sysconf("SC_PAGE_SIZE")
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in self.workers())
