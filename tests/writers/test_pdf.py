"""Searchable PDFs as other programs see them: the words are found where they stand, and nothing looks different."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ocr.document import Document, Line, Page
from ocr.errors import BadConfiguration, PdfEncrypted
from ocr.io import images
from ocr.writers import glyphless
from tests.pictures import encoded, encrypted_pdf, pdf
from tests.writers.samples import DOCUMENT, HEIGHT, WIDTH, box

pikepdf = pytest.importorskip("pikepdf")
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)"
)
rng = np.random.default_rng(5)
IMAGE = np.repeat(
    rng.integers(0, 255, (HEIGHT // 10, WIDTH // 10, 1), np.uint8).repeat(10, 0).repeat(10, 1), 3, 2
)


def _text(path: Path, *options: str) -> str:
    return subprocess.run(
        ["pdftotext", *options, str(path), "-"], capture_output=True, check=True
    ).stdout.decode()


def _words(path: Path, *, turned: bool = False) -> list[tuple[str, float, float, float, float]]:
    """Text, left, top, right, bottom of each word as parts of the page; whether that lies on its side."""
    found = []
    width = height = 1.0
    for line in _text(path, "-bbox", "-cropbox").splitlines():
        page = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', line)
        if page:
            # The size is told as if no page were turned, the words stand on the page as it is seen.
            width, height = float(page[2 if turned else 1]), float(page[1 if turned else 2])
        word = re.search(
            r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)</word>', line
        )
        if word:
            x0, y0, x1, y1 = (float(word[k]) for k in range(1, 5))
            found.append((word[5], x0 / width, y0 / height, x1 / width, y1 / height))
    return found


@needs_poppler
def test_the_words_of_a_picture_are_found_where_they_stand(tmp_path: Path) -> None:
    path = DOCUMENT.save(tmp_path / "a.pdf", image=IMAGE)
    assert _text(path, "-raw").split() == [
        "Café",
        "Zoë",
        "€",
        "Äpfel",
        "&",
        "Öl",
        "3,90",
        "Total",
        "3,90",
        "€",
    ]
    name, x0, y0, x1, y1 = _words(path)[1]
    assert name == "Zoë"
    assert np.allclose([x0 * WIDTH, x1 * WIDTH], [180, 240], atol=1)
    assert np.allclose([y0 * HEIGHT, y1 * HEIGHT], [10, 30], atol=3)
    # A phrase is found across its words.
    assert "Café Zoë €" in _text(path, "-raw")


@needs_poppler
@pytest.mark.parametrize(
    "text", ["naïve façade", "Łódź žluťoučký kůň", "김치 찌개", "🍕 x", "ﬁ ½ £¥₺", "a\u0301"]
)
def test_every_letter_is_copied_as_it_was_read(tmp_path: Path, text: str) -> None:
    document = Document((Page(WIDTH, HEIGHT, (Line(text, 1, box(20, 50, 300)),)),))
    path = document.save(tmp_path / "a.pdf", image=IMAGE)
    assert _text(path).split() == text.split()


@needs_poppler
def test_text_that_runs_up_is_read_along_itself(tmp_path: Path) -> None:
    up = [[100, 250], [100, 50], [130, 50], [130, 250]]
    document = Document((Page(WIDTH, HEIGHT, (Line("turned text", 1, up),)),))
    path = document.save(tmp_path / "a.pdf", image=IMAGE)
    assert _text(path).split() == ["turned", "text"]
    boxes = {word[0]: word for word in _words(path)}
    assert boxes["text"][2] < boxes["turned"][2]


def _page(data: bytes, index: int = 0) -> Any:
    return list(images.pages(data))[index].image


def test_pictures_look_as_before_under_their_text(tmp_path: Path) -> None:
    path = DOCUMENT.save(tmp_path / "a.pdf", image=IMAGE)
    drawn = _page(path.read_bytes())
    assert drawn.shape == IMAGE.shape
    # JPEG alone changes this much; text that was painted would change it by up to 255.
    assert np.abs(drawn.astype(int) - IMAGE).mean() < 4
    with pikepdf.open(path) as opened:
        assert (
            b"3 Tr" in opened.pages[0].Contents.read_bytes()
            if not isinstance(opened.pages[0].Contents, pikepdf.Array)
            else b"3 Tr" in b"".join(part.read_bytes() for part in opened.pages[0].Contents)
        )


def test_a_very_tall_page_keeps_within_the_largest_side_of_a_pdf(tmp_path: Path) -> None:
    tall = np.full((45_000, 900, 3), 255, np.uint8)
    document = Document((Page(900, 45_000, (Line("end", 1, box(10, 44_900, 80)),)),))
    path = document.save(tmp_path / "a.pdf", image=tall)
    with pikepdf.open(path) as opened:
        assert float(opened.pages[0].mediabox[3]) <= 14_400


@pytest.mark.parametrize("size", [(1, 1), (8, 3), (3, 40)])
def test_a_tiny_page_has_the_smallest_sides_of_a_pdf(tmp_path: Path, size: tuple[int, int]) -> None:
    height, width = size
    path = Document((Page(width, height),)).save(
        tmp_path / "a.pdf", image=np.zeros((height, width, 3), np.uint8)
    )
    with pikepdf.open(path) as opened:
        assert min(float(side) for side in opened.pages[0].mediabox[2:]) >= 3


@needs_poppler
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("where", ["page", "parent"])
@pytest.mark.parametrize("cut", [False, True])
def test_pages_of_a_pdf_are_kept_whatever_their_boxes_and_turns(
    tmp_path: Path, turn: int, where: str, cut: bool
) -> None:
    source = tmp_path / "in.pdf"
    with pikepdf.open(io.BytesIO(pdf([IMAGE]))) as made:
        page = made.pages[0].obj
        target = page if where == "page" else page.Parent
        if where == "parent":
            target.Resources = page.Resources
            del page["/Resources"]
        target.Rotate = turn
        if cut:
            x0, y0, x1, y1 = (float(v) for v in page.MediaBox)
            page.CropBox = [x0 + 0.1 * (x1 - x0), y0, x1, y1 - 0.2 * (y1 - y0)]
        # A page that leaves its graphics state moved and unbalanced.
        page.Contents = pikepdf.Array(
            [page.Contents, made.make_indirect(pikepdf.Stream(made, b"q 0.5 0 0 0.5 9 9 cm"))]
        )
        made.docinfo["/Title"] = "kept"
        made.save(source)
    before = _page(source.read_bytes())
    height, width = before.shape[:2]
    line = Line("Zoë Äpfel", 1, box(0.2 * width, 0.3 * height, 0.5 * width, 0.05 * height))
    document = Document((Page(width, height, (line,)),), source=str(source))
    path = document.save(tmp_path / "out.pdf")
    after = _page(path.read_bytes())
    assert np.array_equal(before, after)
    words = _words(path, turned=turn in (90, 270))
    assert [word[0] for word in words] == ["Zoë", "Äpfel"]
    assert np.isclose(words[0][1], 0.2, atol=0.01)
    assert np.isclose(words[1][3], 0.7, atol=0.01)
    assert np.allclose([words[0][2], words[0][4]], [0.3, 0.35], atol=0.02)
    with pikepdf.open(path) as opened:
        assert str(opened.docinfo["/Title"]) == "kept"


def test_pages_that_were_left_out_are_an_error(tmp_path: Path) -> None:
    source = tmp_path / "in.pdf"
    source.write_bytes(pdf([IMAGE, IMAGE]))
    with pytest.raises(BadConfiguration, match="2 pages"):
        replace(DOCUMENT, source=str(source)).save(tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


def test_an_encrypted_pdf_needs_its_password(tmp_path: Path) -> None:
    source = tmp_path / "in.pdf"
    source.write_bytes(encrypted_pdf(pdf([IMAGE]), "sesame"))
    page = next(iter(images.pages(source, password="sesame"))).image
    scaled = Page(page.shape[1], page.shape[0], (Line("text", 1, box(10, 10, 50)),))
    document = Document((scaled,), source=str(source))
    with pytest.raises(PdfEncrypted):
        document.save(tmp_path / "out.pdf")
    assert document.save(tmp_path / "out.pdf", password="sesame").stat().st_size > 1000


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    first = DOCUMENT.save(tmp_path / "a.pdf", image=encoded(IMAGE, "PNG"))
    second = DOCUMENT.save(tmp_path / "b.pdf", image=encoded(IMAGE, "PNG"))
    assert first.read_bytes() == second.read_bytes()


def test_the_font_is_a_sound_truetype_file() -> None:
    tools = pytest.importorskip("fontTools.ttLib")
    font = tools.TTFont(io.BytesIO(glyphless.truetype()), checkChecksums=2)
    assert font["maxp"].numGlyphs == 2
    assert font["head"].unitsPerEm == 1000
    assert font["hmtx"].metrics[font.getGlyphOrder()[1]] == (500, 0)
    assert all(font["glyf"][name].numberOfContours == 0 for name in font.getGlyphOrder())


def test_a_masked_pdf_does_not_keep_the_page_that_shows_what_was_masked(tmp_path: Path) -> None:
    source = tmp_path / "in.pdf"
    source.write_bytes(pdf([IMAGE]))
    page = _page(source.read_bytes())
    height, width = page.shape[:2]
    masked = Line("CARD ████", 1, box(0.1 * width, 0.4 * height, 0.8 * width, 0.1 * height))
    document = Document((Page(width, height, (masked,)),), source=str(source))
    after = _page(document.save(tmp_path / "out.pdf").read_bytes())
    after = cv2.resize(after, (width, height))
    assert after[int(0.42 * height) : int(0.48 * height), int(0.75 * width) : int(0.85 * width)].max() < 30
    with pikepdf.open(tmp_path / "out.pdf") as opened:
        assert len(opened.pages[0].get_images()) == 1
