"""Where the time of a read goes: named stages, timed while somebody records, and next to free while nobody does."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

T = TypeVar("T")

#: The stages of a read in their order; what belongs to none of them is told as the rest.
DECODE = "decode"
SCALING = "scaling"
DETECTION = "detection network"
POSTPROCESSING = "post-processing"
CROPS = "crops"
RECOGNITION = "recognition network"
TEXT = "text decoding"
CODES = "codes"
ORDER = (DECODE, SCALING, DETECTION, POSTPROCESSING, CROPS, RECOGNITION, TEXT, CODES)


class Recorder:
    """Seconds by stage, of all threads together; time in a stage inside another one counts for the inner one alone.

    Attributes:
        seconds: by name of the stage.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._inner = threading.local()

    def shares(self, total: float) -> dict[str, float]:
        """The share of each stage in a number of seconds, in the order of a read, and that of the rest.

        Stages that run in several threads at once can together pass the total; the rest is then 0.
        """
        by_stage = {name: self.seconds[name] for name in ORDER if name in self.seconds}
        whole = max(total, sum(by_stage.values()))
        if whole <= 0:
            return {}
        return {
            **{name: spent / whole for name, spent in by_stage.items()},
            "rest": 1 - sum(by_stage.values()) / whole,
        }

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add what happens inside to a stage."""
        before = getattr(self._inner, "seconds", 0.0)
        self._inner.seconds = 0.0
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            own = spent - self._inner.seconds
            self._inner.seconds = before + spent
            with self._lock:
                self.seconds[name] += own


_recorder: Recorder | None = None
_NOTHING: AbstractContextManager[None] = nullcontext()


def stage(name: str) -> AbstractContextManager[None]:
    """Time what happens inside, if somebody records."""
    recorder = _recorder
    return _NOTHING if recorder is None else recorder.timed(name)


def each(items: Iterable[T], name: str) -> Iterator[T]:
    """Go through items, timing what it takes to get each of them."""
    iterator = iter(items)
    while True:
        with stage(name):
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record the stages of all reads of this process until the end of the block; one recorder at a time.

    Raises:
        RuntimeError: somebody records already.
    """
    global _recorder
    if _recorder is not None:
        raise RuntimeError("the stages of this process are recorded already")
    _recorder = Recorder()
    try:
        yield _recorder
    finally:
        _recorder = None
