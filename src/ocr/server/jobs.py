"""The thread of a worker process that runs jobs: when nobody waits for an answer, one at a time."""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Generic, Protocol, TypeVar

from ocr.errors import OcrError, Overloaded
from ocr.server import problems
from ocr.server.inference import InferencePool, Ticket
from ocr.server.job_store import LEASE

_LOG = logging.getLogger(__name__)


class _Named(Protocol):
    @property
    def id(self) -> str:
        """Names the job among all."""


J = TypeVar("J", bound=_Named)
J_co = TypeVar("J_co", bound=_Named, covariant=True)
#: Seconds between two looks for a job, and between two for jobs of dead workers and expired results.
_POLL, _RECOVERY = 0.25, 2.0


class Queue(Protocol[J_co]):
    """Where inputs wait that no caller waits for; see `JobStore` and `ReviewStore`."""

    def recover(self, *, all_running: bool = False) -> None:
        """Queue again what dead workers held."""

    def claim(self, worker: str) -> tuple[J_co, bytes, str | None] | None:
        """Take the oldest: itself, its input and the password of its PDF."""

    def renew(self, identifier: str, worker: str) -> bool:
        """Hold it further; false where it is no longer this worker's."""

    def release(self, identifier: str, worker: str) -> None:
        """Give it back."""

    def finish(self, identifier: str, worker: str, document: str | None, problem: str | None) -> bool:
        """Keep the result."""


class JobRunner(Generic[J]):
    """Takes jobs from a queue and has the pool read them.

    Args:
        store: shared by all workers.
        pool: of this process.
        read: makes the JSON of a document from a job, its input and the password; called in a thread of the pool.
        ended: called now and then to tell about jobs that ended.
    """

    def __init__(
        self,
        store: Queue[J],
        pool: InferencePool,
        read: Callable[[J, bytes, str | None, Ticket], str],
        ended: Callable[[], None] | None = None,
    ) -> None:
        self._store, self._pool, self._read, self._ended = store, pool, read, ended
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._recovered = -_RECOVERY
        self._thread = threading.Thread(target=self._run, name="ocr-jobs", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more jobs; the one that runs is finished."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                worked = self._step()
            except (
                Exception
            ):  # A full disk or a locked file must not end the thread; the next step tries again.
                _LOG.exception("a step of the job runner failed")
                worked = False
            if not worked:
                self._stop.wait(_POLL)

    def _step(self) -> bool:
        """Run one job if there is one and a thread is free; whether there was."""
        if time.monotonic() - self._recovered > _RECOVERY:
            self._store.recover()
            self._recovered = time.monotonic()
        if self._ended is not None:
            self._ended()
        # People who wait for an answer come first.
        if not self._pool.idle:
            return False
        claimed = self._store.claim(self._name)
        if claimed is None:
            return False
        job, data, password = claimed
        try:
            future, ticket = self._pool.submit(lambda ticket: self._read(job, data, password, ticket))
        except Overloaded:
            self._store.release(job.id, self._name)
            return False
        while not future.done():
            try:
                future.exception(timeout=LEASE / 4)
            except (TimeoutError, futures.TimeoutError):  # Two classes before Python 3.11.
                if not self._store.renew(job.id, self._name):
                    ticket.cancel()
        error = future.exception()
        if error is None:
            self._store.finish(job.id, self._name, future.result(), None)
        else:
            if not isinstance(error, OcrError):
                _LOG.error("job %s failed", job.id, exc_info=error)
            self._store.finish(
                job.id, self._name, None, json.dumps(problems.problem(error), ensure_ascii=False)
            )
        return True
