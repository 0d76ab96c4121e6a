"""The letters of needle printers."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from ocr.datasets.synthetic.needle import CHARACTERS, MAKES, melted, needle_ink, with_worn_needles


def dots(text, **options):
    return (needle_ink(text, **options).mask > 0).astype(int)


def test_a_letter_looks_like_itself():
    rows = ["".join(" #"[v] for v in row) for row in dots("T")]
    assert rows == ["#####", "# # #", *["  #  "] * 5, "     "]


@pytest.mark.parametrize("make", range(MAKES))
def test_every_character_has_ink_and_no_two_look_alike(make):
    assert set(map(chr, range(32, 127))) < CHARACTERS
    assert set("ÄÖÜäöüßéèçñŠžőŰİ€£") - CHARACTERS == {"ç"}
    shapes = {}
    for character in sorted(CHARACTERS - {" "}):
        # Between two full letters, so that its place in the cell counts.
        cell = dots(f"H{character}H", make=make)
        assert cell.any()
        assert shapes.setdefault(cell.tobytes(), character) == character


def test_the_pitch_sets_letters_apart():
    assert dots("HH", pitch=8).shape == (8, 13)
    assert not dots("HH", pitch=8)[:, 5:8].any()


def test_a_mark_stands_on_top_of_a_capital_or_shortens_it():
    tall, short = dots("ÄA", make=0), dots("ÄA", make=1)
    assert tall.shape[0] == 11
    assert (tall[3:, :5] == dots("A")).all()
    assert not tall[2].any()
    assert short.shape[0] == 8
    assert short[0, :5].tolist() == [1, 0, 0, 0, 1]
    assert needle_ink("Ä").baseline == needle_ink("A").baseline + 3


def test_a_mark_takes_the_place_of_the_dot():
    assert dots("í")[:2].tolist() == [[0, 0, 1], [0, 1, 0]]
    assert (dots("í")[2:] == dots("i")[2:]).all()


def test_descenders_reach_below_the_baseline_and_capitals_do_not():
    ink = needle_ink("g")
    assert ink.mask[int(ink.baseline) :].any()
    assert not needle_ink("H").mask[int(ink.baseline) :].any()


@pytest.mark.parametrize("weight", [0.2, 0.5, 0.8])
def test_melted_strokes_are_ink_on_a_clean_ground(weight):
    ink = melted(needle_ink("HI 8"), 6, weight)
    assert ink.mask.max() == 255
    assert (ink.mask == 0).mean() > 0.2
    assert ink.cap_height == 42


def test_a_heavier_weight_is_more_ink():
    means = [float(np.mean(melted(needle_ink("RECEIPT"), 6, w).mask)) for w in (0.3, 0.5, 0.7)]
    assert means == sorted(means)


def test_a_worn_needle_weakens_its_row_alone():
    ink = needle_ink("TOTAL 12.90")
    worn = [with_worn_needles(Random(seed), ink, 0.15) for seed in range(400)]
    changed = [one.mask for one in worn if one is not ink]
    assert 0.08 < len(changed) / len(worn) < 0.25
    for mask in changed:
        (row,) = np.flatnonzero((mask != ink.mask).any(axis=1))
        assert (mask[row] <= ink.mask[row]).all()
    assert len({int(np.flatnonzero((mask != ink.mask).any(axis=1))[0]) for mask in changed}) == 7
    assert all(with_worn_needles(Random(seed), ink, 0.0) is ink for seed in range(60))
    # A dash has too few rows to lose one.
    dash = needle_ink("-")
    assert all(with_worn_needles(Random(seed), dash, 1.0) is dash for seed in range(60))
