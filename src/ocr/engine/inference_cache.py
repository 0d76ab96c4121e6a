"""The inference cache: outputs of networks by the content of their input, so that equal input is not run again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.engine.network import Network

#: Bytes that a cache holds by default: the maps of some dozens of pages.
MAX_BYTES = 256 * 1024 * 1024


class InferenceCache:
    """A bounded cache that drops the least recently used entries. Safe to share between threads.

    Keys contain a hash of the input, so that an entry is never returned for other pixels.

    Args:
        max_bytes: upper bound of the size of all entries together.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.size = self.hits = self.misses = 0

    def get(self, key: Hashable) -> Any:
        """The entry of a key, ``None`` where there is none."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self.misses += 1
                return None
            self.hits += 1
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Store an entry of a size in bytes; one larger than the whole cache is not stored."""
        if size > self._max_bytes:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = value, size
            self.size += size
            while self.size > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size -= entry[1]


class CachedNetwork:
    """A network whose outputs are kept in an inference cache.

    Attributes:
        inner: the network itself.
        model: the file that it was loaded from.
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
        """The output for a batch (N, 1, H, W) of grey uint8; the output is read-only."""
        key = (self.model.sha256, type(self.inner), digest(batch))
        output: npt.NDArray[np.float32] | None = self._cache.get(key)
        if output is None:
            output = self.inner.run(batch)
            output.flags.writeable = False
            self._cache.put(key, output, output.nbytes)
        return output


def digest(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A hash of pixels and their shape."""
    # SHA-256 has instructions of its own on most machines: twice as fast there as BLAKE2.
    hasher = hashlib.sha256(repr(pixels.shape).encode())
    hasher.update(np.ascontiguousarray(pixels).data)
    return hasher.digest()
