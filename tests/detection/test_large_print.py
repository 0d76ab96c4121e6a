"""Large letters that no region covers: light ones on a bar, one among others that were found, the rest of a line."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr.detection.large_print import large_letters, with_large_print
from ocr.detection.regions import Region

#: Left edges of large letters 24 px high in the small picture, whose usual lines are 6 px high.
LEFT, TOP, WIDE, TALL = (20, 46, 72, 98), 60, 15, 24


def _box(x0: float, y0: float, x1: float, y1: float) -> npt.NDArray[np.float32]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _picture(ink: int, paper: int) -> npt.NDArray[np.uint8]:
    """White paper with a bar on which large letters stand."""
    page = np.full((140, 200), 250, np.uint8)
    page[TOP - 6 : TOP + TALL + 6, 5:195] = paper
    for x in LEFT:
        cv2.rectangle(page, (x, TOP), (x + WIDE - 1, TOP + TALL - 1), ink, 3)
    return page


@pytest.mark.parametrize(("ink", "paper"), [(20, 250), (250, 20), (255, 70)])
def test_large_letters_are_found_dark_or_light(ink: int, paper: int) -> None:
    found = large_letters(_picture(ink, paper), [])
    for x in LEFT:
        # Ends of the bar may be among them.
        assert np.abs(found - (x, TOP, x + WIDE, TOP + TALL)).max(axis=1).min() <= 3


@pytest.mark.parametrize(("tall", "count"), [(13, 2), (9, 0)])
def test_letters_twice_as_high_as_the_lines_are_large(tall: int, count: int) -> None:
    page = np.full((140, 200), 250, np.uint8)
    for x in (20, 36):
        cv2.rectangle(page, (x, 60), (x + 9, 60 + tall - 1), 20, 2)
    assert len(large_letters(page, [])) == count


@pytest.mark.parametrize(("top", "missed"), [(TOP - 2, 0), (TOP + 7, 4)])
def test_letters_that_a_region_cuts_are_not_covered(top: int, missed: int) -> None:
    region = _box(15, top, 118, TOP + TALL + 4)
    found = large_letters(_picture(20, 250), [region])
    assert len(found) == missed


def test_paper_between_dark_bars_is_no_letter() -> None:
    page = np.full((140, 200), 250, np.uint8)
    page[20:50, 20:180] = page[80:110, 20:180] = 20
    assert not len(large_letters(page, []))


@pytest.mark.parametrize("missed", range(len(LEFT)))
def test_a_letter_that_was_missed_among_others_is_found(missed: int) -> None:
    quads = [_box(x - 2, TOP - 2, x + WIDE + 2, TOP + TALL + 2) for k, x in enumerate(LEFT) if k != missed]
    found = large_letters(_picture(20, 250), quads)
    assert len(found) == 1
    assert abs(found[0, 0] - LEFT[missed]) <= 3


def test_the_rest_of_a_large_line_is_added_to_the_part_that_was_found() -> None:
    letters = [_box(x, 100, x + 60, 200) for x in (20, 100)]
    line, part = Region(_box(10, 90, 760, 210), 0.9), Region(_box(400, 95, 760, 205), 0.8)
    found = with_large_print([part], [line], letters)
    assert [region.score for region in found] == [0.9, 0.8]
    assert np.abs(found[0].polygon - _box(10, 90, 400, 210)).max() < 1
    assert found[1] is part


def test_the_whole_of_a_large_word_takes_the_place_of_its_part() -> None:
    word, letter = Region(_box(10, 90, 900, 210), 0.9), [_box(20, 100, 80, 200)]
    for end in (490, 890):
        part = Region(_box(100, 90, end, 210), 0.8)
        assert with_large_print([part], [word], letter) == [word]
    # What has the letter and is nearly as large stays.
    whole = Region(_box(12, 92, 890, 210), 0.8)
    assert with_large_print([whole], [word], letter) == [whole]


def test_usual_lines_are_no_parts_of_large_print() -> None:
    letters = [_box(x, 100, x + 60, 200) for x in (20, 100)]
    usual = [Region(_box(20, y, 400, y + 22), 0.9) for y in (100, 140, 180)]
    assert with_large_print(usual, [Region(_box(10, 90, 760, 210), 0.9)], letters) == usual
