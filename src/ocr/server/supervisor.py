"""The process that owns the socket and keeps workers alive."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocr.errors import BadConfiguration, OcrError
from ocr.server import metrics, worker
from ocr.server.job_store import JobStore
from ocr.server.keys import KeyFile
from ocr.server.review_store import ReviewStore
from ocr.server.settings import ServeSettings

#: Seconds between two looks at the workers.
_TICK = 0.1
#: A worker that ends with an error sooner than this, in seconds after its start, could not start.
_QUICK_DEATH = 2.0
#: Exit status of uvicorn where its application does not start, for instance because a model cannot be used, however
#: long that took.
_STARTUP_FAILURE = 3
#: So many workers in a row that could not start end the server.
_MAX_FAILED_STARTS = 5


class PortTaken(OcrError):
    """The address is in use, or not one of this machine."""

    code = "address_unavailable"
    exit_status = 2


class Supervisor:
    """Starts workers on one socket, and a new one for each that dies.

    Args:
        settings: of the server.

    Raises:
        BadConfiguration: other machines can connect and there is no key.
        PortTaken: the address cannot be bound.
    """

    def __init__(self, settings: ServeSettings) -> None:
        if not settings.loopback and not KeyFile(settings.key_file).entries():
            raise BadConfiguration(
                f"on {settings.host} other machines can connect, so a key is needed: ocr serve keys add NAME "
                f"(keys are kept in {settings.key_file})"
            )
        self._settings = settings
        self._socket = _bound(settings.host, settings.port)
        self._workers: list[subprocess.Popen[bytes]] = []
        self._started: dict[int, float] = {}
        self._stopping = False
        self._failed_starts = 0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on."""
        name = self._socket.getsockname()
        return str(name[0]), int(name[1])

    @property
    def processes(self) -> tuple[int, ...]:
        """Process numbers of the workers."""
        return tuple(process.pid for process in self._workers)

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT.

        Returns:
            The exit status: 0 after a signal, 1 where workers cannot start.
        """
        JobStore(self._settings.data_folder, self._settings.job_hours).recover(all_running=True)
        ReviewStore(self._settings.data_folder).recover(all_running=True)
        if os.name == "nt":
            # Windows has no sockets that child processes inherit by number: one process serves alone.
            worker.serve(self._settings, self._socket)
            return 0
        with _signals(self._stop), _figures(self._settings.data_folder) as folder:
            self._folder = folder
            while len(self._workers) < self._settings.workers:
                self._start()
            while not self._stopping:
                time.sleep(_TICK)
                if not self._replace_dead():
                    return 1
            self._drain()
        return 0

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _start(self) -> None:
        environment = {
            **os.environ,
            worker.SOCKET_VARIABLE: str(self._socket.fileno()),
            worker.SETTINGS_VARIABLE: json.dumps(self._settings.to_dict()),
            metrics.VARIABLE: str(self._folder),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "ocr.server.worker"], env=environment, pass_fds=(self._socket.fileno(),)
        )
        self._workers.append(process)
        self._started[process.pid] = time.monotonic()

    def _replace_dead(self) -> bool:
        """Start a worker for each that ended; false where workers cannot start at all."""
        for process in list(self._workers):
            if process.poll() is None:
                continue
            self._workers.remove(process)
            lived = time.monotonic() - self._started.pop(process.pid)
            metrics.forget_process(process.pid, self._folder)
            print(
                f"ocr: worker {process.pid} ended ({process.returncode}); a new one is started",
                file=sys.stderr,
                flush=True,
            )
            could_not_start = process.returncode == _STARTUP_FAILURE or (
                lived < _QUICK_DEATH and process.returncode > 0
            )
            self._failed_starts = self._failed_starts + 1 if could_not_start else 0
            if self._failed_starts >= _MAX_FAILED_STARTS:
                print("ocr: error: workers cannot start", file=sys.stderr, flush=True)
                self._drain()
                return False
            self._start()
        return True

    def _drain(self) -> None:
        """No new connection is accepted; workers finish what they accepted."""
        self._socket.close()
        for process in self._workers:
            with contextlib.suppress(OSError):
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + self._settings.deadline + 10
        for process in self._workers:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        if os.name != "nt":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        raise PortTaken(f"{host} port {port} cannot be listened on: {error.strerror or error}") from error
    return listening


@contextmanager
def _figures(data: Path) -> Iterator[Path]:
    """A folder in which the processes share their figures; it goes with the server."""
    folder = data / f"figures-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _signals(stop: object) -> Iterator[None]:
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
