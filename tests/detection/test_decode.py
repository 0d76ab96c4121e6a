"""Probability map to regions."""

from __future__ import annotations

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
