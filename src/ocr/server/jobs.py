"""The threads of a worker process that have inputs read that no caller waits for, while the pool is idle."""

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
from ocr.server.leases import LEASE, LeasedQueue

_LOG = logging.getLogger(__name__)


class _Named(Protocol):
    @property
    def id(self) -> str:
        """Names the job among all."""


J = TypeVar("J", bound=_Named)
#: Seconds between two looks for a job, and between two for jobs of dead workers and expired results.
_POLL, _RECOVERY = 0.25, 2.0


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
        store: LeasedQueue[J],
        pool: InferencePool,
        read: Callable[[J, bytes, str | None, Ticket], str],
        ended: Callable[[], None] | None = None,
    ) -> None:
        self._store, self._pool, self._read, self._ended = store, pool, read, ended
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._recovered = -_RECOVERY
        # As many as the pool has, so that a pile is read on all cores.
        self._threads = [
            threading.Thread(target=self._run, args=(f"{self._name}-{k}",), name=f"ocr-jobs-{k}", daemon=True)
            for k in range(pool.size)
        ]

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more jobs; those that run are finished."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, name: str) -> None:
        while not self._stop.is_set():
            try:
                worked = self._step(name)
            except (
                Exception
            ):  # A full disk or a locked file must not end the thread; the next step tries again.
                _LOG.exception("a step of the job runner failed")
                worked = False
            if not worked:
                self._stop.wait(_POLL)

    def _step(self, name: str) -> bool:
        """Run one job if there is one and a thread is free; whether there was."""
        if time.monotonic() - self._recovered > _RECOVERY:
            self._store.recover()
            self._recovered = time.monotonic()
        if self._ended is not None:
            self._ended()
        # People who wait for an answer come first.
        if not self._pool.idle:
            return False
        claimed = self._store.claim(name)
        if claimed is None:
            return False
        job, data, password = claimed
        try:
            future, ticket = self._pool.submit(lambda ticket: self._read(job, data, password, ticket))
        except Overloaded:
            self._store.release(job.id, name)
            return False
        while not future.done():
            try:
                future.exception(timeout=LEASE / 4)
            except (TimeoutError, futures.TimeoutError):  # Two classes before Python 3.11.
                if not self._store.renew(job.id, name):
                    ticket.cancel()
        error = future.exception()
        if error is None:
            self._store.finish(job.id, name, future.result(), None)
        else:
            if not isinstance(error, OcrError):
                _LOG.error("job %s failed", job.id, exc_info=error)
            self._store.finish(job.id, name, None, json.dumps(problems.problem(error), ensure_ascii=False))
        return True
