"""From what a user names to a store."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

from ocr.batch.local_store import LocalStore
from ocr.batch.manifest import HOME
from ocr.batch.store import Store
from ocr.errors import BadConfiguration, OutputFailed

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
#: Schemes of object stores; anything else is no place for a batch.
SCHEMES = ("s3", "gs", "az")


def open_store(place: str) -> Store:
    """The store of a folder or URL.

    Raises:
        BadConfiguration: the scheme is none of ``file``, ``s3``, ``gs``, ``az``, or the URL names no bucket.
        MissingExtra: an object store, and the package that reaches it is not installed.
    """
    path = local_path(place)
    if path is not None:
        return LocalStore(path)
    from ocr.batch.object_store import ObjectStore

    return ObjectStore(place)


def open_destination(place: str) -> Store:
    """The store of results.

    Raises:
        OutputFailed: it is a file.
        BadConfiguration, MissingExtra: see `open_store`.
    """
    path = local_path(place)
    if path is not None and _exists(path) and not path.is_dir():
        raise OutputFailed(f"{path} is a file; expected a folder for results")
    store = open_store(place)
    if isinstance(store, LocalStore):
        store.clean("documents", f"{HOME}manifest", f"{HOME}log", f"{HOME}claims")
    return store


def local_path(place: str) -> Path | None:
    """The path that a place names; ``None`` for an object store.

    Raises:
        BadConfiguration: an unknown scheme.
    """
    match = _URL.match(place)
    if match is None:
        return Path(place)
    scheme = match[1].lower()
    if scheme == "file":
        url = urlparse(place)
        if url.netloc not in ("", "localhost"):
            raise BadConfiguration(f"{place} names the machine {url.netloc}; expected file:///PATH")
        # A path as it is, unless it was made by a program that quotes.
        plain = Path(place[len("file://") + len(url.netloc) :])
        return (
            plain
            if _exists(plain)
            else Path(url2pathname(unquote(url.path)) if os.name == "nt" else unquote(url.path))
        )
    if scheme not in SCHEMES:
        from ocr.runtime.suggestions import did_you_mean

        raise BadConfiguration(
            f"{place} has the scheme {scheme!r}; {did_you_mean(scheme, ('file', *SCHEMES), 'schemes')}"
        )
    return None


def _exists(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.exists()
    return False
