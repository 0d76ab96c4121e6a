"""The bitmap letters of tills."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.datasets.synthetic.bitmap import FONTS, bitmap_font
from ocr.datasets.synthetic.phrases import DEFAULT_CHARACTERS

#: Signs that the fonts lack: rupee, lira, rouble and what is no print of tills.
LACKING = set("₹₺₽✓ẞ\xad")


def test_a_letter_looks_like_itself():
    rows = ["".join(".#"[int(v > 0)] for v in row) for row in bitmap_font("8x13").set("É").mask]
    assert rows[1:11] == [
        "...#..", "..#...", "......", "######", "#.....", "#.....", "####..", "#.....", "#.....", "######",
    ]  # fmt: skip


@pytest.mark.parametrize("name", FONTS)
def test_letters_of_all_countries_are_covered_and_have_ink(name):
    font = bitmap_font(name)
    assert font.covers("".join(c for c in DEFAULT_CHARACTERS if c not in LACKING))
    assert all(cell.any() for character, cell in font.cells.items() if character not in " \xa0")
    assert not font.covers("漢")


@pytest.mark.parametrize("name", FONTS)
def test_capitals_stand_on_the_baseline(name):
    font = bitmap_font(name)
    ink = font.set("H")
    rows = np.flatnonzero(ink.mask.any(axis=1))
    assert (rows[0], rows[-1] + 1) == (ink.baseline - ink.cap_height, ink.baseline)
    assert font.set("g").mask[int(ink.baseline) :].any()


@pytest.mark.parametrize("name", FONTS)
def test_noughts_can_be_told_from_the_letter(name):
    font = bitmap_font(name)
    shapes = [font.set(f"H{c}H", nought=nought).mask.tobytes() for c, nought in
              (("O", "plain"), ("0", "plain"), ("0", "slashed"), ("0", "dotted"))]  # fmt: skip
    assert len(set(shapes)) == 4


def test_spacing_sets_cells_apart():
    font = bitmap_font("9x15")
    assert font.set("HH", 2).mask.shape[1] == font.set("HH").mask.shape[1] + 2
