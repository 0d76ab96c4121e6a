"""Documents of words with places."""

from __future__ import annotations

import numpy as np

from ocr.pipeline.given_text import document_of


def box(x: float, y: float, text: str) -> tuple[str, np.ndarray]:
    wide = 10 * len(text)
    return text, np.array([[x, y], [x + wide, y], [x + wide, y + 16], [x, y + 16]], np.float32)


def test_words_become_lines_and_lines_stand_in_rows() -> None:
    words = [
        box(300, 60, "18.150"),
        box(45, 10, "TEA"),
        box(10, 60, "TOTAL"),
        box(10, 10, "ICE"),
        box(300, 11, "16,500"),
        box(5, 90, " "),
    ]
    page = document_of(words, 400, 200, "receipt").pages[0]
    assert [line.text for line in page.lines] == ["ICE TEA", "16,500", "TOTAL", "18.150"]
    assert page.rows == ((0, 1), (2, 3))
    assert [word.text for word in page.lines[0].words] == ["ICE", "TEA"]
    assert page.lines[0].words[1].polygon.tolist() == words[1][1].tolist()
    assert (page.width, page.height) == (400, 200)


def test_words_with_spaces_stay_whole() -> None:
    page = document_of([box(10, 10, "Rp 500"), box(75, 10, "NET")], 400, 200).pages[0]
    assert [[word.text for word in line.words] for line in page.lines] in (
        [["Rp 500"], ["NET"]],
        [["Rp 500", "NET"]],
    )


def test_no_words_are_an_empty_page() -> None:
    assert document_of([], 40, 20).pages[0].lines == ()


def test_receipts_are_made_of_the_words() -> None:
    words = [box(10, 10, "COFFEE"), box(300, 10, "3.50"), box(10, 40, "TEA"), box(300, 40, "2.50")]
    words += [box(10, 70, "TOTAL"), box(300, 70, "6.00")]
    (receipt,) = document_of(words, 400, 200).receipts
    assert receipt.total is not None
    assert str(receipt.total.value) == "6.00"
