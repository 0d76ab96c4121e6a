"""Several documents in one output, in the way of its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.errors import BadConfiguration
from ocr.writers.text import escape_line

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.writers.formats import Format
    from ocr.writers.pictures import Pictures


class Together:
    """Turns documents into the pieces of one output as they come.

    Args:
        format: of the output.
        count: number of documents that may come.
        ascii_only: the output holds no other characters.
        colour: it is a terminal that shows colours.

    Raises:
        BadConfiguration: the format holds one document, and several are to come.
    """

    def __init__(self, format: Format, count: int, *, ascii_only: bool = False, colour: bool = False) -> None:
        if format.several == "alone" and count > 1:
            raise BadConfiguration(
                f"a file of the format {format.name} holds one input, and there are {count}: "
                f"write files with --output DIR --formats {format.name}"
            )
        self._format = format
        self._count = count
        self._ascii_only = ascii_only
        self._colour = colour
        self._begun = False
        self._collected: list[tuple[str, Document]] = []

    def add(self, document: Document, pictures: Pictures | None = None) -> str | bytes:
        """The piece of the output that a document adds; empty where its format is made at the end."""
        first, self._begun = not self._begun, True
        kind = self._format.several
        if kind == "collected":
            self._collected.append((document.source or "", document))
            return b""
        if kind == "lines":
            from ocr.writers import json

            return json.to_line(document, document.source, ascii_only=self._ascii_only) + "\n"
        piece = self._piece(document, pictures)
        if isinstance(piece, bytes) or kind == "alone":
            return piece
        if kind == "table":
            return piece if first else piece.split("\r\n", 1)[1]
        heading = (
            f"==> {escape_line(document.source or '')} <==\n" if kind == "headed" and self._count > 1 else ""
        )
        return ("" if first else "\n") + heading + piece

    def end(self) -> str | bytes:
        """The last piece of the output."""
        if self._format.several != "collected" or not self._collected:
            return b""
        from ocr.writers.xlsx import to_xlsx

        return to_xlsx(self._collected)

    def _piece(self, document: Document, pictures: Pictures | None) -> str | bytes:
        if self._format.name == "receipt":
            from ocr.writers.summary import to_summary

            return to_summary(document, colour=self._colour, ascii_only=self._ascii_only)
        return self._format.write(document, pictures)
