"""What `Document.save`, `to_markdown`, `to_dataframe` and `show` do."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr.errors import BadConfiguration
from ocr.io.files import is_file, write_whole
from ocr.runtime.suggestions import did_you_mean
from ocr.writers import extras, formats
from ocr.writers.pictures import Pictures, load
from ocr.writers.tables import TABLES

if TYPE_CHECKING:
    from ocr.document import Document


def save(
    document: Document,
    path: str | os.PathLike[str],
    image: Any = None,
    password: str | None = None,
) -> Path:
    """Write a document as a file of the format that the suffix of its name asks for; see `Document.save`."""
    wanted = formats.by_path(os.fspath(path))
    return write_whole(path, wanted.write(document, _pictures(document, wanted, image, password)))


def to_markdown(document: Document) -> str:
    """See `Document.to_markdown`."""
    written = formats.FORMATS["markdown"].write(document, None)
    assert isinstance(written, str)
    return written


def to_dataframe(document: Document, level: str) -> Any:
    """See `Document.to_dataframe`."""
    if level not in TABLES:
        hint = did_you_mean(level, TABLES, "levels")
        raise BadConfiguration(f"there is no level {level!r} of a data frame; {hint}")
    pandas = extras.load("pandas", "dataframe", "Document.to_dataframe")
    table = TABLES[level]
    return pandas.DataFrame(list(table.rows(document.source or "", document)), columns=list(table.columns))


def show(document: Document, image: Any = None, password: str | None = None) -> Path:
    """See `Document.show`."""
    wanted = formats.FORMATS["html"]
    page = wanted.write(document, load(document, image, password))
    folder = Path(tempfile.mkdtemp(prefix="ocr-"))
    path = write_whole(folder / "document.html", page)
    webbrowser.open(path.as_uri())
    return path


def _pictures(
    document: Document, wanted: formats.Format, image: Any, password: str | None
) -> Pictures | None:
    """The pictures that a format needs; of those it can do without, what is at hand."""
    if wanted.pictures == "unused":
        return None
    if wanted.pictures == "used" and image is None and not is_file(Path(document.source or "")):
        return None
    return load(document, image, password)
