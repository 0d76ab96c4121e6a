"""Changes of light, print, optics, noise and compression: reproducible, in 8 bits, and as strong as they say."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

pytest.importorskip("torch")

from ocr.training import photometric
from ocr.training.photometric import Photometric

CHANGES = {
    "toned": lambda image, rng: photometric.toned(image, rng, 0.4, 0.35),
    "shaded": lambda image, rng: photometric.shaded(image, rng, 0.45),
    "faded": lambda image, rng: photometric.faded(image, rng, 0.6),
    "starved": photometric.starved,
    "restroked": photometric.restroked,
    "blurred": photometric.blurred,
    "resampled": lambda image, rng: photometric.resampled(image, rng, (0.5, 0.9)),
    "reduced": lambda image, rng: photometric.reduced(image, rng, (6, 15)),
    "grainy": lambda image, rng: photometric.grainy(image, rng, (2, 14)),
    "compressed": lambda image, rng: photometric.compressed(image, rng, (35, 90)),
    "dithered": photometric.dithered,
}


def print_of(height: int = 96, width: int = 150) -> np.ndarray:
    """Dark strokes on light paper."""
    page = np.full((height, width), 230, np.uint8)
    page[20:24, 10:-10] = page[40:60:4, 10:-10] = page[10:-10, 30:33] = 40
    return page


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_changes_a_picture_and_follows_from_its_generator(name):
    page = print_of()
    untouched = page.copy()
    first, second = (CHANGES[name](page, np.random.default_rng(7)) for _ in range(2))
    assert first.dtype == np.uint8
    assert first.shape == page.shape
    assert not np.array_equal(first, page)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(page, untouched)
    others = {CHANGES[name](page, np.random.default_rng(seed)).tobytes() for seed in range(6)}
    assert len(others) > 1


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("seed", range(8))
def test_print_stays_print(name, seed):
    page = print_of()
    changed = CHANGES[name](page, np.random.default_rng(seed)).astype(float)
    assert changed[page == 40].mean() + 15 < changed[page == 230].mean()


def test_a_small_line_keeps_its_size_and_loses_what_its_few_rows_cannot_show():
    line = np.full((32, 120), 230, np.uint8)
    line[:, ::4] = line[:, 1::4] = 40
    line[:, 60:] = 230
    line[:, 62:66] = 40
    small = [photometric.reduced(line, np.random.default_rng(seed), (8, 8)) for seed in range(8)]
    for image in small:
        assert image.shape == line.shape
        # Strokes of half a pixel run together, one of a whole pixel is still there.
        assert np.ptp(image[8:24, 12:44].astype(int), axis=1).max() < 80
        assert image[16, 58:70].min() < image[16, 80:110].min() - 60


def test_strength_nought_leaves_pictures_alone():
    page, rng = print_of(), np.random.default_rng(0)
    for _ in range(50):
        np.testing.assert_array_equal(Photometric(0.0)(page, rng), page)


def test_a_spawned_loader_process_can_be_given_it():
    page = print_of()
    change, again = Photometric(2.0), pickle.loads(pickle.dumps(Photometric(2.0)))
    for seed in range(5):
        first, second = (p(page, np.random.default_rng(seed)) for p in (change, again))
        np.testing.assert_array_equal(first, second)


def test_every_change_comes_up_about_as_often_as_it_says():
    change, rng = Photometric(1.0), np.random.default_rng(0)
    seen = [0] * len(change.changes)

    def counting(number):
        def count(image, rng):
            seen[number] += 1
            return image

        return count

    shares = [share for share, _ in change.changes]
    change.changes = [(share, counting(number)) for number, share in enumerate(shares)]
    for _ in range(2000):
        change(print_of(8, 8), rng)
    np.testing.assert_allclose(np.array(seen) / 2000, shares, atol=0.04)


@pytest.mark.parametrize("shape", [(640, 640), (1500, 700), (32, 3000), (1, 1)])
def test_noise_has_its_deviation_at_any_size(shape):
    page = np.full(shape, 128, np.uint8)
    drawn = [photometric.grainy(page, np.random.default_rng(seed), (9.0, 9.0)) for seed in range(12)]
    assert all(image.shape == shape for image in drawn)
    if page.size > 1000:
        # Grains two pixels wide are interpolated, which takes some of their deviation.
        deviations = [float(image.std()) for image in drawn]
        assert max(deviations) == pytest.approx(9.0, abs=0.7)
        assert min(deviations) > 5.0
        assert abs(np.mean([image.mean() for image in drawn]) - 128) < 1.0


def test_a_moved_picture_smears_as_far_as_it_may_and_no_farther():
    dot = np.zeros((41, 41), np.uint8)
    dot[20, 20] = 255
    reaches = []
    for seed in range(200):
        moved = photometric.blurred(dot, np.random.default_rng(seed), moved=1.0, farthest=12.0)
        places = np.argwhere(moved > 0)
        reaches.append(float(np.linalg.norm(places.max(axis=0) - places.min(axis=0))))
    assert 10 < max(reaches) < 14


def test_a_wide_blur_is_not_cut_off():
    dot = np.zeros((61, 61), np.uint8)
    dot[30, 30] = 255
    widths = []
    for seed in range(60):
        image = photometric.blurred(dot, np.random.default_rng(seed), 4.0, moved=0.0)
        widths.append(int((image > 0).any(axis=0).sum()))
    assert max(widths) > 9


def test_blur_moves_nothing_on_average():
    dot = np.zeros((41, 41), np.uint8)
    dot[20, 20] = 255
    total = sum(photometric.blurred(dot, np.random.default_rng(seed)).astype(float) for seed in range(200))
    rows, columns = np.mgrid[:41, :41]
    centre = (total * rows).sum() / total.sum(), (total * columns).sum() / total.sum()
    assert centre == pytest.approx((20, 20), abs=0.1)
