"""Jobs in threads, results in the order of what they belong to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(job: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """Do a job for each item in several threads.

    Items are asked for in the caller's thread, one more than there are workers ahead of the result that is wanted next:
    an endless or slow source and large results are fine. Where the source raises, the results of the items before come
    first. What a job raises is raised in its place and ends it all; so does a caller who stops asking.

    Args:
        job: called in the threads.
        items: each one's result is yielded in this order.
        workers: number of threads, at least 1.
    """
    source = iter(items)
    waiting: deque[Future[R]] = deque()
    fault: Exception | None = None
    pool = ThreadPoolExecutor(workers, thread_name_prefix="ocr")
    try:
        more = True
        while True:
            while more and len(waiting) <= workers:
                try:
                    item = next(source)
                except StopIteration:
                    more = False
                except Exception as raised:
                    fault, more = raised, False
                else:
                    waiting.append(pool.submit(job, item))
            if not waiting:
                break
            yield waiting.popleft().result()
        if fault is not None:
            raise fault
    finally:
        for future in waiting:
            future.cancel()
        pool.shutdown()
