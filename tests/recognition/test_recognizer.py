"""Crops, batches, directions; decoding itself has its own tests."""

from __future__ import annotations

import copy

import cv2
import numpy as np
import pytest

from ocr import polygons
from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid
from ocr.recognition.recognizer import (
    _BATCH,
    _BATCH_WIDTH,
    _GROUP_WIDTH,
    Recognizer,
    _batches,
    _groups,
)
from ocr.recognition.tones import are_light_on_dark, levels
from tests.models_for_tests import ROWS, receipt_like, recognition_model

PAGE = receipt_like()[..., 0]
QUADS = [
    np.array(
        [
            [36, 38 + 60 * k],
            [24 * len(row) + 32, 38 + 60 * k],
            [24 * len(row) + 32, 74 + 60 * k],
            [36, 74 + 60 * k],
        ]
    )
    for k, row in enumerate(ROWS)
]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(ModelFile.load(recognition_model(), task="recognition"), threads=1)


def test_readings_keep_the_order_of_the_quads(recognizer: Recognizer) -> None:
    for order in ([0, 1, 2], [2, 0, 1], [1, 1, 0]):
        found = recognizer.read(PAGE, [QUADS[k] for k in order])
        assert [reading.text for reading in found] == [ROWS[k] for k in order]
        assert all(0.9 < reading.confidence <= 1 for reading in found)
    assert recognizer.read(PAGE, []) == []


def test_companions_in_a_batch_change_nothing(recognizer: Recognizer) -> None:
    alone = [recognizer.read(PAGE, [quad])[0] for quad in QUADS]
    for one, together in zip(alone, recognizer.read(PAGE, QUADS * 9), strict=False):
        assert together.text == one.text
        assert together.confidence == pytest.approx(one.confidence, abs=1e-4)


def test_copies_share_what_was_loaded() -> None:
    reader = Recognizer(ModelFile.shipped("recognition"), threads=1)
    for other in (
        copy.copy(reader),
        reader.for_page(["TOTAL"]),
        reader.with_evidence(),
        reader.with_threads(2),
    ):
        assert other is not reader
        assert other._network is reader._network
        assert other._own_beam is reader._own_beam
    assert reader.for_page(["TOTAL"])._scorer is None
    assert reader._scorer is not None


def test_the_number_of_threads_changes_nothing(recognizer: Recognizer) -> None:
    quads = [quad - (0, k) for k in range(9) for quad in QUADS]
    assert recognizer.with_threads(3).read(PAGE, quads) == recognizer.read(PAGE, quads)


def test_text_that_runs_down_is_read(recognizer: Recognizer) -> None:
    turned = np.ascontiguousarray(np.rot90(PAGE, -1))
    # A point (x, y) of the page lies at (height - y, x) after a quarter turn clockwise.
    quads = [np.stack([240 - quad[:, 1], quad[:, 0]], axis=1) for quad in QUADS]
    upright = [quad[[3, 0, 1, 2]] for quad in quads]
    assert [reading.text for reading in recognizer.read(turned, upright)] == list(ROWS)


def test_very_long_lines_are_squeezed_not_lost(recognizer: Recognizer) -> None:
    row = "mi" * 80
    page = receipt_like((row,), width=4000, height=120)[..., 0]
    quad = np.array([[36, 38], [3880, 38], [3880, 74], [36, 74]])
    (reading,) = recognizer.read(page, [quad])
    assert set(reading.text) <= {"m", "i"}
    assert len(reading.text) > 40


def test_tilted_lines_are_read_upright(recognizer: Recognizer) -> None:
    matrix = cv2.getRotationMatrix2D((160, 120), 12, 1.0)
    tilted = cv2.warpAffine(PAGE, matrix, (320, 240), borderValue=255)
    quads = [(np.column_stack([quad, np.ones(4)]) @ matrix.T).astype(np.float32) for quad in QUADS]
    assert [reading.text for reading in recognizer.read(tilted, quads)] == list(ROWS)


def test_batches_hold_each_line_once_and_stay_bounded() -> None:
    rng = np.random.default_rng(0)
    widths = rng.integers(1, 1600, 300).tolist()
    batches = list(_batches(widths))
    assert sorted(k for batch in batches for k in batch) == list(range(300))
    for batch in batches:
        assert len(batch) <= _BATCH
        assert len(batch) == 1 or max(widths[k] for k in batch) * len(batch) <= _BATCH_WIDTH
    assert list(_batches([])) == []
    groups = list(_groups(batches, widths, _GROUP_WIDTH))
    assert [batch for group in groups for batch in group] == batches
    assert 1 < len(groups) < len(batches) / 4
    assert all(sum(len(batch) * widths[batch[0]] for batch in group) <= _GROUP_WIDTH for group in groups)


@pytest.mark.parametrize(
    "changes",
    [
        {"preprocess": {"pad": 300}},
        {"preprocess": {"stride": 3}},
        {"preprocess": {"height": 0}},
        {"charset": "aa"},
        {"charset": "abcdef"},
    ],
)
def test_metadata_that_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ModelInvalid):
        Recognizer(ModelFile.load(recognition_model(**changes), task="recognition"), threads=1).read(
            PAGE, QUADS
        )


@pytest.mark.parametrize("paper", [255, 190, 110])
def test_light_letters_on_dark_are_told_from_dark_ones_on_light(paper):
    crop = np.full((32, 160), paper, np.uint8)
    cv2.putText(crop, "TOTAL 8", (8, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20, 3)
    flat = np.full((32, 70), 30, np.uint8)
    assert are_light_on_dark(levels([crop, np.bitwise_not(crop), flat])).tolist() == [False, True, False]


def test_margins_beyond_the_page_go_on_with_its_edge(recognizer: Recognizer) -> None:
    page = np.full((20, 60), 240, np.uint8)
    page[5:15, 10:50] = 20
    quad = np.array([[0, 0], [60, 0], [60, 20], [0, 20]], np.float32)
    assert (polygons.crop(page, quad, 20, margin=0.2, fill=None)[:, [0, -1]] == 240).all()
    assert (polygons.crop(page, quad, 20, margin=0.2, fill=127)[:, 0] == 127).all()
    wider = Recognizer(recognizer.model, threads=1)
    wider.margin = 0.2
    # A strip of another grey beside a minus would look like the stem of a letter.
    assert set(np.unique(wider._crop(page, quad)[:, [0, -1]])) == {240}
