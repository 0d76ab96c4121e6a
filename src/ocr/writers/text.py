"""Documents as plain text that is safe on a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr.document import Document


def escape(text: str) -> str:
    """Make control and invisible direction characters visible.

    Text read from a picture is not trusted: an escape sequence in it could recolour or rewrite a terminal.
    Line feeds are kept.
    """
    if text.isprintable():
        return text
    return "".join(c if c == "\n" or unicodedata.category(c) not in _UNSAFE else _code(c) for c in text)


def escape_line(text: str) -> str:
    """`escape` for what stays on one line, such as the name of a file in a message: line feeds are made visible too."""
    return escape(text).replace("\n", "\\n")


#: Unicode categories: control, format (directions, zero width), surrogate, private use, line and paragraph
# separator.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _code(character: str) -> str:
    number = ord(character)
    return (
        f"\\x{number:02x}"
        if number < 0x100
        else f"\\u{number:04x}"
        if number < 0x10000
        else f"\\U{number:08x}"
    )


def to_text(document: Document) -> str:
    """The text of a document: rows of a page as lines, an empty line between pages, ended by a line feed."""
    text = escape(document.text)
    return text + "\n" if text else ""


def to_polygons(document: Document) -> str:
    """A region a line: ``x1,y1,…,xN,yN,score``, with an empty line between pages."""
    pages = []
    for page in document.pages:
        rows = [
            ",".join([*(f"{value:.2f}" for value in line.polygon.ravel()), f"{line.confidence:.4f}"])
            for line in page.lines
        ]
        pages.append("".join(row + "\n" for row in rows))
    return "\n".join(pages)
