"""`ocr serve` as a process of its own on this machine: for the workbench, benchmarks and tests."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from ocr.errors import OcrError
from ocr.pipeline.client import Client

#: Seconds between two looks.
_PAUSE = 0.05


class ServerProcess:
    """A server that was started here. It ends with `stop`, not with this process.

    Args:
        folder: in which jobs, receipts and keys are kept.
        options: further ones of `ocr serve`; without ``--port`` it takes a free one.
        patience: seconds until it has to say its address; a busy machine takes a minute to load the modules alone.

    Raises:
        OcrError: it did not start.

    Attributes:
        url: without a slash at the end.
        process: the supervisor; its workers are its children.
        log: the lines that it printed.
    """

    def __init__(self, folder: Path, *options: str, patience: float = 240.0) -> None:
        port = () if "--port" in options else ("--port", "0")
        kept = ("--data", str(folder), "--keys", str(folder / "keys.json"))
        command = [sys.executable, "-m", "ocr", "serve", *port, *kept, *options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.log: list[str] = []
        threading.Thread(target=self._listen, name="ocr-server-log", daemon=True).start()
        until = time.monotonic() + patience
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r"https?://\S+:\d+", "".join(self.log))
            if found is not None:
                self.url = found[0]
                return
            time.sleep(_PAUSE)
        self.process.kill()
        raise OcrError(f"the server did not start: {''.join(self.log)[-500:] or 'it said nothing'}")

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)

    def wait_until_ready(self, patience: float = 240.0) -> None:
        """Wait until it has loaded its models.

        Raises:
            OcrError: it has not after so many seconds, or has ended; its process is killed.
        """
        client = Client(self.url, retries=0)
        until = time.monotonic() + patience
        while time.monotonic() < until and self.process.poll() is None:
            if client.ready():
                return
            time.sleep(_PAUSE)
        self.process.kill()
        raise OcrError(f"the server is not ready: {''.join(self.log)[-500:]}")

    def workers(self) -> list[int]:
        """Process numbers of the workers; not on Windows."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(number) for number in listed.stdout.split()]

    def stop(self, patience: float = 90.0) -> int:
        """Let it answer what it has accepted and end, as a service manager does; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(patience)
