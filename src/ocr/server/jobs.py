"""The thread of a worker process that runs jobs: when nobody waits for an answer, one at a time."""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable

from ocr.errors import OcrError, Overloaded
from ocr.server import problems
from ocr.server.inference import InferencePool, Ticket
from ocr.server.job_store import LEASE, Job, JobStore
from ocr.server.webhooks import Webhooks

_LOG = logging.getLogger(__name__)
#: Seconds between two looks for a job, and between two for jobs of dead workers and expired results.
_POLL, _RECOVERY = 0.25, 2.0


class JobRunner:
    """Takes jobs from the store and has the pool read them.

    Args:
        store: shared by all workers.
        pool: of this process.
        read: makes the JSON of a document from a job, its input and the password; called in a thread of the pool.
        webhooks: called when jobs end; ``None`` for none.
    """

    def __init__(
        self,
        store: JobStore,
        pool: InferencePool,
        read: Callable[[Job, bytes, str | None, Ticket], str],
        webhooks: Webhooks | None = None,
    ) -> None:
        self._store, self._pool, self._read, self._webhooks = store, pool, read, webhooks
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
        if self._webhooks is not None and (ended := self._store.to_notify()) is not None:
            self._webhooks.call(ended, self._store.result(ended.id))
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
            except TimeoutError:
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
