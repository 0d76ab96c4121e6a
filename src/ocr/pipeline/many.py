"""Reading many inputs: in their order, several at once, with one failure beside many results."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sized
from itertools import takewhile
from typing import Any, TypeVar

from ocr.errors import ImageEmpty
from ocr.pipeline.failure import Failure, failure
from ocr.runtime.parallel import in_order

T = TypeVar("T")
R = TypeVar("R")

#: Called after each result with the number of results so far.
Progress = Callable[[int], None]


def read_each(
    read: Callable[[T], R],
    inputs: Iterable[T],
    workers: int = 1,
    *,
    ahead: int = 1,
    source: Callable[[T], Any] = lambda item: item,
    fatal: tuple[type[BaseException], ...] = (),
    cancel: threading.Event | None = None,
    on_result: Progress | None = None,
) -> Iterator[R | Failure]:
    """Read inputs; one that cannot be read takes no other with it.

    Memory is bounded: results wait until they are taken, and only a few inputs are asked for beyond those that
    are read.

    Args:
        read: reads one input; called in the threads of the workers, in the caller's own where there is one worker.
        inputs: asked for in the caller's thread, in order.
        workers: inputs that are read at once.
        ahead: further inputs that are asked for while the result that comes next is not there: with more of them one
            slow input keeps no worker waiting. Without effect where there is one worker.
        source: what an input is called in a `Failure`: see `ocr.pipeline.failure.source_name`.
        fatal: errors that end it all, because they would fail every input alike.
        cancel: once set, nothing further is started; what runs is finished and yielded.
        on_result: called before each result is yielded.

    Yields:
        For each input in order what was read, or a `Failure` in its place.

    Raises:
        ImageEmpty: there are no inputs at all.
    """

    def called_off() -> bool:
        return cancel is not None and cancel.is_set()

    def read_or_fail(item: T) -> R | Failure:
        try:
            return read(item)
        except fatal:
            raise
        except Exception as error:  # A defect met on one input must not lose the others' results.
            return failure(source(item), error)

    if workers > 1:
        results = in_order(read_or_fail, inputs, workers, ahead=ahead, cancel=cancel)
    else:
        results = (read_or_fail(item) for item in takewhile(lambda _: not called_off(), inputs))
    count = 0
    for result in results:
        count += 1
        if on_result is not None:
            on_result(count)
        yield result
    if not count and not called_off():
        raise ImageEmpty("there are no inputs to read; expected at least one")


def shares(threads: int, inputs: Iterable[Any]) -> tuple[int, int]:
    """How many inputs are read at once, and with how many threads each, where so many threads may work.

    Reads of one thread each leave no core idle in the parts that only one thread can do, so that they are taken
    wherever there are inputs enough; an iterator counts as many.
    """
    count = len(inputs) if isinstance(inputs, Sized) else threads
    workers = max(1, min(threads, count))
    return workers, threads // workers
