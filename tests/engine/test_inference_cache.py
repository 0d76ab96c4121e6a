"""Answers of networks that are remembered: the same results, fewer runs, a bound on what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr.engine.inference_cache import InferenceCache
from ocr.errors import BadConfiguration
from ocr.pipeline.reader import Reader, ReadOptions
from tests.models_for_tests import receipt_like


class Counted:
    """A network that counts its runs."""

    def __init__(self, inner: object) -> None:
        self.inner, self.model, self.threads, self.runs = inner, inner.model, inner.threads, 0
        self.backend = inner.backend

    def run(self, batch: np.ndarray) -> np.ndarray:
        self.runs += 1
        return self.inner.run(batch)


@pytest.fixture
def counted(models: tuple[Path, Path]) -> tuple[Reader, Counted, Counted]:
    reader = Reader(*models, threads=1)
    detector, recognizer = Counted(reader._detector._network), Counted(reader._recognizer._network)
    reader._detector._network, reader._recognizer._network = detector, recognizer
    return reader, detector, recognizer


def test_the_same_page_runs_no_network_again(counted: tuple[Reader, Counted, Counted]) -> None:
    reader, detector, recognizer = counted
    with_cache = reader.with_cache(InferenceCache())
    page = receipt_like()
    first = with_cache.read(page)
    runs = detector.runs, recognizer.runs
    assert min(runs) > 0
    assert with_cache.read(page.copy()) == first == reader.with_cache(InferenceCache()).read(page)
    assert (detector.runs - runs[0], recognizer.runs - runs[1]) == runs  # the fresh memory ran them once more
    assert with_cache.models == reader.models


def test_a_decode_threshold_runs_no_detection(counted: tuple[Reader, Counted, Counted]) -> None:
    reader, detector, _ = counted
    with_cache = reader.with_cache(InferenceCache())
    page = receipt_like()
    with_cache.read(page)
    runs = detector.runs
    grown = with_cache.read(page, ReadOptions(decoding={"unclip_ratio": 0.4}))
    assert detector.runs == runs
    assert grown == reader.read(page, ReadOptions(decoding={"unclip_ratio": 0.4}))
    assert not with_cache.detect(page, ReadOptions(decoding={"box_threshold": 1.0})).pages[0].lines
    with_cache.read(page, ReadOptions(sizing={"short_side": 200}))
    assert detector.runs > runs


def test_another_page_gets_no_old_answer(reader: Reader) -> None:
    with_cache = reader.with_cache(InferenceCache())
    with_cache.read(receipt_like())
    other = receipt_like(rows=("iii",))
    assert with_cache.read(other) == reader.read(other)


def test_a_memory_is_bounded() -> None:
    memory = InferenceCache(max_bytes=100)
    memory.put("a", 1, 60)
    memory.put("b", 2, 30)
    assert memory.get("a") == 1
    memory.put("c", 3, 40)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)
    memory.put("huge", 4, 101)
    assert memory.get("huge") is None
    memory.put("a", 5, 10)
    assert memory.size == 50
    memory.clear()
    assert (memory.size, len(memory)) == (0, 0)


def test_unknown_options_name_the_nearest() -> None:
    with pytest.raises(BadConfiguration, match="did you mean 'box_threshold'"):
        ReadOptions(decoding={"box_treshold": 0.5})
    with pytest.raises(BadConfiguration, match="did you mean 'short_side'"):
        ReadOptions(sizing={"short_sid": 640})
    with pytest.raises(BadConfiguration, match="from 1"):
        ReadOptions(sizing={"short_side": -1})


def test_the_probability_map_lies_over_the_page(reader: Reader) -> None:
    page = receipt_like()
    found = reader.probability(page)
    assert found.shape == page.shape[:2]
    assert found[50:65, 50:140].mean() > 0.9
    assert found[90:98].max() < 0.1
    assert reader.probability(page, longest=160).shape == (120, 160)


def test_the_probability_map_lies_over_the_page_that_was_prepared(reader: Reader) -> None:
    import cv2

    from ocr.prepare import Pipeline

    page = receipt_like(rows=("mmmmmmmm",) * 6, width=480, height=480)
    matrix = cv2.getRotationMatrix2D((240, 240), 5, 1)
    skewed = np.asarray(cv2.warpAffine(page, matrix, (480, 480), borderValue=(255, 255, 255)), np.uint8)
    options = ReadOptions(prepare=Pipeline.of("deskew"))
    dark = skewed[..., 0] < 100
    assert options.prepare.run(skewed).moved
    assert reader.probability(skewed, options)[dark].mean() > 0.8
