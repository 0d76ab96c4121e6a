"""Sizing and the second look, with a network that takes dark pixels for text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr import polygons
from ocr.detection.decode import DecodeOptions, decode
from ocr.detection.maps import Maps
from ocr.detection.multiscale import direction, search
from ocr.detection.sizing import SizePolicy
from ocr.detection.view import View, rotation
from ocr.errors import BadConfiguration, ModelInvalid

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
    found = search(page, network, SizePolicy(), OPTIONS)
    assert network.sizes == [(1024, 640)]
    assert found.scale == 1.0
    assert found_all(found, truth)


def test_what_misses_the_score_by_little_is_kept_apart_and_decides_nothing():
    page, truth = page_with_lines(640, 1000, 20)
    # Greys of a score of 0.5 and of 0.4; a region has 0.6 at least.
    page[900:920, 300:320], page[940:960, 300:320] = 127, 153
    found = search(page, Darkness(), SizePolicy(), OPTIONS)
    assert len(found.regions) == len(truth)
    (unsure,) = found.unsure
    assert 0.45 < unsure.score < 0.6
    assert np.abs(unsure.polygon.mean(axis=0) - (310, 910)).max() < 2
    limited = search(page, Darkness(), SizePolicy(), DecodeOptions(unclip_ratio=0.0, max_candidates=5))
    assert (len(limited.regions), limited.left_out) == (5, 1)


def test_small_text_is_looked_at_again_at_the_scale_that_it_asks_for():
    network = Darkness()
    page, truth = page_with_lines(1400, 2000, 18, count=12)
    found = search(page, network, SizePolicy(short_side=640), OPTIONS)
    assert len(network.sizes) == 2
    # 18 px of the page become the 16 px that the policy wants.
    assert found.scale == pytest.approx(16 / 18, rel=0.15)
    assert found_all(found, truth)


def test_a_second_look_can_be_switched_off():
    network = Darkness()
    page, _ = page_with_lines(1400, 2000, 18)
    search(page, network, SizePolicy(short_side=640, min_text_height=0), OPTIONS)
    assert len(network.sizes) == 1


def test_an_empty_page_is_looked_at_once():
    network = Darkness()
    found = search(np.full((300, 200), 255, np.uint8), network, SizePolicy(), OPTIONS)
    assert found.regions == ()
    assert len(network.sizes) == 1


def test_a_page_over_the_area_is_shrunk_and_says_so():
    network = Darkness()
    page, _ = page_with_lines(1000, 1500, 40)
    found = search(
        page, network, SizePolicy(short_side=1000, max_pixels=200 * 300, min_text_height=0), OPTIONS
    )
    assert max(height * width for height, width in network.sizes) < 230 * 330
    assert found.scale < found.wanted


@pytest.mark.parametrize("aspect", [12, 20])
def test_a_tall_receipt_keeps_its_text_and_is_seen_in_tiles(aspect):
    network, policy = Darkness(), SizePolicy()
    page, truth = page_with_lines(640, 640 * aspect, 16, count=11 * aspect)
    found = search(page, network, policy, OPTIONS)
    assert found.scale == 1.0
    assert len(network.sizes) > 2
    assert max(height * width for height, width in network.sizes) <= policy.tile_area + 32 * 640
    assert len(found.regions) == len(truth)
    assert found_all(found, truth)


@pytest.mark.parametrize("angle", [-15.0, -4.0, 4.0, 15.0])
def test_skewed_text_is_looked_at_again_and_level(angle):
    page, truth = page_with_lines(900, 1200, 18, count=15)
    placed = View.part(900, 1200, (-400, -400, 1300, 1600), -angle, 1.0)
    skewed = placed.apply(page, 255)
    there = [
        polygons.transform(placed.letterbox.forward(quad - np.float32(placed.corner)), placed.turn)
        for quad in truth
    ]
    levels: list[float] = []

    class Levelled(Darkness):
        def __call__(self, seen: np.ndarray) -> np.ndarray:
            answer = super().__call__(seen)
            quads = [region.polygon for region in decode(answer, OPTIONS).regions]
            levels.append(direction(quads) or 0.0)
            return answer

    network = Levelled()
    found = search(skewed, network, SizePolicy(), OPTIONS)
    assert len(network.sizes) == 2
    assert levels == pytest.approx([angle, 0.0], abs=0.5)
    assert len(found.regions) == len(truth)
    for quad in there:
        best = max(found.regions, key=lambda region: polygons.iou(region.polygon, quad))
        assert polygons.iou(best.polygon, quad) > 0.85
        assert np.abs(best.polygon[0] - quad[0]).max() < 4


def test_lines_that_disagree_have_no_direction():
    def line(degrees: float, y: float = 0.0) -> np.ndarray:
        return polygons.transform([[0, y], [90, y], [90, y + 12], [0, y + 12]], rotation(degrees))

    assert direction([line(8), line(9), line(8.4, 50)]) == pytest.approx(8.4, abs=0.01)
    assert direction([line(40), line(-30), line(8)]) is None
    # What is hardly longer than high says nothing, and turned pages are no skewed ones.
    assert direction([np.array([[0, 0], [20, 9], [14, 22], [-6, 13]], np.float32)]) is None
    assert direction([line(90), line(91)]) is None


def test_of_a_far_receipt_only_its_part_of_the_picture_is_looked_at_again():
    network = Darkness()
    page = np.full((3000, 4000), 255, np.uint8)
    small, truth = page_with_lines(500, 900, 18, count=15)
    page[1500:2400, 3000:3500] = small
    found = search(page, network, SizePolicy(), OPTIONS)
    truth = [quad + np.float32([3000, 1500]) for quad in truth]
    assert network.sizes[0] == (640, 864)
    assert all(height * width < 900 * 1000 for height, width in network.sizes[1:])
    assert found.scale == pytest.approx(16 / 18, rel=0.15)
    assert len(found.regions) == len(truth)
    assert found_all(found, truth)


def test_a_large_page_on_which_nothing_is_found_is_looked_at_closer():
    class Near(Darkness):
        def __call__(self, seen: np.ndarray) -> np.ndarray:
            return super().__call__(seen) * (len(self.sizes) > 1)

    network = Near()
    page, truth = page_with_lines(3000, 4000, 30)
    found = search(page, network, SizePolicy(), OPTIONS)
    assert len(network.sizes) > 1
    assert found_all(found, truth)


def test_small_text_beside_a_large_heading_is_not_lost():
    class Coarse(Darkness):
        """Sees nothing that is less than 6 pixels high."""

        def __call__(self, seen: np.ndarray) -> np.ndarray:
            return np.asarray(cv2.morphologyEx(super().__call__(seen), cv2.MORPH_OPEN, np.ones((6, 6))))

    page, truth = page_with_lines(3200, 4000, 22, count=40)
    page[100:180, 400:2000] = 0
    network = Coarse()
    found = search(page, network, SizePolicy(), OPTIONS)
    assert found_all(found, truth)
    # A page that holds little text at all is looked at closer once.
    page[300:] = 255
    network = Coarse()
    found = search(page, network, SizePolicy(), OPTIONS)
    assert len(found.regions) == 1
    assert len(network.sizes) - 1 <= 4


def test_a_look_that_loses_the_text_does_not_count():
    class Once(Darkness):
        def __call__(self, seen: np.ndarray) -> np.ndarray:
            return super().__call__(seen) * (len(self.sizes) == 1)

    page, truth = page_with_lines(1400, 2000, 18)
    found = search(page, Once(), SizePolicy(short_side=640), OPTIONS)
    assert len(found.regions) == len(truth)


@pytest.mark.parametrize(("width", "height"), [(100, 80), (1000, 1500), (37, 700)])
@pytest.mark.parametrize("angle", [0.0, 7.0, -15.0])
@pytest.mark.parametrize("scale", [0.4, 1.0, 2.3])
def test_a_view_and_its_way_back_agree(width, height, angle, scale):
    page = np.full((height, width), 255, np.uint8)
    at = (width * 0.4, height * 0.6)
    page[int(at[1]) - 6 : int(at[1]) + 6, int(at[0]) - 6 : int(at[0]) + 6] = 0
    centre = np.array([int(at[0]), int(at[1])])
    turned = polygons.transform([centre], rotation(-angle))[0]
    box = (turned[0] - 20, turned[1] - 30, turned[0] + 25, turned[1] + 30)
    view = View.part(width, height, box, angle, scale)
    moments = cv2.moments(255.0 - view.apply(page, 255).astype(np.float32))
    # Moments speak of pixel centres, half a pixel from corners.
    seen = np.array([moments["m10"], moments["m01"]]) / moments["m00"] + 0.5
    assert np.abs(view.inverse([seen])[0] - centre).max() < 0.5


@pytest.mark.parametrize(
    "values",
    [
        {"short_side": 0},
        {"short_side": "x"},
        {"max_pixels": -1},
        {"tile_area": 0},
        {"multiple": 0},
        {"max_upscale": None},
    ],
)
def test_a_policy_that_cannot_be_used_is_refused(values):
    with pytest.raises(ModelInvalid):
        SizePolicy.from_metadata(values)


def test_maps_of_parts_and_tiles_lie_over_the_whole_page():
    page, _ = page_with_lines(900, 1200, 18, count=15)
    placed = View.part(900, 1200, (-300, -300, 1200, 1500), 9.0, 1.0)
    skewed = placed.apply(page, 255)
    for picture, policy in ((skewed, SizePolicy()), (page, SizePolicy(tile_area=640 * 600))):
        maps = Maps()
        search(picture, Darkness(), policy, OPTIONS, maps)
        tall, wide = picture.shape
        laid = maps.over_page(wide, tall)
        assert abs(laid.shape[0] / laid.shape[1] - tall / wide) < 0.01
        ink = cv2.resize(picture, laid.shape[::-1], interpolation=cv2.INTER_AREA) < 40
        assert laid[ink].mean() > 0.8
        assert laid[cv2.erode((~ink).astype(np.uint8), np.ones((5, 5))) > 0].mean() < 0.05


def test_a_size_policy_takes_what_may_be_nothing_and_no_size_of_nothing():
    assert SizePolicy.from_mapping({"min_text_height": 0, "max_skew": 0, "pad": 0}) == SizePolicy(
        min_text_height=0, max_skew=0, pad=0
    )
    for key in ("short_side", "max_pixels", "tile_area", "multiple"):
        with pytest.raises(BadConfiguration, match=f"{key} is 0; expected a whole number from 1"):
            SizePolicy.from_mapping({key: 0})
    for key in ("text", "max_upscale"):
        with pytest.raises(BadConfiguration, match=f"{key} is 0; expected a number above 0"):
            SizePolicy.from_mapping({key: 0})
    with pytest.raises(BadConfiguration, match="pad is -1; expected a whole number from 0 to 255"):
        SizePolicy.from_mapping({"pad": -1})


class UsualPrint(Darkness):
    """Sees of a page what is at most 40 px high."""

    def __call__(self, page: np.ndarray) -> np.ndarray:
        dark = super().__call__(page)
        _, labels, figures, _ = cv2.connectedComponentsWithStats(
            (dark > 0.5).astype(np.uint8), connectivity=8
        )
        return np.where(figures[:, cv2.CC_STAT_HEIGHT][labels] > 40, 0, dark).astype(np.float32)


def with_large_letters(tall: int) -> tuple[np.ndarray, np.ndarray]:
    """A page with ten lines of 20 px and three large letters, set so close that they are a line; and its outline."""
    page, _ = page_with_lines(640, 1000, 16, count=10)
    x, y = 40, 760
    for k in range(3):
        left = x + k * (tall * 2 // 3 + 4)
        cv2.rectangle(page, (left, y), (left + tall * 2 // 3, y + tall - 1), 0, -1)
        # A hole, as in a nought.
        cv2.rectangle(page, (left + tall // 5, y + tall // 4), (left + tall // 2, y + tall * 3 // 4), 255, -1)
    return page, np.array(
        [[x, y], [x + 2 * tall + 8, y], [x + 2 * tall + 8, y + tall], [x, y + tall]], np.float32
    )


@pytest.mark.parametrize("tall", [64, 96, 128])
def test_print_several_times_as_high_as_the_text_is_found_at_a_smaller_scale(tall):
    page, truth = with_large_letters(tall)
    network = UsualPrint()
    found = search(page, network, SizePolicy(), OPTIONS)
    assert len(network.sizes) == 2
    # Only the part of the page around the letters, made smaller.
    assert np.prod(network.sizes[1]) < 0.1 * np.prod(network.sizes[0])
    inside = [r.polygon for r in found.regions if polygons.intersection_area(r.polygon, truth) > 0]
    assert inside
    assert sum(polygons.intersection_area(quad, truth) for quad in inside) > 0.7 * polygons.area(truth)
    assert len(found.regions) - len(inside) == 10


def test_large_print_that_was_found_costs_no_further_look():
    page, _ = with_large_letters(96)
    network = Darkness()
    search(page, network, SizePolicy(), OPTIONS)
    assert len(network.sizes) == 1
