"""Model files in memory: the same bytes once, for as long as somebody uses them; a replaced file is noticed."""

from __future__ import annotations

import os
import threading
import weakref
from pathlib import Path

from ocr.engine.model_file import ModelFile
from ocr.engine.stamp import Stamp

_LOCK = threading.Lock()
_BY_PATH: dict[tuple[str, str], tuple[Stamp, weakref.ref[ModelFile]]] = {}


def load(source: str | os.PathLike[str] | bytes, task: str, sha256: str | None = None) -> ModelFile:
    """A checked model file; while one with these bytes is in use, that very object.

    A file is read and hashed again only where the file system says that it was changed, or was changed so
    short ago that a second change might not show.

    Args:
        source: a path, or the bytes themselves.
        task: what the model must be for.
        sha256: the hash that the bytes must have, where it is known.

    Raises:
        ModelInvalid: as `ModelFile.load`.
    """
    if isinstance(source, bytes):
        return ModelFile.load(source, task=task, sha256=sha256).shared()
    path = os.path.abspath(source)  # noqa: PTH100 (part of every call with a shared reader)
    try:
        stamp = Stamp.of(path)
    except (OSError, ValueError):
        return ModelFile.load(source, task=task, sha256=sha256)  # Raises, and says why.
    # Held while reading, so that of many threads that ask at the same moment one reads.
    with _LOCK:
        known = _BY_PATH.get((path, task))
        if known is not None and known[0].still(stamp):
            found = known[1]()
            if found is not None and sha256 in (None, found.sha256):
                return found
        model = ModelFile.load(Path(source), task=task, sha256=sha256).shared()
        for key in [key for key, (_, reference) in _BY_PATH.items() if reference() is None]:
            del _BY_PATH[key]
        _BY_PATH[path, task] = stamp, weakref.ref(model)
        return model


def _after_fork() -> None:
    global _LOCK
    _LOCK = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
