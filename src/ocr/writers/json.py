"""Documents as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocr.document import Document


def to_line(document: Document, source: str | None = None, *, ascii_only: bool = False) -> str:
    """One document as one line of JSON Lines, without the line feed.

    Args:
        document: what was read.
        source: name of the input, added under the key ``source``.
        ascii_only: escape everything else, for outputs that cannot hold it.
    """
    found: dict[str, Any] = {} if source is None else {"source": source}
    found.update(document.to_dict())
    return json.dumps(found, ensure_ascii=ascii_only, allow_nan=False)


def to_file_text(document: Document) -> str:
    """One document as indented JSON for a file of its own."""
    return document.to_json(indent=2) + "\n"
