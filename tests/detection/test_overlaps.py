"""Regions of one line that reach into each other end and begin between their words."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import polygons
from ocr.detection.overlaps import without_overlaps
from ocr.detection.regions import Region


def _regions(*boxes: tuple[float, float, float, float], degrees: float = 0.0) -> list[Region]:
    """Regions of boxes (x0, y0, x1, y1), turned about the origin."""
    x0, y0, x1, y1 = np.array(boxes).T
    centres = np.stack([(x0 + x1) / 2, (y0 + y1) / 2], axis=1)
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    sizes = np.stack([x1 - x0, y1 - y0], axis=1)
    quads = polygons.rectangles(centres @ matrix, sizes, np.full(len(boxes), degrees))
    return [Region(quad, 0.9) for quad in quads]


@pytest.mark.parametrize("degrees", [0.0, 15.0, -40.0])
def test_two_words_share_what_they_overlap_by(degrees: float) -> None:
    found = without_overlaps(_regions((92, 1, 200, 21), (0, 0, 100, 20), degrees=degrees))
    expected = _regions((96, 1, 200, 21), (0, 0, 96, 20), degrees=degrees)
    for region, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(region.polygon, wanted.polygon, atol=0.01)


def test_a_word_between_two_others_is_cut_at_both_ends() -> None:
    _, middle, _ = without_overlaps(_regions((0, 0, 54, 20), (50, 0, 100, 20), (94, 0, 160, 20)))
    assert polygons.bounds(middle.polygon) == pytest.approx((52, 0, 97, 20), abs=0.01)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param((100, 0, 200, 20), id="side by side"),
        pytest.param((92, 12, 200, 32), id="the next line"),
        pytest.param((60, 0, 200, 20), id="one text found twice"),
        pytest.param((92, -20, 260, 40), id="large print"),
        pytest.param((20, 4, 34, 18), id="inside the other"),
    ],
)
def test_others_stay_as_they_are(other: tuple[float, float, float, float]) -> None:
    regions = _regions((0, 0, 100, 20), other)
    for before, after in zip(regions, without_overlaps(regions), strict=True):
        assert before is after
    assert without_overlaps([]) == ()
