"""Processes that read, of which each can die of an input without harm to any other."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ocr.batch.rows import FAILED, Row
from ocr.batch.worker import Task
from ocr.errors import DeadlineExceeded, OcrError
from ocr.io.pdfium import messages
from ocr.runtime import child
from ocr.runtime.parallel import in_order

#: Seconds that a worker may take to start on a machine that is busy with other things.
_START = 300.0
#: So many workers in a row that end before they are ready: no further one is tried.
_MAX_FAILED_STARTS = 3


class WorkerDied(OcrError):
    """The process that read an input ended, and so did the next one, which had the machine to itself."""

    code = "worker_died"


class WorkersFail(OcrError):
    """Workers end before they are ready to read, so that nothing can be read."""

    code = "workers_fail"


class Reading(NamedTuple):
    """What came of one input.

    Attributes:
        row: of the result.
        files: further formats by name.
    """

    row: Row
    files: dict[str, bytes]


class Pool:
    """Workers that are started as they are needed, kept, and replaced when they die; safe for threads.

    Args:
        task: of each worker.
        size: workers at most, at least 1.
        timeout: seconds for one input.
        command: starts a worker; for tests.
    """

    def __init__(
        self, task: Task, size: int, timeout: float, command: tuple[str, ...] = ("-m", "ocr.batch.worker")
    ) -> None:
        self.size = size
        self._pickled = pickle.dumps(task)
        self._timeout = timeout
        self._command = command
        self._changed = threading.Condition()
        self._idle: deque[_Worker] = deque()
        self._free = size
        self._failed_starts = 0
        self._closed = False
        self._turns = _Turns()
        #: Workers that were replaced.
        self.died = 0

    def read(self, uri: str, data: bytes) -> Reading:
        """Read one input, waiting for a worker.

        Whatever the input is, there is a row: where its worker dies it is read again alone, with all other workers at
        rest, so that memory which others took is not held against it; where that one dies as well, it has failed.

        Raises:
            WorkersFail: no worker can be started.
        """
        digest = hashlib.sha256(data).hexdigest()
        try:
            with self._turns.together():
                return self._asked(uri, data, digest)
        except child.ProcessEnded as first:
            if first.timed_out:
                return self._too_late(uri, digest)
        try:
            with self._turns.alone():
                return self._asked(uri, data, digest)
        except child.ProcessEnded as second:
            if second.timed_out:
                return self._too_late(uri, digest)
            # The numbers of signals and statuses of both tries may differ from run to run; rows may not.
            error = WorkerDied("the process that read this input died, alone as well as beside others")
            return Reading(Row(uri, digest, FAILED, error.code, str(error)), {})

    def start(self) -> None:
        """Start all workers now, and wait until they can read.

        Raises:
            WorkersFail: they cannot be started.
        """
        for worker in list(in_order(lambda _: self._taken(), range(self.size), self.size)):
            self._give_back(worker)

    def close(self) -> None:
        """End all workers."""
        with self._changed:
            self._closed = True
            workers = list(self._idle)
            self._idle.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.end()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def processes(self) -> tuple[int, ...]:
        """Process numbers of the workers that wait."""
        with self._changed:
            return tuple(worker.process for worker in self._idle)

    def _too_late(self, uri: str, digest: str) -> Reading:
        message = f"the input was not read within {self._timeout:g} seconds"
        return Reading(Row(uri, digest, FAILED, DeadlineExceeded.code, message), {})

    def _asked(self, uri: str, data: bytes, digest: str) -> Reading:
        worker = self._taken()
        try:
            head, body = worker.ask({"uri": uri}, data, self._timeout)
        except child.ProcessEnded:
            worker.end()
            self.died += 1
            self._give_back(None)
            raise
        except BaseException:
            worker.end()
            self._give_back(None)
            raise
        self._give_back(worker)
        return _reading(uri, digest, head, body)

    def _taken(self) -> _Worker:
        """A worker that waits, or a new one where there is room."""
        with self._changed:
            while not self._idle and not self._free:
                self._changed.wait()
            if self._idle:
                return self._idle.pop()
            self._free -= 1
        try:
            return self._started()
        except BaseException:
            self._give_back(None)
            raise

    def _started(self) -> _Worker:
        while True:
            if self._closed or self._failed_starts >= _MAX_FAILED_STARTS:
                raise WorkersFail("workers end before they are ready; what they print is above")
            worker = _Worker(self._command)
            try:
                worker.ask({}, self._pickled, _START)
            except child.ProcessEnded:
                worker.end()
                self._failed_starts += 1
                continue
            except BaseException:
                worker.end()
                raise
            self._failed_starts = 0
            return worker

    def _give_back(self, worker: _Worker | None) -> None:
        with self._changed:
            if worker is None:
                self._free += 1
            elif not self._closed:
                self._idle.append(worker)
            self._changed.notify()
        if worker is not None and self._closed:
            worker.end()


class _Worker:
    """One process; used by one thread at a time."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=child.FOLDER,
            env=child.environment(),
        )
        self._late = False

    @property
    def process(self) -> int:
        """Its process number."""
        return self._process.pid

    def ask(self, request: dict[str, Any], data: bytes, timeout: float) -> tuple[dict[str, Any], bytearray]:
        """Send a request and wait for the answer.

        Raises:
            child.ProcessEnded: the process died, or was killed because its time was up.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(timeout, self._kill_late)
        timer.daemon = True
        timer.start()
        try:
            messages.send(self._process.stdin, request, data)
            return messages.receive(self._process.stdout)
        except (EOFError, OSError, ValueError) as error:
            # The system hands over a dead process a moment after its pipes.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            raise child.ProcessEnded(self._late, self._process.poll()) from error
        finally:
            timer.cancel()

    def _kill_late(self) -> None:
        self._late = True
        self._process.kill()

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class _Turns:
    """Lets many go together or one alone; who wants to go alone comes before those who have not begun."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0
        self._alone = 0
        self._busy = False

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._together += 1
        try:
            yield
        finally:
            with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._alone += 1
            self._changed.wait_for(lambda: not self._together and not self._busy)
            self._busy = True
        try:
            yield
        finally:
            with self._changed:
                self._alone -= 1
                self._busy = False
                self._changed.notify_all()


def _reading(uri: str, digest: str, head: dict[str, Any], body: bytearray) -> Reading:
    parts, start = [], 0
    for length in head["lengths"]:
        parts.append(bytes(body[start : start + length]))
        start += length
    if not parts:
        return Reading(Row(uri, digest, FAILED, head["code"], head["message"]), {})
    row = Row(uri, digest, head["status"], document=parts[0].decode(), facts=head["facts"])
    return Reading(row, dict(zip(head["files"], parts[1:], strict=True)))


#: Makes the rows of inputs; `Pool.read`, or another in tests.
Read = Callable[[str, bytes], Reading]
