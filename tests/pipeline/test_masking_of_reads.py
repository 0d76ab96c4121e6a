"""Masking in the whole path: what was read of a picture, and every file and picture that is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import ocr
from ocr.cli import main
from ocr.errors import BadConfiguration
from ocr.pipeline.reader import ReadOptions
from ocr.receipts.masking import MASK
from ocr.writers import formats
from tests.pictures import pdf

ROWS = ("CORNER SHOP", "Tel: 030 1234567", "VISA 4111 1111 1111 1111", "Cashier: NADIA", "TOTAL 12.50")
SECRETS = ("030", "1234567", "4111", "1111", "NADIA")
KINDS = "card,phone,name"


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    canvas = np.full((360, 700, 3), 255, np.uint8)
    for k, text in enumerate(ROWS):
        cv2.putText(canvas, text, (20, 60 + 60 * k), cv2.FONT_HERSHEY_DUPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    return canvas


def test_the_page_is_read_without_masking(page: np.ndarray) -> None:
    text = ocr.read(page).text.replace(" ", "")
    assert "4111111111111111" in text
    assert "NADIA" in text


def test_no_file_of_a_masked_document_shows_a_secret(page: np.ndarray, tmp_path: Path) -> None:
    document = ocr.read(page, mask=KINDS)
    assert MASK in document.text
    assert "TOTAL 12.50" in document.text
    for form in formats.FORMATS.values():
        path = document.save(tmp_path / f"page{form.suffixes[0]}", page)
        if not form.binary:
            written = path.read_text(encoding="utf-8")
            # Numbers of the picture inside a page, and of polygons, are no text of the receipt.
            assert not any(secret in written for secret in ("1234567", "11111111", "4111 1", "NADIA")), (
                form.name
            )
    for suffix in (".pdf", ".png"):
        again = ocr.read(tmp_path / f"page{suffix}").text
        assert "12.50" in again
        assert not any(secret in again for secret in SECRETS), suffix


def test_a_pdf_does_not_keep_its_page_where_something_is_masked(page: np.ndarray, tmp_path: Path) -> None:
    source = tmp_path / "source.pdf"
    source.write_bytes(pdf([page]))
    document = ocr.read(source, mask=KINDS)
    again = ocr.read(document.save(tmp_path / "masked.pdf")).text
    assert "12.50" in again
    assert not any(secret in again for secret in SECRETS)


def test_pages_are_seen_painted(page: np.ndarray) -> None:
    seen: list[np.ndarray] = []
    ocr.shared_reader().read(page, mask="card", on_page=lambda index, image, found: seen.append(image))
    (picture,) = seen
    rows = slice(160, 185)  # the number of the card
    assert (picture[rows, 120:460] == 0).mean() > 0.9
    assert (page[rows, 120:460] == 0).mean() < 0.5
    assert (picture[200:] == page[200:]).all()


def test_the_command_masks_what_it_prints_and_writes(
    page: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = tmp_path / "page.png", tmp_path / "out"
    assert cv2.imwrite(str(file), page)
    with pytest.raises(SystemExit) as ended:
        main(["read", str(file), "--format", "json", "--mask", KINDS, "--output", str(folder), "--overlay"])
    assert ended.value.code == 0
    printed = capsys.readouterr()
    texts = [line["text"] for line in json.loads(printed.out)["pages"][0]["lines"]]
    assert not any(secret in text for secret in SECRETS for text in texts)
    assert not any(secret in printed.err for secret in SECRETS)
    for written in folder.iterdir():
        if written.suffix in (".json", ".txt"):
            assert "NADIA" not in written.read_text(encoding="utf-8")
            assert "11111111" not in written.read_text(encoding="utf-8")
    (overlay,) = folder.glob("*.overlay.png")
    assert not any(secret in ocr.read(overlay).text for secret in SECRETS)


@pytest.mark.parametrize("mask", ["cards", ("card", "cards"), 5, None])
def test_unknown_kinds_are_refused(mask: object) -> None:
    with pytest.raises(BadConfiguration, match="mask"):
        ReadOptions(mask=mask)  # type: ignore[arg-type]


def test_kinds_are_a_list_or_a_text() -> None:
    assert (
        ReadOptions(mask="phone, card").mask == ReadOptions(mask=["card", "phone"]).mask == ("card", "phone")
    )  # type: ignore[arg-type]
    assert ReadOptions(mask="").mask == ()  # type: ignore[arg-type]
