"""The plugin, run by the real OCRmyPDF on a page of every orientation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ocr
from ocr.document import Document, Line, Page
from ocr.io import images
from ocr.ocrmypdf.direction import text_direction
from ocr.ocrmypdf.languages import written_with
from tests.pictures import pdf

EXAMPLES = Path(__file__).parents[2] / "examples"
pytest.importorskip("ocrmypdf", reason="OCRmyPDF is not installed")
needs_programs = pytest.mark.skipif(
    None in map(shutil.which, ("gs", "tesseract", "pdftotext")),
    # OCRmyPDF asks for Tesseract's version even where another engine reads.
    reason="a program is not installed: apt-get install ghostscript tesseract-ocr poppler-utils",
)


def _ocrmypdf(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "ocr.ocrmypdf", "--output-type", "pdf"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)


def _words(path: Path) -> list[str]:
    return subprocess.run(
        ["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True
    ).stdout.split()


@needs_programs
@pytest.mark.parametrize(
    ("turns", "options"),
    [(0, ()), (0, ("--pdf-renderer", "sandwich")), (1, ("--rotate-pages",)), (3, ("--rotate-pages",))],
)
def test_a_scan_becomes_searchable(tmp_path: Path, turns: int, options: tuple[str, ...]) -> None:
    page = next(iter(images.pages(EXAMPLES / "scan.jpg"))).image
    (tmp_path / "in.pdf").write_bytes(pdf([np.ascontiguousarray(np.rot90(page, turns))]))
    done = _ocrmypdf(*options, "--sidecar", tmp_path / "text.txt", tmp_path / "in.pdf", tmp_path / "out.pdf")
    assert done.returncode == 0, done.stderr
    expected = ocr.read(EXAMPLES / "scan.jpg").text.split()
    found = _words(tmp_path / "out.pdf")
    assert len(set(expected) & set(found)) > 0.9 * len(set(expected))
    assert found[:2] == expected[:2]
    assert set(expected) & set((tmp_path / "text.txt").read_text("utf-8").split())


@needs_programs
def test_a_language_that_the_model_does_not_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.pdf").write_bytes(pdf([np.full((200, 200, 3), 255, np.uint8)]))
    done = _ocrmypdf("-l", "chi_sim", tmp_path / "in.pdf", tmp_path / "out.pdf")
    assert done.returncode == 3
    assert "chi_sim" in done.stderr
    assert not (tmp_path / "out.pdf").exists()


def _document(degrees: float) -> Document:
    """Five lines of text turned clockwise."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    box = np.array([[-90, -5], [90, -5], [90, 5], [-90, 5]])
    lines = tuple(Line("text", 1, (box + np.array([0, 20 * k - 40])) @ turn + 200) for k in range(5))
    return Document((Page(400, 400, lines),))


@pytest.mark.parametrize("degrees", [0, 7, -12, 90, 97, 180, 171, 270, 280])
def test_the_direction_of_text_is_a_quarter_turn_and_a_skew(degrees: float) -> None:
    found = text_direction(_document(degrees))
    assert found is not None
    assert found.quarter_turn == round(degrees / 90) * 90 % 360
    assert np.isclose(found.skew, degrees - round(degrees / 90) * 90, atol=0.01)
    assert (found.agreement, found.lines) == (1, 5)


def test_a_page_without_text_has_no_direction() -> None:
    assert text_direction(Document((Page(4, 4),))) is None


def test_languages_are_those_whose_letters_the_model_has() -> None:
    ascii_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert written_with(ascii_letters) == {"eng", "ind", "lat", "msa"}
    assert {"deu", "eng"} <= written_with(ascii_letters + "äöüß")
    assert written_with("αβγ") == set()
