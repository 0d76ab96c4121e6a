"""Extraction of any text whatever: it may find nothing, but a read never fails of it."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.document import Document
from ocr.pipeline.given_text import document_of

PIECES = st.sampled_from(
    [
        *("TOTAL", "SUBTOTAL", "Tax", "VAT 19%", "Total Qty", "items", "CASH", "CHANGE", "Tel:", "Date:"),
        *("x", "@", "A", "-", "%", "Rp", "RM", "$", "€", "kg"),
        *("12.50", "1.234.50", "1 234,5", "1,23,456.00", "0", "-0.00", "3", "(5.00)", "5.00-", "1e5"),
        "99999999999999999999",
        *("12/13/2024", "00.00.0000", "31-02-2024", "25:61", "2024", "2 x 3,49", "0.356 kg x 2.99/kg"),
        *("٤٥", "½", "²", "４", "١٢.٥٠", "\u0000", "ß", "İ", "№", "½ kg"),
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=12), min_size=1, max_size=4).map(" ".join)


@st.composite
def rows(draw: st.DrawFn) -> list[tuple[str, np.ndarray]]:
    placed: list[tuple[str, np.ndarray]] = []
    for number, texts in enumerate(draw(st.lists(st.lists(TEXTS, min_size=1, max_size=3), max_size=8))):
        x = 10.0
        for text in texts:
            wide = 8.0 * max(1, len(text))
            y = 20.0 * number
            placed.append(
                (text, np.array([[x, y], [x + wide, y], [x + wide, y + 14], [x, y + 14]], np.float32))
            )
            x += wide + draw(st.sampled_from([6.0, 60.0]))
    return placed


@settings(max_examples=300)
@given(rows())
def test_any_text_makes_a_document(placed: list[tuple[str, np.ndarray]]) -> None:
    # Halves of surrogate pairs are refused by documents themselves.
    placed = [(text.encode("utf-8", "replace").decode(), outline) for text, outline in placed]
    document = document_of(placed, 2000, 400)
    assert Document.from_json(document.to_json()) == document


def test_long_lines_of_one_sign_take_no_time():
    """A pattern that can part a run in many ways would try them all."""
    lines = ("." * 400, "*" * 400 + "7", "т" * 400 + "7", "x " * 200 + "a", "1 " * 200, "- " * 200)
    placed = [
        (text, np.array([[10, y], [3000, y], [3000, y + 14], [10, y + 14]], np.float32))
        for y, text in zip(range(20, 200, 20), lines, strict=False)
    ]
    began = time.process_time()
    document_of(placed, 3100, 300)
    assert time.process_time() - began < 5
