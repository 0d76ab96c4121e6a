"""Documents as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr.document import Document


def to_line(document: Document, source: str | None = None, *, ascii_only: bool = False) -> str:
    """One document as one line of JSON Lines, without the line feed.

    Args:
        document: what was read.
        source: name of the input in place of the document's own.
        ascii_only: escape everything else, for outputs that cannot hold it.
    """
    values = document.to_dict()
    if source is not None:
        values["source"] = source
    return json.dumps(values, ensure_ascii=ascii_only, allow_nan=False)


def to_file_text(document: Document) -> str:
    """One document as indented JSON for a file of its own."""
    return document.to_json(indent=2) + "\n"
