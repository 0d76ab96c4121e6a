"""Words of a line: by the steps of the recogniser and the ink between them."""

from __future__ import annotations

import numpy as np

from ocr.recognition.decoded import Decoded
from ocr.recognition.words import ink, spans


def crop(*bars: tuple[int, int], width: int = 100, dark: int = 20, paper: int = 230) -> np.ndarray:
    """A (32, width) line with bars of ink over these columns."""
    line = np.full((32, width), paper, np.uint8)
    for a, b in bars:
        line[8:24, a:b] = dark
    return line


def columns(line: np.ndarray) -> bytes:
    return ink(line[None], [line.shape[1]])[0]


def test_print_is_told_from_paper_in_either_polarity() -> None:
    expected = bytes([0] * 10 + [1] * 5 + [0] * 25)
    assert columns(crop((10, 15), width=40)) == expected
    assert columns(crop((10, 15), width=40, dark=240, paper=30)) == expected
    noisy = crop((10, 15), width=40) + np.random.default_rng(0).integers(-12, 13, (32, 40)).astype(np.int16)
    assert columns(np.clip(noisy, 0, 255).astype(np.uint8)) == expected


def test_padding_is_no_print() -> None:
    lines = np.full((2, 32, 60), 127, np.uint8)
    lines[0, :, :40] = crop((5, 20), width=40)
    lines[1] = crop((30, 55), width=60)
    found = ink(lines, [40, 60])
    assert [len(row) for row in found] == [40, 60]
    assert (sum(found[0]), sum(found[1])) == (15, 25)


def test_words_end_where_their_ink_does() -> None:
    line = crop((8, 18), (20, 30), (44, 52), (54, 60), (80, 92))
    read = Decoded("ab cd e", 1.0, [3, 6, 9, 12, 14, 17, 21], [4, 7, 10, 13, 15, 18, 22])
    assert spans(read, columns(line), 4) == [(8, 30), (44, 60), (80, 92)]


def test_words_that_touch_are_parted_where_the_space_was_read() -> None:
    line = crop((8, 92))
    read = Decoded("ab cd", 1.0, [3, 7, 11, 15, 20], [4, 8, 12, 16, 21])
    assert spans(read, columns(line), 4) == [(8, 46), (46, 92)]


def test_steps_that_are_no_places_leave_the_widest_gaps() -> None:
    line = crop((8, 18), (20, 30), (44, 52), (54, 60))
    read = Decoded("ab cd", 1.0, [0, 1, 2, 3, 4], [1, 2, 3, 4, 5])
    assert spans(read, columns(line), None) == [(8, 30), (44, 60)]
    assert spans(read._replace(text="a b c d e"), columns(crop((0, 90), width=90)), None)[2] == (40, 50)


def test_every_word_has_a_column_at_least() -> None:
    blank = columns(np.full((32, 20), 200, np.uint8))
    found = spans(Decoded("a b c", 1.0, [0, 1, 2, 3, 4], [1, 2, 3, 4, 5]), blank, 4)
    assert len(found) == 3
    assert all(a < b for a, b in found)
    assert spans(Decoded("", 0.0), blank, 4) == []
