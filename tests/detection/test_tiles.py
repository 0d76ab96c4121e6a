"""Tiles: each text once, wherever the seams fall."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import polygons
from ocr.detection.decode import DecodeOptions, decode
from ocr.detection.regions import Region
from ocr.detection.tiles import OVERLAP, Tiles, find_in_tiles, merge, spans

OPTIONS = DecodeOptions(max_candidates=10_000)
WIDTH, HEIGHT = 224, 820


def _drawn(quads: list[npt.NDArray[np.float32]], width: int, height: int) -> npt.NDArray[np.float32]:
    """The map that a perfect network answers: every text shrunk as in training."""
    probability = np.zeros((height, width), np.float32)
    for quad in quads:
        for inner in polygons.shrink(quad, OPTIONS.shrink_ratio):
            cv2.fillPoly(probability, [np.rint((inner - 0.5) * 16).astype(np.int32)], 0.95, cv2.LINE_8, 4)
    return probability


def _receipt() -> list[npt.NDArray[np.float32]]:
    """Lines of all sorts: two columns of usual ones, skewed ones, tiny ones, a heading, and text that runs down."""
    quads = []
    y = 8.0
    for k in range(37):
        tall = (14, 16, 18, 9)[k % 4]
        for x0, x1 in ((6, 90 + k % 7), (110, 150 + 2 * (k % 5))):
            sink = 0.08 * (x1 - x0) if k % 11 == 5 else 0.0
            quads.append(
                np.array([[x0, y], [x1, y + sink], [x1, y + sink + tall], [x0, y + tall]], np.float32)
            )
        y += tall + 7
    quads.append(np.array([[196, 20], [218, 20], [218, 90], [196, 90]], np.float32))
    # Longer across the seams than tiles overlap: never whole in one of them.
    quads.append(np.array([[214, 120], [214, 690], [196, 690], [196, 120]], np.float32))
    # A heading as high as five lines.
    quads.append(np.array([[160, 710], [222, 710], [222, 790], [160, 790]], np.float32))
    return quads


def _tiled(
    probability: npt.NDArray[np.float32], tiles: Tiles, options: DecodeOptions = OPTIONS
) -> list[Region]:
    found = find_in_tiles(tiles, lambda index: decode(tiles.cut(probability, index), options), 10_000)  # type: ignore[arg-type]
    assert found.left_out == 0
    return found.regions


def _assert_each_once(found: list[Region], expected: list[Region], least: float = 0.95) -> None:
    assert len(found) == len(expected)
    centres = np.array([region.polygon.mean(axis=0) for region in found])
    for region in expected:
        one = found[int(np.linalg.norm(centres - region.polygon.mean(axis=0), axis=1).argmin())]
        assert polygons.iou(one.polygon, region.polygon) > least, region.polygon
        assert np.abs(one.polygon[0] - region.polygon[0]).max() < 4


@pytest.mark.parametrize("axis", [0, 1])
def test_every_text_is_found_once_wherever_the_seam_falls(axis: int) -> None:
    quads = _receipt()
    probability = _drawn(quads, WIDTH, HEIGHT)
    expected = decode(probability, OPTIONS).regions
    assert len(expected) == len(quads)
    if axis == 0:
        # The same page on its side; a quad begins at its own top left there as well.
        probability = np.ascontiguousarray(probability.T)
        expected = decode(probability, OPTIONS).regions
    for seam in range(300, 385, 1 if axis else 3):  # until the same kinds of lines come again
        pieces = ((0, seam + OVERLAP // 2), (seam - OVERLAP // 2, 560), (560 - OVERLAP, HEIGHT))
        _assert_each_once(_tiled(probability, Tiles(axis, pieces)), expected, 0.9)


def test_a_skewed_page_is_found_once_wherever_the_seam_falls() -> None:
    quads = [polygons.transform(quad, [[1, -0.15, 225], [0.15, 1, 0]]) for quad in _receipt()[:-2]]
    width, height = 480, HEIGHT + 40
    probability = _drawn(quads, width, height)
    expected = decode(probability, OPTIONS).regions
    for seam in range(300, 325):
        pieces = ((0, seam + OVERLAP // 2), (seam - OVERLAP // 2, height))
        _assert_each_once(_tiled(probability, Tiles(1, pieces)), expected)


@given(st.integers(1, 20_000), st.integers(128, 3000), st.sampled_from([1, 8, 32]))
def test_spans_cover_all_and_overlap(length: int, thick: int, multiple: int) -> None:
    found = spans(length, thick // multiple * multiple, 64, multiple)
    assert found[0][0] == 0
    assert found[-1][1] == length
    for (start, end), (after, _) in pairwise(found):
        assert start % multiple == 0
        assert start < after <= end - 64
    assert all(end - start < thick + multiple for start, end in found)


@given(st.integers(1, 6000), st.integers(1, 6000))
def test_tiles_stay_near_their_area(width: int, height: int) -> None:
    area = 640 * 640 * 4
    tiles = Tiles.of(width, height, area, 32)
    across = height if tiles.axis == 0 else width
    thickest = max(end - start for start, end in tiles.spans)
    assert thickest * across <= max(area, 4 * OVERLAP * across) + 32 * across
    if width * height <= area:
        assert len(tiles.spans) == 1


def test_usual_receipts_are_not_cut_and_rows_are_cut_last() -> None:
    area = 640 * 640 * 4
    assert len(Tiles.of(640, 2240, area, 32).spans) == 1
    assert Tiles.of(3000, 2000, area, 32).axis == 1
    assert Tiles.of(12_800, 640, area, 32).axis == 0


def _region(x0: float, y0: float, x1: float, y1: float, score: float = 0.9) -> Region:
    return Region(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32), score)


def test_the_tile_that_sees_more_of_a_text_has_its_say() -> None:
    # Two tiles that share y 100 to 200; the upper one takes a text near its end for two words.
    whole, words = _region(10, 170, 200, 190), [_region(10, 171, 90, 190), _region(100, 171, 200, 190)]
    assert merge(words, [whole], 1, 100, 200) == [whole]
    whole, words = _region(10, 110, 200, 130), [_region(10, 111, 90, 130), _region(100, 111, 200, 130)]
    assert merge([whole], words, 1, 100, 200) == [whole]
    # Half a line at the end of the upper tile, the whole of it in the lower one.
    assert merge([_region(10, 188, 200, 200)], [whole := _region(10, 186, 200, 208)], 1, 100, 200) == [whole]
    # What one tile alone sees is kept.
    lonely = _region(10, 150, 60, 165)
    assert merge([lonely], [whole], 1, 100, 200) == [lonely, whole]
    assert merge([], [lonely], 1, 100, 200) == [lonely]


def test_pieces_of_a_text_that_no_tile_sees_whole_are_joined() -> None:
    upper, lower = _region(10, 20, 30, 200, 0.8), _region(11, 100, 30, 280, 0.9)
    (joined,) = merge([upper], [lower], 1, 100, 200)
    assert polygons.iou(joined.polygon, _region(10, 20, 30, 280).polygon) > 0.95
    assert joined.score == pytest.approx(0.85, abs=0.01)
    # It begins where its pieces begin.
    assert np.abs(joined.polygon[0] - (10, 20)).max() < 2


def test_the_limit_counts_over_all_tiles() -> None:
    probability = np.zeros((1000, 60), np.float32)
    for k in range(40):
        probability[25 * k + 5 : 25 * k + 13, 10:50] = 0.75 + 0.005 * k
    tiles = Tiles(1, ((0, 550), (450, 1000)))
    found = find_in_tiles(tiles, lambda index: decode(tiles.cut(probability, index)), 10)  # type: ignore[arg-type]
    assert len(found.regions) == 10
    assert found.left_out == 30
    assert found.regions[0].score == pytest.approx(0.945, abs=1e-3)
