"""A loader that knows how long it was waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, TypeVar

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
        super().__init__(*args, **kwargs)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        return _Timed(self, super().__iter__())


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
