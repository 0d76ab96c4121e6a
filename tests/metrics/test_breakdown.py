"""Figures by what makes a picture hard."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.datasets.sample import LineAnnotation, Sample
from ocr.metrics import Prediction, Reading
from ocr.metrics.breakdown import TRAITS, breakdown, traits
from ocr.metrics.evaluate import evaluate


def line(x, y, width, height, degrees=0.0, text="TOTAL 12.50"):
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]], np.float32)
    return LineAnnotation((corners @ matrix + [x, y]).astype(np.float32), text)


def test_traits_of_a_drawn_page():
    page = np.full((300, 400), 230, np.uint8)
    lines = [line(20, 40, 200, 24, 3.0), line(20, 100, 200, 24, 3.0), line(20, 160, 200, 24, 3.0)]
    for top in (40, 100, 160):
        page[top + 4 : top + 24, 40:200:4] = 90
    found = traits(lines, page)
    assert list(found) == list(TRAITS)
    assert found["text height"] == pytest.approx(24, abs=0.1)
    assert found["contrast"] == pytest.approx(140)
    assert found["skew"] == pytest.approx(3.0, abs=0.05)


def test_a_single_letter_says_nothing_about_skew():
    page = np.full((100, 100), 255, np.uint8)
    assert traits([line(10, 10, 12, 20, 10.0, "1")], page)["skew"] == 0.0
    with pytest.raises(ValueError, match="no traits"):
        traits([], page)


def test_parts_hold_every_picture_once_and_their_own_figures():
    def sample(number):
        return Sample(
            image_path=None,
            image=np.full((100, 300, 3), 255, np.uint8),
            lines=(line(10, 10, 200, 20),),
            name=f"{number}",
        )

    def read(given):
        # Even ones are read right, odd ones not at all.
        lines = given.lines if int(given.name) % 2 == 0 else ()
        return Reading(tuple(Prediction(each.polygon, each.text) for each in lines), 300, 100)

    report = evaluate([sample(k) for k in range(6)], read)
    values = [{"text height": float(k % 2), "contrast": float(k), "skew": 0.0} for k in range(6)]
    parts = breakdown(report.images, values, parts=2)
    assert [(p.trait, p.images) for p in parts] == [(t, 3) for t in TRAITS for _ in range(2)]
    good, bad = parts[:2]
    assert (good.low, good.high, bad.low, bad.high) == (0.0, 0.0, 1.0, 1.0)
    assert good.figures["token F1"] == 1.0
    assert bad.figures["token F1"] == 0.0
    assert bad.figures["IoU 0.5 H"] == 0.0
    with pytest.raises(ValueError, match="traits of 5"):
        breakdown(report.images, values[:5])
