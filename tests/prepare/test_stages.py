"""Each stage on pages whose transform is known: polygons come back to where they are, and the page is better."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr import polygons
from ocr.prepare import STAGES, Pipeline, Prepared
from ocr.prepare.contrast import Contrast, contrast
from ocr.prepare.denoise import Denoise, denoise, noise_level
from ocr.prepare.deskew import deskew
from ocr.prepare.orientation import orientation, turned
from ocr.prepare.pattern import pattern
from ocr.prepare.perspective import perspective
from ocr.prepare.shadow import shadow
from ocr.prepare.show_through import show_through
from ocr.prepare.stage import Image
from tests.prepare import pages


def _assert_lines_come_back(prepared: Prepared, truth: list[npt.NDArray[np.float32]]) -> None:
    """Lines found on the prepared page lie on the true ones in pixels of the page that came in."""
    back = [
        polygon for quad in pages.seen_lines(prepared.image) if (polygon := prepared.back(quad)) is not None
    ]
    for quad in truth:
        best = max(back, key=lambda polygon: polygons.iou(polygon, quad))
        assert polygons.iou(best, quad) >= 0.85
        # The corner where the text begins is still the first one.
        assert np.linalg.norm(best[0] - quad[0]) < 5


@pytest.mark.parametrize("angle", [-14.0, -5.3, -0.8, 0.5, 3.0, 9.7, 15.0])
def test_deskew_levels_lines(angle: float) -> None:
    page, truth = pages.skewed(angle)
    prepared = Pipeline.from_config({"deskew": {"max_angle": 16}}).run(page)
    assert prepared.figures["deskew.angle"] == pytest.approx(angle, abs=0.15)
    assert deskew(prepared.image).matrix is None
    _assert_lines_come_back(prepared, truth)


def test_deskew_leaves_alone_what_is_level_or_says_nothing() -> None:
    level = pages.receipt()[0]
    blank = np.full((300, 200, 3), 255, np.uint8)
    scattered = blank.copy()
    for x, y in np.random.default_rng(1).integers(5, 190, (150, 2)).tolist():
        cv2.circle(scattered, (x, y), 3, (0, 0, 0), -1)
    for page in (level, blank, scattered, np.zeros((1, 1, 3), np.uint8)):
        result = deskew(page)
        assert result.image is page
        assert result.matrix is None


def test_perspective_rectifies_a_photo() -> None:
    photo, truth, matrix = pages.photo()
    prepared = Pipeline.of("perspective").run(photo)
    _assert_lines_come_back(prepared, truth)
    # From the flat page to the rectified one nothing but scale and the margin is left.
    direct = prepared.matrix @ matrix
    corners = polygons.transform([[0, 0], [480, 0], [480, 720], [0, 720]], direct)
    height, width = prepared.image.shape[:2]
    box = np.array([[0, 0], [width, 0], [width, height], [0, height]]) * 0.98 + (width * 0.01, height * 0.01)
    assert np.abs(corners - box).max() < 6


def _cut_off() -> Image:
    return pages.photo()[0][:, 200:]


def _half_in_shadow() -> Image:
    page = pages.photo()[0].copy()
    page[500:] = page[500:] // 4
    return page


def _flat_scan() -> Image:
    return pages.receipt()[0]


def _noise() -> Image:
    return np.random.default_rng(0).integers(0, 255, (400, 300, 3), np.uint8)


@pytest.mark.parametrize("make", [_cut_off, _half_in_shadow, _flat_scan, _noise])
def test_perspective_never_cuts_text_off(make: object) -> None:
    page = make()  # type: ignore[operator]
    result = perspective(page)
    if result.matrix is None:
        assert result.image is page
        return
    # A sheet that was believed holds the whole paper.
    inner = polygons.transform(np.array([[150, 150], [550, 150], [590, 800], [120, 800]]), result.matrix)
    height, width = result.image.shape[:2]
    assert (inner > 0).all()
    assert (inner < (width, height)).all()


def test_background_crops_to_the_paper_without_resampling() -> None:
    photo, truth, _ = pages.photo(((300, 200), (560, 200), (560, 620), (300, 620)))
    prepared = Pipeline.of("background").run(photo)
    x, y = (-prepared.matrix[:2, 2]).astype(int)
    height, width = prepared.image.shape[:2]
    np.testing.assert_array_equal(prepared.image, photo[y : y + height, x : x + width])
    assert prepared.figures["background.kept"] < 0.25
    inner = np.concatenate(truth)
    assert (inner > (x, y)).all()
    assert (inner < (x + width, y + height)).all()
    whole = pages.receipt()[0]
    assert Pipeline.of("background").run(whole).image is whole


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_exact(quarters: int) -> None:
    page, quads = pages.receipt()
    result = turned(page, quarters)
    np.testing.assert_array_equal(turned(result.image, -quarters).image, page)
    state = Prepared.untouched(page).then("turn", result)
    for quad in quads:
        there = polygons.transform(quad, state.matrix)
        np.testing.assert_array_equal(state.back(there), quad.astype(np.float32))
        x0, y0, x1, y1 = (int(v) for v in polygons.bounds(there))
        cut = turned(result.image[y0:y1, x0:x1], -quarters).image
        a, b, c, d = (int(v) for v in polygons.bounds(quad))
        np.testing.assert_array_equal(cut, page[b:d, a:c])


@pytest.mark.parametrize("skew", [-8.0, 0.0, 8.0])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_orientation_finds_pages_on_their_side(skew: float, quarters: int) -> None:
    page = pages.skewed(skew)[0]
    result = orientation(turned(page, quarters).image)
    assert result.figures["quarters"] == quarters % 2
    expected = {0: 0, 1: 2, 2: 2, 3: 0}[quarters]
    np.testing.assert_array_equal(result.image, turned(page, expected).image)


def test_orientation_of_an_empty_page_is_left_alone() -> None:
    page = np.full((200, 100, 3), 255, np.uint8)
    assert orientation(page).image is page


def test_shadow_evens_the_light_out() -> None:
    page, truth = pages.receipt()
    dark = pages.shaded(page)
    prepared = Pipeline.of("shadow").run(dark)
    assert prepared.figures["shadow.unevenness"] > 1.6
    assert shadow(page).figures["unevenness"] < 1.1
    bright = prepared.image[cv2.erode(page, np.ones((25, 25)))[..., 0] > 200]
    assert np.percentile(bright, 2) > 225
    _assert_lines_come_back(prepared, truth)
    # Ink stays dark: that of a shadowed line as well.
    x0, y0, x1, y1 = (int(v) for v in polygons.bounds(truth[-1]))
    assert np.percentile(prepared.image[y0:y1, x0:x1], 10) < 90


def test_print_of_the_back_is_removed() -> None:
    page, truth = pages.receipt(paper=235, ink=60)
    back = pages.receipt(paper=235, ink=200)[0][11:, ::-1]
    both = page.copy()
    both[: len(back)] = np.minimum(page[: len(back)], back)
    seen = pages.shaded(both)
    prepared = Pipeline.of("show_through").run(seen)
    assert 0.3 < prepared.figures["show_through.faint"] < 0.7
    _assert_lines_come_back(prepared, truth)
    assert prepared.image[cv2.erode(page, np.ones((9, 9)))[..., 0] > 200].min() > 225
    assert np.percentile(prepared.image[page[..., 0] < 100], 90) < 60
    grey = show_through(np.ascontiguousarray(seen[..., 0]))
    assert grey.image.ndim == 2
    blank = np.full((40, 30, 3), 230, np.uint8)
    assert show_through(blank).image is blank


def test_a_pattern_lighter_than_the_ink_is_removed() -> None:
    page, truth = pages.receipt(paper=235, ink=60)
    y, x = np.indices(page.shape[:2])
    for kept, striped in ((0.85, (x + y) % 14 < 7), (0.65, y % 11 < 4)):
        seen = np.where(striped[..., None], (kept * page).astype(np.uint8), page)
        prepared = Pipeline.of("pattern").run(seen)
        assert 0.3 < prepared.figures["pattern.marked"] < 0.7
        _assert_lines_come_back(prepared, truth)
        assert prepared.image[cv2.erode(page, np.ones((9, 9)))[..., 0] > 200].min() > 225
        assert np.percentile(prepared.image[page[..., 0] < 100], 90) < 90
    assert pattern(np.ascontiguousarray(seen[..., 0])).image.ndim == 2
    blank = np.full((40, 30, 3), 230, np.uint8)
    assert pattern(blank).image is blank
    # Of one darkness alone nothing is a pattern.
    ruled = np.full((400, 300, 3), 230, np.uint8)
    ruled[100:104] = 40
    cleaned = pattern(ruled).image[..., 0]
    assert cleaned[101, 150] < 60
    assert cleaned[200, 150] > 225


def test_contrast_stretches_a_faded_page() -> None:
    page, truth = pages.receipt(paper=190, ink=130)
    result = contrast(page)
    assert result.image.max() == 255
    assert result.image.min() < 20
    for local in (0.0, 2.0):
        prepared = Pipeline.from_config({"contrast": {"local": local}}).run(page)
        _assert_lines_come_back(prepared, truth)
    even = np.full((40, 30, 3), 128, np.uint8)
    assert len(np.unique(contrast(even).image)) == 1
    assert contrast(np.zeros((1, 1, 3), np.uint8), Contrast(local=2.0)).image.shape == (1, 1, 3)


@pytest.mark.parametrize("method", ["bilateral", "nlmeans"])
def test_denoise_takes_grain_and_leaves_edges(method: str) -> None:
    page, truth = pages.receipt(paper=200, ink=40)
    grainy = pages.noisy(page, 12)
    assert noise_level(grainy[..., 0]) == pytest.approx(12, rel=0.15)
    prepared = Pipeline.from_config({"denoise": {"method": method}}).run(grainy)
    before, after = (np.abs(image.astype(int) - page).mean() for image in (grainy, prepared.image))
    assert after < 0.65 * before
    _assert_lines_come_back(prepared, truth)


def test_denoise_leaves_a_clean_page_alone() -> None:
    page = pages.receipt()[0]
    assert denoise(page).image is page
    assert denoise(pages.noisy(page, 12), Denoise(least_noise=50)).figures["noise"] > 5


def test_all_stages_together() -> None:
    photo, truth, _ = pages.photo()
    page = turned(pages.noisy(pages.shaded(photo), 5), 2).image
    whole = Pipeline.of(*STAGES).run(page)
    state = Prepared.untouched(photo).then("turn", turned(photo, 2))
    there = [polygons.transform(quad, state.matrix) for quad in truth]
    # Level lines of a page that is upside-down begin at its own left, which is the text's end.
    _assert_lines_come_back(whole, [np.roll(quad, -2, axis=0) for quad in there])


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (7, 9), (33, 500)])
def test_no_stage_minds_tiny_pages_nor_writes_to_them(name: str, shape: tuple[int, int]) -> None:
    page = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    page.flags.writeable = False
    prepared = Pipeline.of(name).run(page)
    assert prepared.image.dtype == np.uint8
    assert prepared.image.ndim == 3
    assert np.isfinite(list(prepared.figures.values())).all()
