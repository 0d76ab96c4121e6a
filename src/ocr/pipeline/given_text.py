"""A document of texts with places that come from elsewhere than the reader, such as from an annotation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.document import Document, Line, Page, Word
from ocr.layout.merging import Fragment, merge_fragments
from ocr.layout.rows import rows
from ocr.receipts.extract import extract


def document_of(
    texts: Iterable[tuple[str, npt.NDArray[np.float32]]], width: int, height: int, source: str | None = None
) -> Document:
    """One page of words or lines, put together as the reader does with what it read.

    Args:
        texts: each with its polygon (N, 2), N >= 3, in pixels of the page, in any order; those without letters are left
            out.
        width: of the page in pixels.
        height: of the page in pixels.
        source: what the document is called.

    Returns:
        A document of confidences of 1: words that belong to one phrase stand on one line, lines in rows, and the
        receipts that they make.
    """
    page = page_of(texts, width, height)
    return Document((page,), extract([page]), source=source)


def page_of(texts: Iterable[tuple[str, npt.NDArray[np.float32]]], width: int, height: int) -> Page:
    """The page of `document_of`, before receipts are made of it."""
    parts = [
        Fragment(text.strip(), 1.0, polygons.to_quad(outline)) for text, outline in texts if text.strip()
    ]
    return _page(_lines(parts), width, height)


def _page(lines: list[Line], width: int, height: int) -> Page:
    in_rows = rows([line.polygon for line in lines])
    ordered = [lines[k] for row in in_rows for k in row]
    places = iter(range(len(lines)))
    return Page(width, height, tuple(ordered), tuple(tuple(next(places) for _ in row) for row in in_rows))


def _lines(parts: list[Fragment]) -> list[Line]:
    # Phrases come row by row with their parts in order, so that each takes the next of them until its text is complete.
    remaining = iter([parts[k] for row in rows([part.quad for part in parts]) for k in row])
    lines: list[Line] = []
    for phrase in itertools.chain.from_iterable(merge_fragments(parts)):
        words: list[Word] = []
        text = ""
        while text != phrase.text:
            part = next(remaining)
            words.append(Word(part.text, part.confidence, part.quad))
            text = f"{text} {part.text}" if text else part.text
        lines.append(Line(phrase.text, phrase.confidence, phrase.quad, tuple(words)))
    return lines
