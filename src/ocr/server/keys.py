"""API keys: random, shown once, stored as SHA-256 hashes.

A key has 256 random bits, so a plain hash cannot be searched; a slow password hash would only slow down requests.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.errors import BadConfiguration
from ocr.io.files import write_whole

_PREFIX = "ocr_"
_NAME_LENGTH = 64


@dataclass(frozen=True)
class Key:
    """An entry of the file.

    Attributes:
        name: given by the operator; also the owner of jobs.
        sha256: hash of the key in hexadecimal digits.
        created: ISO 8601 time in UTC.
    """

    name: str
    sha256: str
    created: str


class KeyFile:
    """The keys of a server in one JSON file, which is read anew when it changes.

    Args:
        path: the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    def entries(self) -> tuple[Key, ...]:
        """All keys, in the order in which they were added.

        Raises:
            BadConfiguration: the file is not one of keys.
        """
        with self._lock:
            try:
                status = self.path.stat()
            except FileNotFoundError:
                self._stamp, self._keys = None, ()
                return ()
            except OSError as error:
                raise BadConfiguration(
                    f"the key file {self.path} cannot be read: {error.strerror}"
                ) from error
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._keys = self._parse()
                self._stamp = stamp
            return self._keys

    def owner(self, key: str) -> str | None:
        """The name of a key, ``None`` where it is not known. Takes the same time for every key."""
        digest = _hash(key)
        name = None
        for known in self.entries():
            if hmac.compare_digest(known.sha256, digest):
                name = known.name
        return name

    def add(self, name: str) -> str:
        """Make a key.

        Returns:
            The key itself, which is not stored and cannot be shown again.

        Raises:
            BadConfiguration: the name is taken, empty or too long.
        """
        if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
            raise BadConfiguration(
                f"a key needs a name of 1 to {_NAME_LENGTH} printable characters; got {name!r:.80}"
            )
        keys = self.entries()
        if any(key.name == name for key in keys):
            raise BadConfiguration(f"there is a key {name!r} already; remove it first")
        key = _PREFIX + secrets.token_urlsafe(32)
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._write((*keys, Key(name, _hash(key), created)))
        return key

    def remove(self, name: str) -> None:
        """Forget a key; requests with it are refused from now on.

        Raises:
            BadConfiguration: there is none of that name.
        """
        keys = self.entries()
        rest = tuple(key for key in keys if key.name != name)
        if len(rest) == len(keys):
            names = ", ".join(repr(key.name) for key in keys) or "none"
            raise BadConfiguration(f"there is no key {name!r}; keys are {names}")
        self._write(rest)

    def _parse(self) -> tuple[Key, ...]:
        try:
            entries: Any = json.loads(self.path.read_text("utf-8"))["keys"]
            return tuple(Key(str(e["name"]), str(e["sha256"]), str(e["created"])) for e in entries)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadConfiguration(f"{self.path} is no key file: {error}") from error

    def _write(self, keys: tuple[Key, ...]) -> None:
        entries = [{"name": key.name, "sha256": key.sha256, "created": key.created} for key in keys]
        write_whole(self.path, json.dumps({"keys": entries}, ensure_ascii=False, indent=2) + "\n")
        self.path.chmod(0o600)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
