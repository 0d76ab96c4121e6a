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
    "Document": "ocr.document",
    "DocumentInvalid": "ocr.document",
    "Field": "ocr.document",
    "Line": "ocr.document",
    "Page": "ocr.document",
    "Warning_": "ocr.document",
    "Word": "ocr.document",
    "Limits": "ocr.images",
    "OcrError": "ocr.errors",
    "Failure": "ocr.reader",
    "ReadOptions": "ocr.reader",
    "Reader": "ocr.reader",
    "read": "ocr.sharing",
    "shared_reader": "ocr.sharing",
}

if TYPE_CHECKING:
    from typing import Any

    from ocr.document import Document, DocumentInvalid, Field, Line, Page, Warning_, Word
    from ocr.errors import OcrError
    from ocr.images import Limits
    from ocr.reader import Failure, Reader, ReadOptions
    from ocr.sharing import read, shared_reader

__all__ = [
    "Document",
    "DocumentInvalid",
    "Failure",
    "Field",
    "Limits",
    "Line",
    "OcrError",
    "Page",
    "ReadOptions",
    "Reader",
    "Warning_",
    "Word",
    "__version__",
    "read",
    "shared_reader",
]


def __getattr__(name: str) -> Any:
    import importlib

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ocr' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
