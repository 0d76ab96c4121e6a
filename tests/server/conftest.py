"""A real server on the loopback address, with the tiny models of the tests."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")
pytest.importorskip("uvicorn", reason="the extra serve is not installed")

httpx = pytest.importorskip("httpx", reason="httpx is not installed")


class Server:
    """A running `ocr serve`.

    Attributes:
        url: without a slash at the end.
        process: the supervisor.
    """

    def __init__(self, models: tuple[Path, Path] | None, folder: Path, *options: str) -> None:
        chosen = () if models is None else ("--detection", str(models[0]), "--recognition", str(models[1]))
        port = () if "--port" in options else ("--port", "0")
        command = [
            sys.executable, "-m", "ocr", "serve", *port, *chosen, "--data", str(folder / "data"), "--keys",
            str(folder / "keys.json"), *options,
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.log: list[str] = []
        threading.Thread(target=self._read_log, daemon=True).start()
        # On a busy machine the modules alone take a minute.
        until = time.monotonic() + 240
        self.url = ""
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:\d+", "".join(self.log))
            if found is not None:
                self.url = found[0]
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(self.url + "/ready").status_code == 200:
                        return
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"the server did not start: {''.join(self.log)}")

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)

    def post(self, path: str = "/v1/read", data: bytes | None = None, **named: Any) -> Any:
        """Send a body."""
        return httpx.post(self.url + path, content=data, timeout=240, **named)

    def workers(self) -> list[int]:
        """Process numbers of the workers."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(number) for number in listed.stdout.split()]

    def stop(self) -> int:
        """End the server as a service manager does; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(240)


@pytest.fixture(scope="package")
def start(
    models: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts servers that end with the tests."""
    started: list[Server] = []

    def begin(*options: str, folder: Path | None = None, shipped: bool = False) -> Server:
        server = Server(None if shipped else models, folder or tmp_path_factory.mktemp("serve"), *options)
        started.append(server)
        return server

    yield begin
    # All are told before one is waited for: each takes a second to end.
    for server in started:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
    for server in started:
        server.stop()


@pytest.fixture(scope="package")
def server(start: Callable[..., Server]) -> Server:
    """One server for the tests that do not change it."""
    os.environ.pop("OCR_API_KEY", None)
    return start("--body-timeout", "2", "--queue", "64")
