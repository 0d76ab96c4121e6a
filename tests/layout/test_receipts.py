"""Receipts that lie beside or below each other in one picture, and single ones that look as if they were several."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr import polygons
from ocr.datasets import open_dataset
from ocr.layout.receipts import separate_receipts
from tests.prepare.pages import rotation

SHARED = Path(__file__).parents[3] / "shared" / "data"
Image = npt.NDArray[np.uint8]
Quads = list[npt.NDArray[np.float32]]

TEXTS = ["MILK", "BREAD", "TOTAL", "CASH", "CORNER SHOP", "14 HARBOUR ROAD"]


def slip(rows: int, width: int = 300) -> tuple[Image, Quads, list[str]]:
    """A small receipt with a heading, and descriptions and amounts in two columns."""
    image = np.full((26 * rows + 60, width, 3), 245, np.uint8)
    quads: Quads = []
    texts: list[str] = []
    for row in range(rows):
        spans = [(30, 250)] if row < 2 else [(24, 120), (220, 276)]
        for column, (x0, x1) in enumerate(spans):
            y = 30 + 26 * row
            quads.append(np.array([[x0, y], [x1, y], [x1, y + 18], [x0, y + 18]], np.float32))
            texts.append(TEXTS[row % len(TEXTS)] if not column else f"{row}.50")
            image[y + 3 : y + 15, x0:x1:3] = 40
    return image, quads, texts


def scene(
    places: list[tuple[int, int, float]], ground: int, rows: int = 14, size: tuple[int, int] = (1100, 1200)
) -> tuple[Image, Quads, list[str], list[set[int]]]:
    """Slips at places (x, y, degrees) of a picture, with the lines of each."""
    image = np.full((size[1], size[0], 3), ground, np.uint8)
    quads: Quads = []
    texts: list[str] = []
    groups: list[set[int]] = []
    for x, y, degrees in places:
        page, lines, words = slip(rows)
        tall, wide = page.shape[:2]
        centred = np.array([[1, 0, -wide / 2], [0, 1, -tall / 2], [0, 0, 1]], np.float64)
        matrix = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64) @ rotation(degrees) @ centred
        cover = cv2.warpPerspective(np.full((tall, wide), 255, np.uint8), matrix, size) > 128
        image[cover] = cv2.warpPerspective(page, matrix, size)[cover]
        groups.append(set(range(len(quads), len(quads) + len(lines))))
        quads += [polygons.transform(quad, matrix) for quad in lines]
        texts += words
    return image, quads, texts, groups


def parted(image: Image | None, quads: Quads, texts: list[str] | None) -> list[set[int]]:
    return [set(part) for part in separate_receipts(quads, texts, image)]


@pytest.mark.parametrize("ground", [70, 190])
@pytest.mark.parametrize(
    "places",
    [
        [(280, 300, 0.0), (680, 320, 0.0)],
        [(280, 300, 6.0), (700, 300, -5.0)],
        [(280, 300, 0.0), (700, 300, 90.0)],
        [(280, 300, 0.0), (700, 300, 180.0)],
        [(280, 260, 0.0), (280, 760, 2.0)],
        [(280, 260, 3.0), (720, 280, -2.0), (280, 800, 0.0)],
        [(280, 280, 3.0), (720, 280, -4.0), (280, 820, 90.0), (740, 830, 200.0)],
    ],
)
def test_slips_on_a_table(places: list[tuple[int, int, float]], ground: int) -> None:
    image, quads, texts, groups = scene(places, ground)
    for read in (texts, None):  # the picture alone shows it
        found = parted(image, quads, read)
        assert sorted(found, key=min) == sorted(groups, key=min)


@pytest.mark.parametrize("degrees", [(0.0, 0.0), (4.0, -5.0), (0.0, 180.0)])
def test_slips_side_by_side_on_white(degrees: tuple[float, float]) -> None:
    image, quads, texts, groups = scene([(280, 300, degrees[0]), (720, 330, degrees[1])], 245)
    assert parted(image, quads, texts) == parted(None, quads, texts) == groups


def test_slips_follow_each_other_from_the_left_and_the_top() -> None:
    image, quads, texts, groups = scene([(720, 300, 0.0), (280, 320, 0.0)], 70)
    assert parted(image, quads, texts) == groups[::-1]


@pytest.mark.parametrize("bar", [None, 30, 200])
@pytest.mark.parametrize("gap", [20, 120, 260])
def test_a_receipt_with_wide_gaps_and_bars_is_one(bar: int | None, gap: int) -> None:
    """Amounts far from their descriptions, blocks far from each other, a rule or bar across the paper."""
    image = np.full((1000, 700, 3), 60, np.uint8)
    image[20:980, 40:660] = 245
    quads: Quads = []
    texts: list[str] = []
    for row in range(20):
        y = 60 + 26 * row + (gap if row >= 10 else 0)
        for x0, x1, text in ((70, 200, "MILK AND BREAD"), (560, 620, f"{row}.50")):
            quads.append(np.array([[x0, y], [x1, y], [x1, y + 18], [x0, y + 18]], np.float32))
            texts.append(text)
    if bar is not None:
        image[322 : 326 + gap // 2, 60:640] = bar
    assert len(parted(image, quads, texts)) == len(parted(image, quads, None)) == 1


def test_light_print_on_a_dark_page_is_one() -> None:
    """What lies between its columns is the page itself, not what receipts lie on."""
    page = np.full((500, 460, 3), 20, np.uint8)
    quads: Quads = []
    for y in range(40, 460, 30):
        for x0, x1 in ((40, 180), (360, 420)):
            quads.append(np.array([[x0, y], [x1, y], [x1, y + 18], [x0, y + 18]], np.float32))
            page[y + 3 : y + 15, x0:x1:2] = 250
    assert len(parted(page, quads, None)) == 1


def test_nothing_and_little() -> None:
    assert separate_receipts([]) == []
    _, quads, texts = slip(2)
    assert separate_receipts(quads, texts) == [[0, 1]]


def test_annotated_receipts_are_one() -> None:
    if not SHARED.is_dir():
        pytest.skip("the receipts at ../shared/data are not there")
    for sample in open_dataset(SHARED / "sroie" / "val")[::6]:
        quads, texts = [line.polygon for line in sample.lines], [line.text or "" for line in sample.lines]
        assert len(separate_receipts(quads, texts, sample.load())) == 1, sample.name
    for entry in (SHARED / "cord" / "dev.jsonl").read_text().splitlines():
        fields = defaultdict(list)
        for word in json.loads(entry)["words"]:
            fields[word["row"], word["line"]].append(word)
        boxes = [
            polygons.min_area_quad(np.concatenate([w["quad"] for w in words])) for words in fields.values()
        ]
        read = [" ".join(word["text"] for word in words) for words in fields.values()]
        assert len(separate_receipts(boxes, read)) <= 1, json.loads(entry)["id"]
