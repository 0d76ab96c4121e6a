"""Print of the back of a page that shows through is not read, and does not keep the front from being read."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr.pipeline.reader import Reader
from ocr.pipeline.show_through import is_better, may_show_through
from ocr.recognition.recognizer import Reading

FRONT = (
    "DROGERIE AM MARKT", "27.02.2020 15:56 Kasse 02", "662834 BRILLENTUCH 1,95 A", "SEIFE 2 x 1,25 2,50 A",
    "SUMME EUR 4,45", "Bar 5,00", "Rückgeld 0,55", "MWST A 19 % 0,71", "Bon Nr. 3226", "VIELEN DANK",
)  # fmt: skip
BACK = "Ich ermächtige das umseitig genannte Unternehmen, den Betrag von meinem Konto einzuziehen."


def _page(back: int) -> npt.NDArray[np.uint8]:
    """A receipt on paper of 240, whose other side is printed in small lines and shows through as so bright."""
    from PIL import Image, ImageDraw, ImageFont

    from ocr.datasets.synthetic.fonts import load_fonts

    face = next(f for f in load_fonts().faces if f.family == "noto-sans" and f.covers("ü"))
    front, behind = (Image.new("L", (620, 60 + 44 * len(FRONT)), 240) for _ in range(2))
    font, small = (ImageFont.truetype(str(face.path), size) for size in (26, 17))
    for k, line in enumerate(FRONT):
        ImageDraw.Draw(front).text((30, 30 + 44 * k), line, fill=50, font=font)
    for k in range(front.height // 24):
        ImageDraw.Draw(behind).text((-3 * k, 24 * k), BACK, fill=back, font=small)
    seen = np.minimum(np.asarray(front), np.asarray(behind)[:, ::-1])
    page: npt.NDArray[np.uint8] = cv2.GaussianBlur(seen, (0, 0), 0.8).astype(np.uint8)
    return page


@pytest.mark.parametrize("back", [240, 220, 200])
def test_the_front_is_read(back: int) -> None:
    pytest.importorskip("fontpkg_noto_sans", reason="needs the extra [synth]")
    page = _page(back)
    before = page.copy()
    texts = [line.text for line in Reader(threads=1).read(page).pages[0].lines]
    assert (page == before).all()
    words = " ".join(texts).replace("  ", " ").split()
    wanted = " ".join(FRONT).split()
    assert len(set(wanted) & set(words)) >= 0.85 * len(set(wanted))
    # Little else.
    assert len(words) <= 1.15 * len(wanted)


def _read(*lines: tuple[str, float]) -> list[Reading]:
    return [Reading(text, confidence, confidence) for text, confidence in lines]


GARBAGE = (("uemoen mov netierwz nov", 0.02), ("enie nO doudarasim tim bnu", 0.0))
MIXED = _read(("SUMME EUR 4,45", 0.9), *GARBAGE)


def test_clear_lines_among_garbage_are_told() -> None:
    assert may_show_through(MIXED, False)
    # A page that lies the wrong way round is all garbage.
    assert not may_show_through(_read(*GARBAGE), False)
    assert may_show_through(_read(*GARBAGE), True)
    # On a good page little is, and a few letters of it prove nothing.
    assert not may_show_through(_read(*GARBAGE, *[("DROGERIE AM MARKT 12", 0.7)] * 9), True)
    assert not may_show_through(_read(("enie nO", 0.0)), True)
    assert not may_show_through([], True)


@pytest.mark.parametrize(
    ("lines", "better"),
    [
        ([("SUMME EUR 4,45", 0.95)], True),
        ([("SUMME EUR 4,45", 0.8)], False),  # text was lost
        ([("SUMME EUR 4,45", 0.95), *GARBAGE], False),
    ],
)
def test_a_page_without_its_back_must_read_better(lines: list[tuple[str, float]], better: bool) -> None:
    assert is_better(_read(*lines), MIXED) == better
