"""Which program reads which part: only so that two of them do not read the same one. Nothing depends on a claim.

A claim is an object that its holder writes anew now and then. Another program takes it over where it has not changed
for a while by that program's own clock, or where its holder was a process of the same machine that is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import threading
import time

from ocr.batch.manifest import HOME
from ocr.batch.store import Store
from ocr.errors import InputError, OcrError

_FOLDER = f"{HOME}claims/"
#: Seconds without a change after which a claim counts for nothing, and between two changes.
LEASE, _RENEWAL = 60.0, 15.0


class Claims:
    """The claims of one program.

    Args:
        store: of the destination.
        lease: seconds; see `LEASE`.
    """

    def __init__(self, store: Store, lease: float = LEASE) -> None:
        self._store, self._lease = store, lease
        self._name = secrets.token_hex(8)
        self._held: set[int] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._count = 0
        #: What was seen of the claims of others, and when.
        self._seen: dict[int, tuple[str, float]] = {}
        self._thread: threading.Thread | None = None

    def take(self, number: int) -> bool:
        """Claim a part; false where another program holds it."""
        key = _key(number)
        if not self._store.create(key, self._content()):
            one = self._store.head(key)
            if one is not None:
                etag, since = self._seen.setdefault(number, (one.etag, time.monotonic()))
                if etag != one.etag:
                    self._seen[number] = one.etag, time.monotonic()
                    return False
                if time.monotonic() - since < self._lease and not self._abandoned(key):
                    return False
                if not self._store.replace(key, self._content(), one.etag):
                    return False
            elif not self._store.create(key, self._content()):
                return False
        with self._lock:
            self._held.add(number)
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name="ocr-claims", daemon=True)
                self._thread.start()
        return True

    def release(self, number: int) -> None:
        """Give a part back, read or not."""
        with self._lock:
            held = number in self._held
            self._held.discard(number)
        if held:
            with contextlib.suppress(OcrError):
                self._store.delete(_key(number))

    def close(self) -> None:
        """Give everything back."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for number in list(self._held):
            self.release(number)

    def _content(self) -> bytes:
        self._count += 1
        values = {
            "name": self._name,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "count": self._count,
        }
        return json.dumps(values).encode()

    def _abandoned(self, key: str) -> bool:
        """Whether the holder was a process of this machine that has ended."""
        try:
            holder = json.loads(self._store.get(key))
            if holder["host"] != socket.gethostname() or os.name == "nt":
                return False
            os.kill(int(holder["process"]), 0)
        except ProcessLookupError:
            return True
        except (InputError, OSError, ValueError, KeyError):
            return False
        # The number of this process can be that of one before, in a container for instance.
        return bool(holder["process"] == os.getpid() and holder["name"] != self._name)

    def _renew(self) -> None:
        while not self._stop.wait(min(_RENEWAL, self._lease / 4)):
            with self._lock:
                held = list(self._held)
            for number in held:
                with contextlib.suppress(OcrError):
                    self._store.put(_key(number), self._content())


def _key(number: int) -> str:
    return f"{_FOLDER}{number:08d}.json"
