"""A real server on the loopback address, with the tiny models of the tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocr.pipeline.server_process import ServerProcess
from tests.waiting import PATIENCE

pytest.importorskip("fastapi", reason="the extra serve is not installed")
pytest.importorskip("uvicorn", reason="the extra serve is not installed")

httpx = pytest.importorskip("httpx", reason="httpx is not installed")
#: The functions of httpx, which by itself waits five seconds for an answer.
web = SimpleNamespace(
    **{name: partial(getattr(httpx, name), timeout=PATIENCE) for name in ("get", "post", "delete", "request")}
)


class Server(ServerProcess):
    """A running `ocr serve` that is ready."""

    def __init__(self, models: tuple[Path, Path] | None, folder: Path, *options: str) -> None:
        chosen = () if models is None else ("--detection", str(models[0]), "--recognition", str(models[1]))
        super().__init__(folder, *chosen, *options, patience=PATIENCE)
        self.wait_until_ready(PATIENCE)

    def post(self, path: str = "/v1/read", data: bytes | None = None, **named: Any) -> Any:
        """Send a body."""
        return web.post(self.url + path, content=data, **named)

    def metric(self, name: str) -> float:
        """A figure of its metrics, of all labels together."""
        rows = web.get(self.url + "/metrics").text.splitlines()
        return sum(float(row.split()[-1]) for row in rows if row.startswith(name))


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
        server.stop(PATIENCE)


@pytest.fixture(scope="package")
def server(start: Callable[..., Server]) -> Server:
    """One server for the tests that do not change it."""
    os.environ.pop("OCR_API_KEY", None)
    return start("--queue", "64")
