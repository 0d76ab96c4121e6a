"""Reads receipts: a picture or PDF in, text lines with polygons out, offline and on an ordinary CPU.

    import ocr
    document = ocr.read("receipt.jpg")
    print(document.text)

Importing the package loads nothing heavy; each public name brings its module along when it is first used.
"""

from __future__ import annotations

# Not from typing: importing that takes longer than everything else here.
TYPE_CHECKING = False

__version__ = "0.1.0"

_HOMES = {
    "Client": "ocr.pipeline.client",
    "Document": "ocr.document",
    "DocumentInvalid": "ocr.errors",
    "Field": "ocr.receipt",
    "Line": "ocr.document",
    "Page": "ocr.document",
    "ReadWarning": "ocr.document",
    "Receipt": "ocr.receipt",
    "Word": "ocr.document",
    "Limits": "ocr.io.limits",
    "OcrError": "ocr.errors",
    "Failure": "ocr.pipeline.failure",
    "ReadOptions": "ocr.pipeline.options",
    "Reader": "ocr.pipeline.reader",
    "process_settings": "ocr.runtime.process_settings",
    "read": "ocr.pipeline.reader_cache",
    "shared_reader": "ocr.pipeline.reader_cache",
}

if TYPE_CHECKING:
    from typing import Any

    from ocr.document import Document, Line, Page, ReadWarning, Word
    from ocr.errors import DocumentInvalid, OcrError
    from ocr.io.limits import Limits
    from ocr.pipeline.client import Client
    from ocr.pipeline.failure import Failure
    from ocr.pipeline.options import ReadOptions
    from ocr.pipeline.reader import Reader
    from ocr.pipeline.reader_cache import read, shared_reader
    from ocr.receipt import Field, Receipt
    from ocr.runtime.process_settings import process_settings

__all__ = [
    "Client",
    "Document",
    "DocumentInvalid",
    "Failure",
    "Field",
    "Limits",
    "Line",
    "OcrError",
    "Page",
    "ReadOptions",
    "ReadWarning",
    "Reader",
    "Receipt",
    "Word",
    "__version__",
    "process_settings",
    "read",
    "shared_reader",
]


#: Public names of the release before, and what they are called now.
_RENAMED = {"Warning_": "ReadWarning"}


def __getattr__(name: str) -> Any:
    import importlib

    if name in _RENAMED:
        import warnings

        warnings.warn(f"ocr.{name} is now ocr.{_RENAMED[name]}", DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module("ocr"), _RENAMED[name])
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ocr' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
