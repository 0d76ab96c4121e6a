"""Texts of lines that a person corrected: they stay with their lines, and the fields follow them."""

from __future__ import annotations

import itertools
from dataclasses import replace

from ocr.document import Document
from ocr.receipts.code_checks import with_codes
from ocr.receipts.extract import extract

#: Corrections of a picture: page and polygon of the line, which stay where a threshold moves, to the text.
Corrections = dict[tuple[int, bytes], str]


def corrected(document: Document, corrections: Corrections) -> Document:
    """The document with corrected texts, and its receipts made of these.

    Args:
        document: as it was read.
        corrections: those of lines that are not in the document change nothing.
    """
    index = itertools.count()
    texts: dict[int, str] = {}
    for number, page in enumerate(document.pages):
        for line in page.lines:
            k = next(index)
            text = corrections.get((number, line.polygon.tobytes()))
            if text is not None:
                texts[k] = text
    if not texts:
        return document
    changed = document.corrected(texts)
    codes = [code for receipt in document.receipts for code in receipt.codes]
    receipts = extract(changed.pages)
    return replace(changed, receipts=with_codes(receipts, changed.pages, codes) if codes else tuple(receipts))
