"""Sizing and the second look, with a network that takes dark pixels for text."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import polygons
from ocr.detection.decode import DecodeOptions
from ocr.detection.finding import find
from ocr.detection.sizing import SizePolicy
from ocr.errors import ModelInvalid

OPTIONS = DecodeOptions(unclip_ratio=0.0, min_size=1.0)


class Darkness:
    """Says of each pixel how dark it is, and keeps the sizes that it was asked for."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, page: np.ndarray) -> np.ndarray:
        self.sizes.append(page.shape)
        return 1.0 - page.astype(np.float32) / 255.0


def page_with_lines(
    width: int, height: int, text: int, count: int = 5
) -> tuple[np.ndarray, list[np.ndarray]]:
    page = np.full((height, width), 255, np.uint8)
    truth = []
    for k in range(count):
        x0, y0, x1 = width // 8, height // 8 + 3 * text * k, width // 2
        page[y0 : y0 + text, x0:x1] = 0
        truth.append(np.array([[x0, y0], [x1, y0], [x1, y0 + text], [x0, y0 + text]], np.float32))
    return page, truth


def found_all(found, truth) -> bool:
    return all(max(polygons.iou(t, r.polygon) for r in found.regions) > 0.8 for t in truth)


def test_text_of_usual_size_is_looked_at_once():
    network = Darkness()
    page, truth = page_with_lines(640, 1000, 20)
    found = find(page, network, SizePolicy(), OPTIONS)
    assert network.sizes == [(1024, 640)]
    assert found.scale == 1.0
    assert found_all(found, truth)


def test_small_text_is_looked_at_again_at_the_scale_that_it_asks_for():
    network = Darkness()
    page, truth = page_with_lines(1400, 2000, 18)
    found = find(page, network, SizePolicy(short_side=640), OPTIONS)
    assert len(network.sizes) == 2
    # 18 px of the page become the 16 px that the policy wants.
    assert found.scale == pytest.approx(16 / 18, rel=0.15)
    assert found_all(found, truth)


def test_a_second_look_can_be_switched_off():
    network = Darkness()
    page, _ = page_with_lines(1400, 2000, 18)
    find(page, network, SizePolicy(short_side=640, least_text=0), OPTIONS)
    assert len(network.sizes) == 1


def test_an_empty_page_is_looked_at_once():
    network = Darkness()
    found = find(np.full((300, 200), 255, np.uint8), network, SizePolicy(), OPTIONS)
    assert found.regions == ()
    assert len(network.sizes) == 1


def test_a_page_over_the_area_is_shrunk_and_says_so():
    network = Darkness()
    page, _ = page_with_lines(1000, 1500, 40)
    found = find(page, network, SizePolicy(short_side=1000, max_area=200 * 300, least_text=0), OPTIONS)
    assert max(height * width for height, width in network.sizes) < 230 * 330
    assert found.scale < found.wanted


def test_a_receipt_of_one_to_twelve_keeps_its_text():
    policy = SizePolicy()
    assert policy.bounded(640, 640 * 12, policy.wanted(640, 640 * 12)) == 1.0


@pytest.mark.parametrize(
    "values",
    [{"short_side": 0}, {"short_side": "x"}, {"max_area": -1}, {"multiple": 0}, {"max_upscale": None}],
)
def test_a_policy_that_cannot_be_used_is_refused(values):
    with pytest.raises(ModelInvalid):
        SizePolicy.from_dict(values)
