"""The shipped models on pages as phones and scanners give them: turned, skewed, aslant, tall, large and far away.

Receipts are the committed examples, so that every test knows what stands where. Floors leave room for other weights.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr import Reader, ReadOptions, polygons
from ocr.datasets import Sample, open_dataset
from ocr.document import Page
from ocr.prepare.orientation import turned
from ocr.prepare.warp import inside, warp
from tests.prepare.pages import rotation

EXAMPLES = Path(__file__).parent.parent / "examples"
Image = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def shipped() -> Reader:
    return Reader(threads=1)


@pytest.fixture(scope="module")
def german() -> Sample:
    return open_dataset(EXAMPLES / "german.json")[0]


def _found(page: Page, truth: list[npt.NDArray[np.float32]]) -> float:
    """The share of true lines that were read once, in their place, begun at their own top left."""
    alike = []
    for polygon in truth:
        quad = polygons.to_quad(polygon)
        over = [line.polygon for line in page.lines if polygons.iou(line.polygon, polygon) > 0.5]
        alike.append(len(over) == 1 and bool((over[0][1] - over[0][0]) @ (quad[1] - quad[0]) > 0))
    return float(np.mean(alike))


def _tokens(text: str) -> Counter[str]:
    return Counter(text.upper().split())


def _f1(text: str, sample: Sample) -> float:
    found = _tokens(text)
    truth = _tokens(" ".join(line.text or "" for line in sample.lines))
    return 2 * (found & truth).total() / (found.total() + truth.total())


def _seen(sample: Sample, image: Image, matrix: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float32]]:
    height, width = image.shape[:2]
    moved = (
        polygons.validate(polygons.transform(line.polygon, matrix), width, height) for line in sample.lines
    )
    return [polygon.polygon for polygon in moved if polygon.polygon is not None]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_pages_are_read_however_they_lie(shipped: Reader, german: Sample, quarters: int) -> None:
    result = turned(german.load(), quarters)
    (page,) = shipped.read(result.image).pages
    truth = _seen(german, result.image, np.eye(3) if result.matrix is None else result.matrix)
    assert _found(page, truth) > 0.9
    assert _f1(page.text, german) > 0.8


@pytest.mark.parametrize("angle", [-15.0, 15.0])
def test_skewed_pages_are_read(shipped: Reader, german: Sample, angle: float) -> None:
    image = german.load()
    matrix, size = inside(rotation(angle), image.shape[1], image.shape[0])
    seen = warp(image, matrix, size, (92, 74, 58))
    (page,) = shipped.read(seen).pages
    assert _found(page, _seen(german, seen, matrix)) > 0.85
    assert _f1(page.text, german) > 0.75


def test_pages_in_perspective_and_far_away_are_read(shipped: Reader, german: Sample) -> None:
    image = german.load()
    height, width = image.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    corners = np.array([[1200, 900], [1930, 960], [2010, 1980], [1120, 1900]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(flat, corners), np.float64)
    seen = warp(image, matrix, (3000, 2400), (92, 74, 58))
    document = shipped.read(seen)
    assert document.warnings == ()
    assert _found(document.pages[0], _seen(german, seen, matrix)) > 0.85
    assert _f1(document.text, german) > 0.75


def test_every_line_of_a_tall_receipt_is_read_once(shipped: Reader, german: Sample) -> None:
    image = german.load()
    strip = np.concatenate([image] * 9)
    assert strip.shape[0] > 12 * strip.shape[1]
    document = shipped.read(strip, ReadOptions(turn="off"))
    assert document.warnings == ()
    truth = [line.polygon + np.float32([0, k * image.shape[0]]) for k in range(9) for line in german.lines]
    assert _found(document.pages[0], truth) > 0.95
    # As good as one of them alone, wherever the seams fell: nothing is lost and nothing comes twice.
    alone = shipped.read(image, ReadOptions(turn="off"))
    assert abs(len(document.lines) - 9 * len(alone.lines)) <= 3
    both = (_tokens(document.text) & Counter({k: 9 * n for k, n in _tokens(alone.text).items()})).total()
    assert both > 0.95 * 9 * _tokens(alone.text).total()


def test_a_large_scan_reads_as_a_small_one(shipped: Reader, german: Sample) -> None:
    image = german.load()
    large = np.asarray(cv2.resize(image, None, fx=4.5, fy=4.5, interpolation=cv2.INTER_CUBIC))
    page = np.full((7000, 5000, 3), 255, np.uint8)
    page[400 : 400 + large.shape[0], 300 : 300 + large.shape[1]] = large
    document = shipped.read(page, ReadOptions(turn="off"))
    assert document.warnings == ()
    assert _f1(document.text, german) > 0.8


@pytest.mark.parametrize("angle", [27.0, 45.0, -62.0, 130.0, 205.0])
def test_tilted_pages_are_read(shipped: Reader, german: Sample, angle: float) -> None:
    image = german.load()
    matrix, size = inside(rotation(angle), image.shape[1], image.shape[0])
    seen = warp(image, matrix, size, (92, 74, 58))
    (page,) = shipped.read(seen).pages
    assert _found(page, _seen(german, seen, matrix)) > 0.85
    assert _f1(page.text, german) > 0.8


@pytest.mark.parametrize("angles", [(0, 180), (0, 90), (0, 40), (5, -6)])
def test_slips_that_lie_differently_are_read_one_after_the_other(
    shipped: Reader, german: Sample, angles: tuple[int, int]
) -> None:
    image = german.load()
    tall, wide = image.shape[:2]
    side = int(1.15 * np.hypot(tall, wide))
    picture = np.full((side, 2 * side, 3), (92, 74, 58), np.uint8)
    for k, angle in enumerate(angles):
        centred = np.array([[1, 0, -wide / 2], [0, 1, -tall / 2], [0, 0, 1]], np.float64)
        matrix = np.array([[1, 0, (k + 0.5) * side], [0, 1, side / 2], [0, 0, 1]]) @ rotation(angle) @ centred
        cover = cv2.warpPerspective(np.full((tall, wide), 255, np.uint8), matrix, (2 * side, side)) > 128
        picture[cover] = cv2.warpPerspective(image, matrix, (2 * side, side))[cover]
    (page,) = shipped.read(picture).pages
    assert len(page.receipts) == 2
    for receipt in page.receipts:
        assert _f1("\n".join(page.row_texts[row] for row in receipt), german) > 0.75
    assert [k for receipt in page.receipts for row in receipt for k in page.rows[row]] == list(
        range(len(page.lines))
    )


def test_a_blank_page_has_a_warning(shipped: Reader) -> None:
    blank = np.full((600, 400, 3), 250, np.uint8)
    for document in (shipped.read(blank), shipped.detect(blank)):
        assert [warning.code for warning in document.warnings] == ["no_text_found"]
