"""A pattern behind the text of a page is removed where it keeps lines from being read, else it is named."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr.pipeline.pattern import doubted, is_behind, is_better, may_hide_text, warning
from ocr.pipeline.reader import Reader
from ocr.recognition.recognizer import Reading

LINES = (
    "MARTIN & SONS BAKERY", "SOURDOUGH LOAF 3.95", "CINNAMON BUN 4.60", "FLAT WHITE 3.20", "SUBTOTAL 11.75",
    "LOYALTY -1.80", "TOTAL 9.95", "CASH 20.00", "CHANGE 10.05", "28/02/2025 09:17",
)  # fmt: skip


def _page(pattern: str, strength: float) -> npt.NDArray[np.uint8]:
    """A receipt of letters of 25 on paper of 250, with a pattern whose darkness is a share of the paper's light."""
    from PIL import Image, ImageDraw, ImageFont

    from ocr.datasets.synthetic.fonts import load_fonts

    face = next(f for f in load_fonts().faces if f.family == "noto-sans")
    page = Image.new("L", (480, 60 + 40 * len(LINES)), 250)
    font = ImageFont.truetype(str(face.path), 26)
    for k, line in enumerate(LINES):
        ImageDraw.Draw(page).text((30, 30 + 40 * k), line, fill=25, font=font)
    y, x = np.mgrid[: page.height, : page.width]
    dark = {
        "upright stripes": x % 9 < 3,
        "slanted stripes": (x + y) % 14 < 7,
        "net": (x % 13 < 2) | (y % 13 < 2),
        "waves": (x + 9 * np.sin(y / 9)) % 26 < 1.5,
    }[pattern].astype(np.float32)
    seen = np.asarray(page) * (1 - strength * cv2.GaussianBlur(dark, (0, 0), 0.6))
    return np.asarray(seen, np.uint8)


@pytest.mark.parametrize(
    ("pattern", "strength"), [("upright stripes", 0.15), ("slanted stripes", 0.35), ("net", 0.35)]
)
def test_text_on_a_pattern_is_read(pattern: str, strength: float) -> None:
    pytest.importorskip("fontpkg_noto_sans", reason="needs the extra [synth]")
    page = _page(pattern, strength)
    before = page.copy()
    document = Reader(threads=1).read(page)
    assert (page == before).all()
    assert " ".join(document.text.split()) == " ".join(LINES)
    assert document.warnings == ()


def test_text_on_thin_waves_is_read_though_they_cover_little() -> None:
    pytest.importorskip("fontpkg_noto_sans", reason="needs the extra [synth]")
    page = _page("waves", 0.3)
    assert not may_hide_text([], page)
    document = Reader(threads=1).read(page)
    assert " ".join(document.text.split()) == " ".join(LINES)
    assert document.warnings == ()


def _read(*lines: tuple[str, float]) -> list[Reading]:
    return [Reading(text, confidence, confidence) for text, confidence in lines]


PLAIN = np.full((300, 200), 250, np.uint8)
STRIPED = np.where(np.arange(200) % 9 < 3, 200, 250).astype(np.uint8)[None].repeat(300, axis=0)
BADLY = _read(("14=70173 St:ttgart", 0.3), ("=0711F2283940", 0.2))


def test_only_pages_that_read_badly_and_are_covered_are_looked_at_again() -> None:
    assert may_hide_text(BADLY, STRIPED)
    assert may_hide_text([], STRIPED)
    assert not may_hide_text(BADLY, PLAIN)
    assert not may_hide_text(_read(("SUMME EUR 4,45", 0.95)), STRIPED)


def test_a_page_without_its_pattern_must_read_better() -> None:
    assert is_better(_read(("70173 Stuttgart Tel. 0711", 0.9)), BADLY, behind=False)
    assert not is_better(BADLY, BADLY, behind=False)
    # A few letters more prove nothing, and single ones may be parts of the pattern.
    assert not is_better(_read(("Tel", 1.0)), [], behind=False)
    assert not is_better(BADLY + _read(*[("D", 0.9)] * 40), BADLY, behind=False)
    # Where a pattern is sure to be there, it reads as well at least.
    well = _read(("SUMME EUR 4,45", 0.95))
    assert is_better(well, well, behind=True)
    assert not is_better(BADLY, well, behind=True)
    assert not is_better(_read(("Tel", 1.0)), [], behind=True)


def test_a_pattern_that_stays_or_was_nearly_as_dark_as_the_ink_is_named() -> None:
    well = _read(("SUMME EUR 4,45", 0.95))

    def codes(
        readings: list[Reading], page: npt.NDArray[np.uint8], darkness: float, behind: bool
    ) -> list[str]:
        figures = {"pattern.darkness": darkness} if darkness else {}
        return [code for code, _ in warning(readings, page, figures, behind)]

    assert codes(BADLY, STRIPED, 0.0, False) == ["pattern_behind_text"]
    assert codes(well, STRIPED, 0.6, False) == ["pattern_behind_text"]
    assert codes(BADLY, PLAIN, 0.0, False) == []
    assert codes(well, STRIPED, 0.3, False) == []
    # One between the lines hides others, however well these are read, unless it was removed with success.
    assert codes(well, STRIPED, 0.0, True) == ["pattern_behind_text"]
    assert codes(BADLY, STRIPED, 0.3, True) == ["pattern_behind_text"]
    assert codes(well, STRIPED, 0.3, True) == []
    # That nothing was found has a warning of its own.
    assert codes([], STRIPED, 0.0, True) == []


def _between(page: npt.NDArray[np.uint8], confidence: float = 0.95) -> bool:
    """Whether a pattern is found on a page of two columns of lines."""
    quads = [
        np.array([[x, y], [x + 60, y], [x + 60, y + 16], [x, y + 16]], np.float32)
        for y in range(20, 260, 28)
        for x in (10, 130)
    ]
    return is_behind(_read(*[("TEXT", confidence)] * len(quads)), quads, page)


def test_marks_everywhere_between_lines_are_a_pattern() -> None:
    y, x = np.mgrid[:300, :200]
    waves = (y + 6 * np.sin(x / 20)).astype(int) % 18 < 2
    assert _between(np.where(waves, 190, 250).astype(np.uint8))
    assert _between(STRIPED, confidence=0.1)
    assert is_behind([], [], STRIPED)
    assert not _between(PLAIN)
    assert not is_behind([], [], PLAIN)
    # What is printed between some of the lines is none, nor are specks.
    assert not _between(np.where(waves & (y < 200), 190, 250).astype(np.uint8))
    specks = np.random.default_rng(0).random((300, 200)) < 0.02
    assert not _between(np.where(specks, 120, 250).astype(np.uint8))


def test_signs_that_are_left_of_a_pattern_are_doubted() -> None:
    left = _read(("TOTAL", 0.9), ("3", 0.9), *[("D", 0.9)] * 6)
    confidences = [one.confidence for one in doubted(left, {"pattern.darkness": 0.4})]
    assert confidences == [0.9, 0.9, *[pytest.approx(0.27)] * 6]
    # On other pages they may be tax letters; so may a few.
    assert doubted(left, {}) == left
    assert doubted(left[:-1], {"pattern.darkness": 0.4}) == left[:-1]
