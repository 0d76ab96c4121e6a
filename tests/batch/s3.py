"""A local server that speaks S3, and one in front of it that fails as networks and services do."""

from __future__ import annotations

import contextlib
import http.client
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

#: What goes wrong: the request does not arrive; it arrives and its answer is lost; the answer breaks off in the middle;
#: nothing comes; the answer comes bit by bit.
FAULTS = ("unavailable", "answer_lost", "cut", "silent", "slow")
#: So often nothing comes, because the client's patience is what a test waits for.
_SILENT = 2


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """A server process of moto with no buckets; its address."""
    pytest.importorskip("moto")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                break
        else:
            raise RuntimeError("moto did not start: " + "".join(said))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield found[0]
    finally:
        process.kill()
        process.wait()


def make_bucket(address: str, name: str) -> None:
    """Make an empty bucket."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    with contextlib.closing(connection):
        connection.request("PUT", f"/{name}")
        assert connection.getresponse().status == 200


def use(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Let ``s3://`` lead to an address."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


class FaultyProxy(ThreadingHTTPServer):
    """Hands requests on, and lets every so-manieth one fail in one of the ways of `FAULTS` after the other.

    Args:
        behind: address of the server behind it.
        every: of so many requests one fails; 1 for all of them, which then fail with 503.
        silence: seconds without an answer, more than the client's patience.

    Attributes:
        met: number of faults by kind.
    """

    daemon_threads = True

    def __init__(self, behind: str, every: int, silence: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind.removeprefix("http://")
        self.every, self.silence = every, silence
        self.met: Counter[str] = Counter()
        self._count = 0
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self) -> str | None:
        """How the next request fails."""
        with self._lock:
            self._count += 1
            if self._count % self.every:
                return None
            kind = FAULTS[0] if self.every == 1 else FAULTS[self._count // self.every % len(FAULTS)]
            if kind == "silent" and self.met[kind] >= _SILENT:
                kind = "cut"
            self.met[kind] += 1
            return kind

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news here."""

    def __enter__(self) -> FaultyProxy:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyProxy

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault()
        if fault == "unavailable":
            self._answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        if fault == "silent":
            time.sleep(self.server.silence)
            self.close_connection = True
            return
        connection = http.client.HTTPConnection(self.server.behind)
        with contextlib.closing(connection):
            connection.request(self.command, self.path, body, dict(self.headers))
            found = connection.getresponse()
            content = found.read()
        if fault == "answer_lost":
            self._answer(503, {}, b"<Error><Code>ServiceUnavailable</Code></Error>")
            return
        headers = {
            name: value
            for name, value in found.getheaders()
            if name.lower() not in ("connection", "content-length", "date", "server", "transfer-encoding")
        }
        if self.command == "HEAD":
            headers["Content-Length"] = found.getheader("Content-Length") or "0"
        if fault == "cut":
            # A body breaks off in its middle; an answer without one does not come at all.
            if content:
                self._answer(found.status, headers, content, len(content) // 2)
            self.close_connection = True
            return
        self._answer(found.status, headers, content, pause=0.02 if fault == "slow" else 0.0)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _handle  # noqa: N815

    def _answer(
        self,
        status: int,
        headers: dict[str, str],
        content: bytes,
        sent: int | None = None,
        pause: float = 0.0,
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        content = content[:sent]
        piece = max(1, len(content) // 5) if pause else max(1, len(content))
        for start in range(0, len(content), piece):
            time.sleep(pause)
            self.wfile.write(content[start : start + piece])
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing is written."""
