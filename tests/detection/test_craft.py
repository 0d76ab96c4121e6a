"""Region and affinity maps to regions, and the choice of a decoding by its kind."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import polygons
from ocr.detection.craft import CraftOptions
from ocr.detection.decode import DecodeOptions, decode, options_from, options_to
from ocr.detection.multiscale import search
from ocr.detection.sizing import SizePolicy
from ocr.errors import BadConfiguration, ModelOutputInvalid

UNGROWN = CraftOptions(sigma=0.0)


def maps(height: int = 64, width: int = 160) -> np.ndarray:
    """Two characters side by side."""
    made = np.zeros((2, height, width), np.float32)
    made[0, 20:40, 30:50] = made[0, 20:40, 60:80] = 0.8
    return made


def test_affinity_links_characters_and_its_absence_parts_them():
    apart = maps()
    assert len(decode(apart, UNGROWN).regions) == 2
    linked = maps()
    linked[1, 26:34, 45:65] = 0.6
    (region,) = decode(linked, UNGROWN).regions
    assert polygons.bounds(region.polygon) == pytest.approx((30, 20, 80, 40), abs=0.01)
    assert region.score == pytest.approx(0.8)
    linked[1] *= 0.5
    assert len(decode(linked, UNGROWN).regions) == 2


def test_weak_and_tiny_regions_are_left_out():
    weak = maps()
    weak[0, 20:40, 30:50] = 0.6
    weak[0, 60, 150] = 1.0
    assert len(decode(weak, UNGROWN).regions) == 1
    assert len(decode(weak, CraftOptions(sigma=0.0, text_threshold=0.5)).regions) == 2
    limited = decode(maps(), CraftOptions(max_candidates=1))
    assert (len(limited.regions), limited.left_out) == (1, 1)


def test_growth_gives_back_what_the_threshold_cuts_off():
    # A ridge of unit height with sigma 0.25 is above 0.4 on 2 · 0.25 · sqrt(2 ln 2.5) = 0.677 of its height.
    wide, tall = polygons.grown_heat(100.0, 6.77, 0.25, 0.4)
    assert tall == pytest.approx(10, abs=0.01)
    assert wide == pytest.approx(100 + 10 * (0.5 - 0.3385), abs=0.01)
    assert polygons.grown_heat(6.77, 100.0, 0.25, 0.4) == pytest.approx((tall, wide))
    assert polygons.grown_heat(100.0, 20.0, 0.0, 0.4) == (100.0, 20.0)


def test_maps_smaller_than_the_page_give_regions_of_the_page():
    page = np.full((300, 400), 255, np.uint8)
    page[100:130, 80:300] = 0

    def network(picture: np.ndarray) -> np.ndarray:
        dark = 1.0 - picture[::2, ::2].astype(np.float32) / 255.0
        return np.stack([dark, np.zeros_like(dark)])

    found = search(page, network, SizePolicy(short_side=300, min_text_height=0), UNGROWN)
    (region,) = found.regions
    assert polygons.bounds(region.polygon) == pytest.approx((80, 100, 300, 130), abs=1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("map_", [0, 1])
def test_output_that_is_not_finite_is_never_passed_on(bad, map_):
    wrong = maps()
    wrong[map_, 3, 4] = bad
    with pytest.raises(ModelOutputInvalid):
        decode(wrong, CraftOptions())


def test_maps_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="2, H, W"):
        decode(np.zeros((32, 32), np.float32), CraftOptions())
    with pytest.raises(ValueError, match="1, H, W"):
        decode(maps(), DecodeOptions())


def test_the_kind_chooses_the_options():
    assert options_from({"box_threshold": 0.5}) == DecodeOptions(box_threshold=0.5)
    assert options_from({"kind": "craft", "low_text": 0.3}) == CraftOptions(low_text=0.3)
    for options in (DecodeOptions(threshold=0.2), CraftOptions(sigma=0.2)):
        assert options_from(options_to(options)) == options
    with pytest.raises(BadConfiguration, match="db, craft"):
        options_from({"kind": "east"})
    with pytest.raises(BadConfiguration, match="low_text"):
        options_from({"kind": "craft", "low_txt": 0.3})


@pytest.mark.parametrize(
    "values",
    [{"low_text": 0.0}, {"link_threshold": 1.0}, {"text_threshold": 2}, {"sigma": -1}, {"max_candidates": 0}],
)
def test_options_out_of_range_are_refused(values):
    with pytest.raises(BadConfiguration):
        CraftOptions(**values)
