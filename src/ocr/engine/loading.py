"""Loaded model files, shared while in use. A file that is replaced is read again."""

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
    """A checked model file; the object already in use if there is one with the same bytes.

    A file is read and hashed again only if its stamp changed, or its last change was too recent for a second one to be
    visible in the stamp.

    Args:
        source: a path, or the bytes themselves.
        task: expected task of the model.
        sha256: expected hash, if it is known.

    Raises:
        ModelInvalid: as `ModelFile.load`.
    """
    if isinstance(source, bytes):
        return ModelFile.load(source, task=task, sha256=sha256).shared()
    path = os.path.abspath(source)  # noqa: PTH100 (part of every call with a shared reader)
    try:
        stamp = Stamp.of(path)
    except (OSError, ValueError):
        return ModelFile.load(source, task=task, sha256=sha256)  # Raises the reason.
    # Held while reading, so that only one of several threads reads the file.
    with _LOCK:
        cached = _BY_PATH.get((path, task))
        if cached is not None and cached[0].unchanged(stamp):
            in_use = cached[1]()
            if in_use is not None and sha256 in (None, in_use.sha256):
                return in_use
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
