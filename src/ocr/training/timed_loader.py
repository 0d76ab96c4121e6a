"""A loader that knows how long it was waited for."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator
from typing import Any, TypeVar

from torch._C import _remove_worker_pids
from torch.utils.data import DataLoader

T = TypeVar("T")


class TimedLoader(DataLoader[T]):
    """PyTorch's `DataLoader`, counting the seconds in which somebody waited for the next batch.

    Attributes:
        waited: seconds so far. On a device that works through a queue of its own this is an upper bound of the time
            that the device was idle.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.waited = 0.0
        self._under_way: weakref.ref[Any] | None = None
        super().__init__(*args, **kwargs)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        batches = super().__iter__()
        self._under_way = weakref.ref(batches)
        return _Timed(self, batches)

    def end_processes(self) -> None:
        """End the loader processes at once, in whatever they do; no batch can be had any more.

        PyTorch waits up to five seconds for each of them, one after the other.
        """
        batches: Any = self._under_way() if self._under_way is not None else None
        workers = list(getattr(batches, "_workers", ()))
        if not workers:
            return
        # Else the end of a process is taken for a failure.
        _remove_worker_pids(id(batches))
        batches._worker_pids_set = False
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(1.0)
            if worker.is_alive():
                worker.kill()


class _Timed:
    def __init__(self, loader: TimedLoader[Any], batches: Iterator[Any]) -> None:
        self.loader, self.batches = loader, batches

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        started = time.perf_counter()
        try:
            return next(self.batches)
        finally:
            self.loader.waited += time.perf_counter() - started
