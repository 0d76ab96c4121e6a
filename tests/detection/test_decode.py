"""Probability map to regions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr import polygons
from ocr.detection.decode import DecodeOptions, decode, options_from
from ocr.errors import BadConfiguration, ModelOutputInvalid


def test_a_filled_rectangle_grows_back_to_its_text():
    # A text of 100 × 20 shrunk with r = 0.7: D = 2000 · 0.51 / 240 = 4.25.
    probability = np.zeros((64, 160), np.float32)
    probability[24:36, 34:126] = 0.9
    (region,) = decode(probability).regions
    assert region.score == pytest.approx(0.9, abs=1e-3)
    x0, y0, x1, y1 = polygons.bounds(region.polygon)
    assert (x1 - x0, y1 - y0) == pytest.approx(polygons.grown_rectangles([(92, 12)], 0.7, None)[0], abs=0.01)
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((80, 30), abs=0.01)


def test_the_papers_growth_can_be_chosen():
    probability = np.zeros((64, 160), np.float32)
    probability[24:36, 34:126] = 0.9
    (region,) = decode(probability, DecodeOptions(unclip_ratio=1.5)).regions
    # D' = 92 · 12 · 1.5 / 208 = 7.96 on each side.
    x0, _, x1, _ = polygons.bounds(region.polygon)
    assert x1 - x0 == pytest.approx(92 + 2 * 92 * 12 * 1.5 / 208, abs=0.01)


def test_weak_and_tiny_regions_are_left_out():
    probability = np.zeros((64, 160), np.float32)
    probability[10:20, 10:60] = 0.5  # above the pixel threshold, below the box threshold
    probability[40, 40] = 1.0
    assert decode(probability).regions == []
    assert len(decode(probability, DecodeOptions(box_threshold=0.4)).regions) == 1


def test_the_best_regions_are_kept_and_the_rest_is_counted():
    probability = np.zeros((200, 60), np.float32)
    for k in range(10):
        probability[20 * k : 20 * k + 8, 10:50] = 0.65 + 0.03 * k
    found = decode(probability, DecodeOptions(max_candidates=3))
    assert found.left_out == 7
    assert [region.score for region in found.regions] == pytest.approx([0.92, 0.89, 0.86], abs=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_output_that_is_not_finite_is_never_passed_on(bad):
    probability = np.zeros((32, 32), np.float32)
    probability[3, 4] = bad
    with pytest.raises(ModelOutputInvalid):
        decode(probability)


def test_an_empty_map_has_no_regions():
    assert decode(np.zeros((32, 32), np.float32)).regions == []


@pytest.mark.parametrize(
    "values",
    [
        {"threshold": 0.0},
        {"threshold": 1.2},
        {"box_threshold": -1},
        {"unclip_ratio": -2},
        {"max_candidates": 0},
    ],
)
def test_options_out_of_range_are_refused(values):
    with pytest.raises(BadConfiguration):
        DecodeOptions(**values)


def test_an_unknown_option_names_the_nearest():
    with pytest.raises(BadConfiguration, match="box_threshold"):
        options_from({"box_treshold": 0.5})


def _painted(*rectangles: tuple[tuple[float, float], tuple[float, float], float]) -> np.ndarray:
    """A map with filled rectangles (centre, size, angle in degrees)."""
    probability = np.zeros((260, 320), np.float32)
    for rectangle in rectangles:
        corners = cv2.boxPoints(rectangle)
        cv2.fillPoly(probability, [np.round(corners).astype(np.int32)], 0.9)
    return probability


@pytest.mark.parametrize("degrees", [0.0, 7.0, -20.0, 80.0])
def test_a_short_region_stands_as_the_lines_around_it(degrees: float) -> None:
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    across = along[::-1] * (-1, 1)
    middle = np.array([160.0, 130.0])
    lines = [(tuple(middle + step * across), (150.0, 10.0), degrees) for step in (-40.0, 40.0)]
    # A figure whose blob is turned by a quarter of a right angle.
    figure = (tuple(middle), (14.0, 10.0), degrees + 22.0)
    regions = decode(_painted(*lines, figure)).regions
    short = min(regions, key=lambda region: polygons.area(region.polygon)).polygon
    sides = [short[1] - short[0], short[3] - short[0]]
    off = min(abs(float(side @ across)) / float(np.linalg.norm(side)) for side in sides)
    assert np.degrees(np.arcsin(off)) < 2.0


def test_a_short_region_alone_keeps_the_rectangle_of_least_area() -> None:
    (region,) = decode(_painted(((160.0, 130.0), (16.0, 12.0), 30.0))).regions
    side = region.polygon[1] - region.polygon[0]
    assert np.degrees(np.arctan2(side[1], side[0])) % 90 == pytest.approx(30, abs=6)
