"""Polygons come back in pixels of the page, whatever size went into the network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr import polygons
from ocr.detection.decode import DecodeOptions
from ocr.detection.detector import Detector
from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid
from ocr.layout.rows import reading_order
from tests.models_for_tests import detection_model, receipt_like, recognition_model

PAGE = receipt_like()


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(ModelFile.load(detection_model(), task="detection"), threads=1)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.37, 2.0, 4.0, 7.3])
def test_polygons_scale_with_the_page(detector: Detector, scale: float) -> None:
    plain = [region.polygon for region in detector.detect(PAGE).regions]
    size = (round(320 * scale), round(240 * scale))
    resized = cv2.resize(PAGE, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    found = [region.polygon for region in detector.detect(resized).regions]
    assert len(found) == len(plain) == 3
    back = [polygon * (320 / size[0], 240 / size[1]) for polygon in found]
    for k, other in zip(reading_order(plain), reading_order(back), strict=True):
        assert polygons.iou(plain[k], back[other]) > 0.9


def test_polygons_follow_the_ink_and_stay_on_the_page(detector: Detector) -> None:
    at_edge = np.roll(PAGE, (-38, -40), axis=(0, 1))
    for dx, dy in [(0, 0), (7, 3), (50, 20)]:
        moved = np.full_like(PAGE, 255)
        moved[dy:, dx:] = PAGE[: 240 - dy, : 320 - dx]
        for one, other in zip(detector.detect(PAGE).regions, detector.detect(moved).regions, strict=True):
            shift = (other.polygon - one.polygon).mean(axis=0)
            # Scores order the regions; equal rows may change places.
            assert abs(shift[0] - dx) < 60
    for region in detector.detect(at_edge).regions:
        x0, y0, x1, y1 = polygons.bounds(region.polygon)
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= 320
        assert y1 <= 240


def test_grey_and_colour_pages_agree_and_scores_fall(detector: Detector) -> None:
    colour, grey = detector.detect(PAGE), detector.detect(PAGE[..., 0])
    for one, other in zip(colour.regions, grey.regions, strict=True):
        np.testing.assert_array_equal(one.polygon, other.polygon)
    scores = [region.score for region in colour.regions]
    assert scores == sorted(scores, reverse=True)


def test_options_of_a_call_do_not_stay(detector: Detector) -> None:
    few = detector.detect(PAGE, DecodeOptions(threshold=0.3, box_threshold=0.4, max_candidates=1))
    assert len(few.regions) == 1
    assert few.warnings[0][0] == "regions_left_out"
    assert len(detector.detect(PAGE).regions) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"preprocess": {"short_side": 0}},
        {"preprocess": {"short_side": "wide"}},
        {"postprocess": {"threshold": "high"}},
        {"postprocess": {"threshold": 2}},
        {"postprocess": {"unknown": 1}},
    ],
)
def test_metadata_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ModelInvalid):
        Detector(ModelFile.load(detection_model(**changes), task="detection"))


def test_a_network_that_answers_another_shape_is_refused(tmp_path: Path) -> None:
    info = {"task": "detection", "preprocess": {"short_side": 64}}
    wrong = ModelFile.load(recognition_model(**info), task="detection")
    with pytest.raises(ModelInvalid):
        Detector(wrong, threads=1).detect(PAGE)
