"""A pattern behind the text of a page is removed where it keeps lines from being read, else it is named."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr.pipeline.pattern import doubted, is_better, may_hide_text, warning
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
    assert is_better(_read(("70173 Stuttgart Tel. 0711", 0.9)), BADLY)
    assert not is_better(BADLY, BADLY)
    # A few letters more prove nothing, and single ones may be parts of the pattern.
    assert not is_better(_read(("Tel", 1.0)), [])
    assert not is_better(BADLY + _read(*[("D", 0.9)] * 40), BADLY)


def test_a_pattern_that_stays_or_was_nearly_as_dark_as_the_ink_is_named() -> None:
    well = _read(("SUMME EUR 4,45", 0.95))
    assert [code for code, _ in warning(BADLY, STRIPED, {})] == ["pattern_behind_text"]
    assert [code for code, _ in warning(well, STRIPED, {"pattern.darkness": 0.6})] == ["pattern_behind_text"]
    assert not list(warning(BADLY, PLAIN, {}))
    assert not list(warning(well, STRIPED, {"pattern.darkness": 0.3}))
    # That nothing was found has a warning of its own.
    assert not list(warning([], STRIPED, {}))


def test_signs_that_are_left_of_a_pattern_are_doubted() -> None:
    left = _read(("TOTAL", 0.9), ("3", 0.9), *[("D", 0.9)] * 6)
    confidences = [one.confidence for one in doubted(left, {"pattern.darkness": 0.4})]
    assert confidences == [0.9, 0.9, *[pytest.approx(0.27)] * 6]
    # On other pages they may be tax letters; so may a few.
    assert doubted(left, {}) == left
    assert doubted(left[:-1], {"pattern.darkness": 0.4}) == left[:-1]
