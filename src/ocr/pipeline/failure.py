"""The record of an input that could not be read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ocr.errors import OcrError


@dataclass(frozen=True)
class Failure:
    """An input that could not be read, in the place of its document.

    Attributes:
        source: the path, or a description of what was given.
        error: why it could not be read.
    """

    source: str
    error: OcrError

    @property
    def ok(self) -> bool:
        """``False``: a `Document` has ``True``."""
        return False

    @property
    def code(self) -> str:
        """Stable identifier of the error."""
        return self.error.code

    @property
    def message(self) -> str:
        """What came, what was expected and what to do."""
        return str(self.error)


def failure(source: Any, error: Exception) -> Failure:
    """The record of an input that could not be read; an error of no known kind becomes an internal one."""
    label = source_name(source) or type(source).__name__
    if isinstance(error, OcrError):
        return Failure(label, error)
    internal = OcrError(f"an internal fault: {type(error).__name__}: {error}")
    internal.__cause__ = error
    return Failure(label, internal)


def source_name(source: Any) -> str | None:
    """The path of an input, the name of an open file; ``None`` where it has neither."""
    name = os.fsdecode(source) if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    # Names of files can hold bytes that are no UTF-8; JSON can not.
    return name.encode("utf-8", "backslashreplace").decode() if isinstance(name, str) else None
