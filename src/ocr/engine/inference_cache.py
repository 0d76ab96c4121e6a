"""What networks answered before, found again by content: a slider that moves must not cost a run of a network."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.engine.network import Network

#: Bytes that a memory holds unless it is told otherwise: the maps of some dozens of pages.
MAX_BYTES = 256 * 1024 * 1024


class InferenceCache:
    """A bounded store; what was asked for last stays. Safe to share between threads.

    Keys hold the hash of what an answer belongs to, so that nobody gets an answer to pixels that are not his.

    Args:
        max_bytes: what all entries hold together at most.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.size = self.hits = self.misses = 0

    def get(self, key: Hashable) -> Any:
        """The entry of a key, ``None`` where there is none."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep an entry of a size in bytes; one over the bound is not kept."""
        if size > self._max_bytes:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = value, size
            self.size += size
            while self.size > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: Hashable) -> None:
        found = self._entries.pop(key, None)
        if found is not None:
            self.size -= found[1]


class CachedNetwork:
    """A network whose answers are kept in a memory.

    Attributes:
        inner: the network itself.
        model: the file that it was made of.
        threads: threads that one run uses.
    """

    def __init__(self, inner: Network, cache: InferenceCache) -> None:
        self.inner = inner
        self.model = inner.model
        self.threads = inner.threads
        self.backend = inner.backend
        self._cache = cache
        # Two engines round differently, and so can one with another number of threads.
        self._run_by = type(inner), inner.threads, getattr(inner, "providers", ())

    def run(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The answer to a batch (N, 1, H, W) grey uint8, which must not be written to."""
        key = (self.model.sha256, type(self.inner), digest(batch))
        found: npt.NDArray[np.float32] | None = self._cache.get(key)
        if found is None:
            found = self.inner.run(batch)
            found.flags.writeable = False
            self._cache.put(key, found, found.nbytes)
        return found


def digest(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A hash of pixels and their shape."""
    # SHA-256 has instructions of its own on most machines: twice as fast there as BLAKE2.
    made = hashlib.sha256(repr(pixels.shape).encode())
    made.update(np.ascontiguousarray(pixels).data)
    return made.digest()
