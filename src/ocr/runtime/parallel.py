"""Jobs in threads, results in the order of what they belong to."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    job: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    *,
    ahead: int = 1,
    cancel: threading.Event | None = None,
) -> Iterator[R]:
    """Do a job for each item in several threads.

    Items are asked for in the caller's thread, ``ahead`` more than there are workers before the result that is wanted
    next is there: an endless or slow source and large results are fine. Where the source raises, the results of the
    items before come first. What a job raises is raised in its place and ends it all; so does a caller who stops
    asking. Jobs that run at the end are waited for.

    Args:
        job: called in the threads.
        items: each one's result is yielded in this order.
        workers: number of threads, at least 1.
        ahead: items that wait for a thread at most.
        cancel: once set, no further item is asked for; what was started is finished and yielded.
    """
    source = iter(items)
    pending: deque[Future[R]] = deque()
    error: Exception | None = None
    threads = _Threads(job, workers)
    try:
        more = True
        while True:
            while more and len(pending) < workers + ahead:
                if cancel is not None and cancel.is_set():
                    threads.drop_waiting()
                    more = False
                    break
                try:
                    item = next(source)
                except StopIteration:
                    more = False
                except Exception as raised:
                    error, more = raised, False
                else:
                    pending.append(threads.submit(item))
            if not pending:
                break
            future = pending.popleft()
            # Where it is called off meanwhile, what waits for a thread is never started.
            if cancel is not None and cancel.is_set():
                threads.drop_waiting()
            if not future.cancelled():
                yield future.result()
        if error is not None:
            raise error
    finally:
        threads.close()


class _Threads(Generic[T, R]):
    """Threads that live as long as there is work: none of them ever waits, so that none keeps a process from ending.

    The executors of `concurrent.futures` take no work once the main thread has ended; these do.
    """

    def __init__(self, job: Callable[[T], R], workers: int) -> None:
        self._job = job
        self._workers = workers
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[R], T]] = deque()
        self._running: set[threading.Thread] = set()

    def submit(self, item: T) -> Future[R]:
        future: Future[R] = Future()
        with self._lock:
            self._waiting.append((future, item))
            if len(self._running) >= self._workers:
                return future
            thread = threading.Thread(target=self._work, name="ocr-worker")
            self._running.add(thread)
        try:
            thread.start()
        except BaseException:  # The system gives no more threads.
            with self._lock:
                self._running.discard(thread)
                alone = not self._running
            if alone:
                self._work()
        return future

    def drop_waiting(self) -> None:
        """Cancel the work that no thread has begun."""
        with self._lock:
            dropped = list(self._waiting)
            self._waiting.clear()
        for future, _ in dropped:
            future.cancel()

    def close(self) -> None:
        """Drop what waits, and wait for what runs."""
        self.drop_waiting()
        with self._lock:
            running = list(self._running)
        for thread in running:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running.discard(threading.current_thread())
                    return
                future, item = self._waiting.popleft()
            self._run(future, item)

    def _run(self, future: Future[Any], item: T) -> None:
        try:
            result = self._job(item)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
