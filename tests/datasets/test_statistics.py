"""Figures of a dataset."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ocr.datasets import LineAnnotation, Sample
from ocr.datasets.statistics import QUANTILES, collect, missing_from
from ocr.recognition.charset import Charset
from tests.datasets.test_convert import InMemory, turned


def quad(x: float, y: float, width: float, height: float, angle: float = 0.0) -> np.ndarray:
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    return (corners @ np.array([[c, s], [-s, c]]) + (x, y)).astype(np.float32)


def test_figures_of_pictures_and_lines() -> None:
    image = np.zeros((400, 200, 3), np.uint8)
    lines = (
        LineAnnotation(quad(10, 10, 100, 20), "AB B"),
        LineAnnotation(quad(50, 50, 80, 10, 30), None),
        LineAnnotation(quad(10, 200, 50, 30), ""),
        LineAnnotation(quad(900, 200, 50, 30), "outside"),
    )
    found = collect(InMemory([Sample(None, lines, {"total": "1"}, "a", image)]))
    assert (found.images, found.lines, found.dropped) == (1, 3, 1)
    assert (found.unreadable, found.untranscribed, found.quads, found.level) == (1, 1, 3, 2)
    assert found.characters == {"B": 2, "A": 1, " ": 1}
    assert found.fields == {"total": 1}
    by_name = {d.name: d.quantiles() for d in found.distributions}
    assert by_name["picture height / width"] == (2.0,) * len(QUANTILES)
    assert by_name["text height, px"] == pytest.approx((10, 11, 15, 20, 25, 29, 30), abs=0.01)
    assert by_name["text height, ‰ of the short side"][3] == pytest.approx(100, abs=0.01)
    assert by_name["line width / height"][-1] == pytest.approx(8, abs=0.01)
    assert by_name["characters in a line"][0] == 4
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["lines"] == 3


def test_sizes_are_those_of_the_upright_picture(tmp_path: Path) -> None:
    upright, _ = turned(tmp_path, 6)
    by_name = {d.name: d.quantiles() for d in collect(InMemory([upright])).distributions}
    assert (by_name["picture width, px"][0], by_name["picture height, px"][0]) == (120, 160)


def test_failures_are_kept_and_nothing_at_all_is_fine(tmp_path: Path) -> None:
    found = collect(InMemory([Sample(tmp_path / "gone.jpg", (), name="gone")]))
    assert [(name, error.code) for name, error in found.failures] == [("gone", "input_not_found")]
    assert found.to_dict()["distributions"]["text height, px"] == []


def test_characters_outside_a_charset() -> None:
    assert missing_from({"a": 3, "→": 2, "б": 5}, Charset("abc")) == {"б": 5, "→": 2}
