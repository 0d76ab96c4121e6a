"""Results of many inputs as one ZIP file, made in memory."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ocr.io import files
from ocr.writers import csv, json
from ocr.writers.text import to_text

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.errors import OcrError

#: A name in the archive is no longer than this.
_LONGEST = 80
#: What Windows takes for devices.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{d}{k}" for d in ("com", "lpt") for k in range(1, 10))})


def file_stem(name: str) -> str:
    """The name of an input as the stem of a file that is safe to write on any system: no folder, no device."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    kept = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in unicodedata.normalize("NFC", stem))
    kept = kept.strip(" .")[:_LONGEST].strip(" .") or "input"
    return f"_{kept}" if kept.split(".")[0].casefold() in _DEVICES else kept


def archive(results: Iterable[tuple[str, Document | OcrError]]) -> bytes:
    """A ZIP file with ``NAME.json`` and ``NAME.txt`` of each input, ``lines.csv`` of all, ``errors.csv`` of the failed.

    Args:
        results: the name of each input with what was read, or with the error that took its place.
    """
    file = io.BytesIO()
    taken: set[str] = set()
    read: list[tuple[str, Document]] = []
    failed: list[tuple[str, str, str]] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, result in results:
            if isinstance(result, Exception):
                failed.append((name, result.code, str(result)))
                continue
            read.append((name, result))
            stem = files.free_name(file_stem(name), taken)
            packed.writestr(f"{stem}.json", json.to_file_text(result))
            packed.writestr(f"{stem}.txt", to_text(result))
        packed.writestr("lines.csv", csv.to_csv(read))
        if failed:
            packed.writestr("errors.csv", csv.table(("source", "code", "message"), failed))
    return file.getvalue()
