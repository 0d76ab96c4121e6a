"""Marks that frame a line and that detection left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.layout.merging import Fragment
from ocr.pipeline.framing import with_frames
from ocr.recognition.recognizer import Reading

HEIGHT = 40


def drawn(*texts, size=(200, 1400)):
    """A page with texts at x, of a row at y; and the quads around them."""
    page = np.full(size, 235, np.uint8)
    quads = []
    for text, x, y in texts:
        scale = 1.0
        (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
        cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, 20, 2, cv2.LINE_AA)
        top, bottom = y - 30, y - 30 + HEIGHT
        quads.append(np.array([[x, top], [x + width, top], [x + width, bottom], [x, bottom]], np.float32))
    return page, quads


def dashes(page, x, y, count=2):
    for k in range(count):
        cv2.line(page, (x + 30 * k, y - 10), (x + 30 * k + 18, y - 10), 20, 3)


def stars(page, x, y, count):
    for k in range(count):
        for dx, dy in ((0, 8), (7, 4), (7, -4)):
            centre = (x + 22 * k, y - 15)
            cv2.line(page, (centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy), 20, 2)


class Reader:
    """Answers what it is told for what it is asked, and keeps that."""

    def __init__(self, *answers, confidence=0.9):
        self.answers, self.confidence, self.asked = answers, confidence, []

    def __call__(self, grey, quads):
        self.asked += quads
        return [Reading(text, self.confidence) for text, _ in zip(self.answers, quads, strict=True)]


def fragments(texts, quads):
    return [Fragment(text, 0.95, quad) for text, quad in zip(texts, quads, strict=True)]


def test_dashes_on_both_sides_are_read_with_their_line():
    page, quads = drawn(("THANK YOU", 400, 100))
    right = int(quads[0][1, 0])
    dashes(page, 330, 100)
    dashes(page, right + 24, 100)
    reader = Reader("-- THANK YOU --")
    (line,) = with_frames(fragments(["THANK YOU"], quads), page, reader)
    assert line.text == "-- THANK YOU --"
    assert line.confidence == 0.9
    x0, x1 = line.quad[0, 0], line.quad[1, 0]
    assert 310 < x0 < 330
    assert right + 24 + 48 < x1 < right + 24 + 68
    # The rows stay those of the line.
    np.testing.assert_allclose(line.quad[:, 1], quads[0][:, 1], atol=1)


def test_the_hidden_figures_of_a_number_are_found_over_word_spaces():
    page, quads = drawn(("1234", 700, 100))
    for k in range(3):
        stars(page, 365 + 110 * k, 100, 4)
    (line,) = with_frames(fragments(["1234"], quads), page, Reader("**** **** **** 1234"))
    assert line.text == "**** **** **** 1234"
    assert 335 < line.quad[0, 0] < 360


def test_a_line_alone_is_not_read_again():
    page, quads = drawn(("THANK YOU", 400, 60), ("12.50", 400, 120))
    reader = Reader()
    lines = fragments(["THANK YOU", "12.50"], quads)
    assert with_frames(lines, page, reader) == lines
    assert reader.asked == []
    assert with_frames([], page, reader) == []


def test_dashes_on_one_side_are_not_read():
    page, quads = drawn(("THANK YOU", 400, 100))
    dashes(page, 330, 100)
    reader = Reader()
    with_frames(fragments(["THANK YOU"], quads), page, reader)
    assert reader.asked == []
    # The other ones were in its region.
    (line,) = with_frames(fragments(["THANK YOU --"], quads), page, Reader("-- THANK YOU --"))
    assert line.text == "-- THANK YOU --"


def test_letters_beside_a_line_are_no_marks():
    page, quads = drawn(("TOTAL", 400, 100), ("RM", 540, 100))
    reader = Reader()
    with_frames(fragments(["TOTAL"], quads[:1]), page, reader)
    assert reader.asked == []


def test_what_another_line_holds_is_left_to_it():
    page, quads = drawn(("1234", 700, 100))
    stars(page, 600, 100, 4)
    reader = Reader()
    hidden = np.array([[580, 70], [690, 70], [690, 110], [580, 110]], np.float32)
    lines = fragments(["****", "1234"], [hidden, quads[0]])
    assert with_frames(lines, page, reader) == lines
    assert reader.asked == []


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ("THANK YOU", "-- THANK YOU"),  # one side alone joins what stands side by side
        ("THANK YOU", "------ THANK YOU ------"),  # a rule
        ("THANK YOU", "-- THANK YOU **"),
        ("THANK YOU", "-- THANK YOV --"),  # other letters
        ("1234", "-- 1234"),
        ("1234", "*" * 17 + "1234"),
        ("****", "*******"),
    ],
)
def test_what_is_no_frame_changes_nothing(known, answer):
    page, quads = drawn(("THANK YOU", 400, 100))
    dashes(page, 330, 100)
    dashes(page, int(quads[0][1, 0]) + 24, 100)
    lines = fragments([known], quads)
    assert with_frames(lines, page, Reader(answer)) == lines


def test_a_reading_that_is_much_less_sure_is_not_taken():
    page, quads = drawn(("THANK YOU", 400, 100))
    dashes(page, 330, 100)
    dashes(page, int(quads[0][1, 0]) + 24, 100)
    lines = fragments(["THANK YOU"], quads)
    assert with_frames(lines, page, Reader("-- THANK YOU --", confidence=0.2)) == lines


def test_light_print_and_faint_print_are_left_alone():
    page, quads = drawn(("THANK YOU", 400, 100))
    dashes(page, 330, 100)
    dashes(page, int(quads[0][1, 0]) + 24, 100)
    for other in (255 - page, np.full_like(page, 128)):
        reader = Reader()
        with_frames(fragments(["THANK YOU"], quads), other, reader)
        assert reader.asked == []
