"""Text that is safe to show."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.document import Document, Line, Page
from ocr.writers import overlay
from ocr.writers.text import escape, to_polygons, to_text

BOX = [[0, 0], [30, 0], [30, 10], [0, 10]]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Ünï €", "plain Ünï €"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("bell\x07\x9b", "bell\\x07\\x9b"),
        ("right\u202eleft", "right\\u202eleft"),
        ("two\nlines", "two\nlines"),
        ("back\rspace\b", "back\\x0dspace\\x08"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_control_characters_are_shown_not_obeyed(text: str, shown: str) -> None:
    assert escape(text) == shown
    assert to_text(Document((Page(40, 20, (Line(text, 1, BOX),)),))) == shown + "\n"


def test_polygons_are_rows_of_numbers() -> None:
    page = Page(40, 20, (Line("", 0.98765, BOX),))
    row = "0.00,0.00,30.00,0.00,30.00,10.00,0.00,10.00,0.9877\n"
    assert to_polygons(Document((page,))) == row
    assert to_polygons(Document((page, page))) == row + "\n" + row
    assert to_polygons(Document((Page(4, 4),))) == ""
    assert to_text(Document((Page(4, 4),))) == ""


def test_overlay_shows_polygons_left_and_texts_right() -> None:
    image = np.full((60, 200, 3), 255, np.uint8)
    line = Line("TOTAL 9,00 €", 0.9, [[20, 20], [180, 20], [180, 44], [20, 44]])
    drawn = overlay.draw(image, Page(200, 60, (line,)))
    assert drawn.shape == (60, 400, 3)
    assert (drawn[20, 30:170] != 255).any(axis=1).all()
    right = np.argwhere((drawn[:, 200:] < 200).any(axis=2))
    assert right.min(axis=0)[0] >= 14
    assert right.max(axis=0)[0] <= 50
    assert right.max(axis=0)[1] - right.min(axis=0)[1] > 60
    assert (image == 255).all()
    assert overlay.draw(np.zeros((5000, 400, 3), np.uint8), Page(400, 5000)).shape == (3000, 480, 3)
