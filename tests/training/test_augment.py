"""Augmentation moves polygons with the ink; draws follow from their numbers alone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.training.runs import write_pages  # noqa: E402

from ocr import polygons  # noqa: E402
from ocr.datasets import open_dataset  # noqa: E402
from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import augment  # noqa: E402
from ocr.training.detection_data import DetectionCrops  # noqa: E402
from ocr.training.mixture import DrawSampler, Mixture, Source  # noqa: E402
from ocr.training.recognition_data import PoolSampler  # noqa: E402


@pytest.mark.parametrize("seed", range(12))
def test_the_matrix_moves_polygons_with_the_ink(seed):
    rng = np.random.default_rng(seed)
    page = np.zeros((300, 240), np.uint8)
    page[100:180, 60:180] = 255
    box = np.array([[60, 100], [180, 100], [180, 180], [60, 180]], np.float32)
    limits = augment.GeometryRange(short_side=200, scale=(0.4, 1.5))
    matrix = augment.crop_matrix(rng, page.shape, (120, 140), 256, limits)
    ink = augment.warp(page, matrix, 256, 256, 0) > 127
    # Eight times finer than a pixel, so that the drawing itself has no say.
    fine = np.zeros((2048, 2048), np.uint8)
    cv2.fillPoly(fine, [np.round(polygons.transform(box, matrix) * 8 - 0.5).astype(np.int32)], 255)
    drawn = cv2.resize(fine, (256, 256), interpolation=cv2.INTER_AREA) > 127
    assert (ink & drawn).sum() / (ink | drawn).sum() > 0.97
    moved = [np.argwhere(mask).mean(0) for mask in (ink, drawn)]
    assert np.abs(moved[0] - moved[1]).max() < 0.5


def test_a_draw_gives_the_same_crop_whenever_it_is_asked_for(tmp_path: Path):
    samples = open_dataset(write_pages(tmp_path / "pages"))
    first, second = (DetectionCrops({"real": Source(samples)}, size=64, seed=3) for _ in range(2))
    torch.manual_seed(5)
    expected = [first[draw] for draw in (0, 1, 2)]
    torch.manual_seed(9)
    for draw in (2, 0, 1):
        np.testing.assert_array_equal(second[draw].image, expected[draw].image)
        np.testing.assert_array_equal(second[draw].maps.threshold, expected[draw].maps.threshold)
    assert not np.array_equal(expected[0].image, expected[1].image)


def test_sources_are_drawn_from_by_weight():
    mixture = Mixture({"a": Source(["a"], 3.0), "b": Source(["b"], 1.0)}, seed=0)
    picked = [mixture.record(*mixture.pick(mixture.rng(draw))) for draw in range(2000)]
    assert picked.count("a") / 2000 == pytest.approx(0.75, abs=0.04)


@pytest.mark.parametrize("sources", [{}, {"a": Source([])}, {"a": Source(["a"], 0.0)}])
def test_mixtures_without_anything_to_draw_are_refused(sources):
    with pytest.raises(BadConfiguration, match="source"):
        Mixture(sources, 0)


@pytest.mark.parametrize(
    "make", [lambda: DrawSampler(12), *(lambda w=w: PoolSampler(12, 3, w) for w in (0, 1, 2, 3))]
)
def test_epochs_go_on_without_a_gap_or_a_repeat(make):
    sampler, seen = make(), []
    for epoch in range(3):
        sampler.set_epoch(epoch)
        numbers = list(sampler)
        assert len(numbers) == len(sampler) == 12
        seen += numbers
    assert sorted(seen) == list(range(36))
    sampler.set_epoch(1)
    assert list(sampler) == seen[12:24]


@pytest.mark.parametrize("make", [lambda: DrawSampler(12), lambda: PoolSampler(12, 3, 2)])
def test_processes_of_a_distributed_run_share_no_number(make, monkeypatch):
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 3)
    seen = []
    for rank in range(3):
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        for epoch in range(2):
            sampler = make()
            sampler.set_epoch(epoch)
            numbers = list(sampler)
            assert len(numbers) == 12
            seen += numbers
    assert sorted(seen) == list(range(72))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_pool_stays_with_one_loader_process(workers):
    # Loader processes take the numbers in turn.
    numbers = list(PoolSampler(24, 3, workers))
    for pool in range(8):
        assert len({at % workers for at, number in enumerate(numbers) if number // 3 == pool}) == 1
