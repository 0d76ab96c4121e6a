"""Characters that stand apart are found as one stretch and closed up to words."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.layout.merging import Fragment
from ocr.layout.spaced import closed_up, stretches
from ocr.recognition.recognizer import ReadWord

#: Height of a line, distance of characters that stand apart, and width of a character, in pixels.
TALL, PITCH, GLYPH = 20.0, 26.0, 12.0


def box(x, right, y=0.0, tall=TALL):
    return np.array([[x, y], [right, y], [right, y + tall], [x, y + tall]], np.float32)


def region(text, x, y=0.0, pitch=PITCH, tall=TALL):
    """A region with its characters at the pitch; spaces of the text are none of the print."""
    count = len(text.replace(" ", ""))
    return Fragment(text, 0.9, box(x, x + pitch * (count - 1) + GLYPH, y, tall))


def reading(words, y=0.0, confidence=0.8, pitch=PITCH):
    """A reading of words at given cells, each character a cell wide."""
    read = tuple(
        ReadWord(text, confidence, box(cell * pitch, (cell + len(text) - 1) * pitch + GLYPH, y))
        for text, cell in words
    )
    right = max(float(word.quad[1, 0]) for word in read)
    return Fragment(" ".join(word.text for word in read), confidence, box(-10, right + 10, y), read)


def parts(*fragments):
    return [[fragments[k].text for k in one.parts] for one in stretches(fragments)]


def test_regions_of_characters_that_stand_apart_are_one_stretch():
    total = [region("S UM ME", 0), region("1 5", 6 * PITCH), region("4 0", 9 * PITCH)]
    below = [region("MILK", 0, 60, pitch=GLYPH), region("1.20", 300, 60, pitch=GLYPH)]
    (found,) = stretches([*below, *total])
    assert found.parts == (2, 3, 4)
    left, right = found.quad[:, 0].min(), found.quad[:, 0].max()
    # A character may have been missed at either end.
    assert left < -PITCH
    assert right > 11 * PITCH


@pytest.mark.parametrize("pitch", [26.0, 38.0])
def test_several_characters_may_have_been_missed_where_they_are_wide_apart(pitch):
    words = tuple(ReadWord(c, 0.9, box(k * pitch, k * pitch + GLYPH)) for k, c in enumerate("TOTAL"))
    (found,) = stretches([region("T O T A L", 0, pitch=pitch)._replace(words=words)])
    assert found.quad[:, 0].max() > 7 * pitch
    # What is beside it is not looked at.
    beside = region("EUR", 6 * pitch, pitch=GLYPH)
    (found,) = stretches([region("T O T A L", 0, pitch=pitch)._replace(words=words), beside])
    assert found.quad[:, 0].max() < 6 * pitch


def test_stretches_of_a_row_that_reach_into_each_other_are_one():
    pitch = 38.0

    def apart(text, cell, y=0.0):
        words = tuple(
            ReadWord(c, 0.9, box((cell + k) * pitch, (cell + k) * pitch + GLYPH, y))
            for k, c in enumerate(text.replace(" ", ""))
        )
        return region(text, cell * pitch, y, pitch=pitch)._replace(words=words)

    # Of 7,80 the first figure and the comma were missed; it stands too far away for a neighbour.
    total, rest, below = apart("B E T R A G", 0), apart("8 0", 11), apart("S U M M E", 0, 90)
    assert sorted(one.parts for one in stretches([total, rest, below])) == [(0, 1), (2,)]


def test_what_is_beside_a_stretch_stays_beside_it():
    found = stretches([region("TOTAL", 0, pitch=GLYPH), region("2 4 . 9 5", 80)])
    (one,) = found
    assert one.parts == (1,)
    assert one.quad[:, 0].min() > 5 * GLYPH


@pytest.mark.parametrize(
    "fragments",
    [
        [region("WHOLE MILK", 0, pitch=GLYPH), region("1.85", 300, pitch=GLYPH)],
        [region("A B", 0, pitch=0.6 * TALL), region("C D", 40, pitch=0.6 * TALL)],
        [region("1", 0), region("2", 150), region("3", 300), region("4", 450)],
        [region("1", 0), region("X", 40)],
        [region("T", 0, 0), region("O", PITCH, 40), region("T", 2 * PITCH, 80), region("A", 3 * PITCH, 120)],
    ],
    ids=["words", "letters of common width", "columns", "two characters", "other rows"],
)
def test_other_text_is_no_stretch(fragments):
    assert parts(*fragments) == []


def test_the_words_of_a_region_tell_whether_its_characters_stand_apart():
    label = reading([("GST", 0), (":", 7)], pitch=GLYPH)
    assert stretches([label._replace(words=())])
    assert not stretches([label])
    assert stretches([reading([("2", 0), ("4.", 1), ("95", 3)])])


def test_a_reading_is_closed_up_to_words_whatever_spaces_it_has():
    known = [region("S UM ME", 0), region("1 5", 7 * PITCH), region("4 0", 10 * PITCH)]
    whole = reading([("SU", 0), ("M", 2), ("ME", 3), ("1", 7), ("5,4", 8), ("0", 11)])
    words = closed_up(whole, known)
    assert [word.text for word in words] == ["SUMME", "15,40"]
    assert [word.words[0].text for word in words] == ["SUMME", "15,40"]
    assert words[0].quad[:, 0].max() < words[1].quad[:, 0].min()
    np.testing.assert_allclose(words[1].quad[[0, 1], 0], [7 * PITCH, 11 * PITCH + GLYPH], atol=1)


def test_a_reading_with_fewer_characters_or_of_common_width_is_left():
    known = [region("T O T A L", 0)]
    assert closed_up(reading([("T", 0), ("O", 1), ("T", 2), ("A", 3)]), known) == []
    close = reading([("TOTAL", 0), ("DUE", 6)], pitch=GLYPH)
    assert closed_up(close, known) == []


@pytest.mark.parametrize("known", [["0", "0", "5"], ["0", ". 0"], ["3", "0 5"]])
def test_few_figures_are_an_amount_if_their_point_is_read(known):
    amount = f"{known[0]}.05"
    places = {2: [0, 2], 3: [0, 2, 3]}[len(known)]
    fragments = [region(text, place * PITCH) for text, place in zip(known, places, strict=True)]
    assert parts(*fragments) == [known]
    whole = reading([(c, k) for k, c in enumerate(amount)], confidence=0.95)
    assert [word.text for word in closed_up(whole, fragments)] == [amount]


def test_the_point_between_two_figures_may_need_a_gap_of_its_own():
    pitch = 44.0
    figures = [region(c, cell * pitch) for c, cell in (("0", 0), ("9", 2), ("5", 3))]
    assert parts(*figures) == [["0", "9", "5"]]
    (word,) = closed_up(reading([("0", 0), (".", 1), ("9", 2), ("5", 3)], pitch=pitch), figures)
    assert word.text == "0.95"
    # By itself the point is read as some letter.
    point = Fragment("D", 0.6, box(pitch + 4, pitch + 10, 14, 6))
    assert [sorted(texts) for texts in parts(*figures, point)] == [["0", "5", "9", "D"]]
    # Letters as far from each other are of different words.
    letters = [region(c, cell * pitch) for c, cell in (("A", 0), ("B", 1), ("C", 2), ("D", 4))]
    assert parts(*letters) == []


def test_letters_that_look_like_figures_of_an_amount_are_figures():
    known = [region("1 3", 0), region("4 1", 3 * PITCH)]
    (word,) = closed_up(reading([("1", 0), ("3", 1), (".", 2), ("4", 3), ("l", 4)]), known)
    assert word.text == word.words[0].text == "13.41"


def test_figures_without_spaces_and_with_a_point_are_of_a_stretch():
    wide = Fragment("3.", 0.9, box(0, 2 * TALL))
    assert parts(wide, region("1 9", 3 * PITCH)) == [["3.", "1 9"]]
    assert parts(region("10", 0), region("9", 2 * PITCH), region("9 5", 4 * PITCH)) == [["10", "9", "9 5"]]
    assert parts(region("10", 0, pitch=GLYPH), region("12", 100, pitch=GLYPH)) == []


def test_few_figures_without_a_point_stay_apart():
    fragments = [region(c, k * PITCH) for k, c in enumerate("127")]
    assert closed_up(reading([(c, k) for k, c in enumerate("127")]), fragments) == []
    assert closed_up(reading([(c, k) for k, c in enumerate("1247")]), fragments) == []


def test_characters_beside_what_was_known_have_to_be_clear():
    known = [region("9 . 5", PITCH), region("0", 4 * PITCH)]
    words = [("1", 0), ("9", 1), (".", 2), ("5", 3), ("0", 4)]
    assert [word.text for word in closed_up(reading(words, confidence=0.95), known)] == ["19.50"]
    assert [word.text for word in closed_up(reading(words, confidence=0.5), known)] == ["9.50"]


def test_a_nought_among_letters_is_one_of_them_and_figures_stay():
    known = [region("A M 0 U N T", 0)]
    for text in ("AM0UNT", "AMoUNT"):
        words = [(c, k) for k, c in enumerate(text)]
        assert [word.text for word in closed_up(reading(words), known)] == ["AMOUNT"]
    known = [region("1 0 0 . 0 0", 0)]
    assert [word.text for word in closed_up(reading([(c, k) for k, c in enumerate("100.00")]), known)] == [
        "100.00"
    ]
