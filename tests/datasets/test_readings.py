"""Annotations to correct, from what was read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.cli import main
from ocr.datasets import open_dataset
from ocr.document import Document, Line, Page
from ocr.errors import AnnotationInvalid
from ocr.receipt import Field, Merchant, Receipt

QUAD = np.array([[10, 10], [90, 10], [90, 30], [10, 30]], np.float32)


def readings(folder: Path, stores: list[str]) -> Path:
    """A document and its picture for each store."""
    (folder / "out").mkdir()
    for number, store in enumerate(stores):
        picture = folder / f"r{number}.png"
        cv2.imwrite(str(picture), np.full((100, 120, 3), 240, np.uint8))
        lines = (Line(store, 0.99, QUAD), Line(f"TOTAL {number}.50", 0.4, QUAD + 40))
        named = Receipt((0,), merchant=Merchant(name=Field(store, store, 0.9)))
        document = Document((Page(120, 100, lines, ((0,), (1,))),), (named,), (), str(picture))
        (folder / "out" / f"r{number}.json").write_text(document.to_json(), "utf-8")
    return folder / "out"


def status(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["data", "from-readings", *map(str, arguments)])
    return int(ending.value.code or 0)


def test_stores_are_on_one_side_and_doubtful_lines_are_listed(tmp_path: Path) -> None:
    found = readings(tmp_path, ["SHOP A", "Shop A!", "SHOP B", "SHOP C", "SHOP A"])
    assert status(found, tmp_path / "data", "--val", 0.3) == 0
    train, val = (open_dataset(tmp_path / "data" / part) for part in ("train", "val"))
    assert [sample.name for sample in train] == ["r0", "r1", "r4"]
    assert [sample.name for sample in val] == ["r2", "r3"]
    assert [line.text for line in val[0].lines] == ["SHOP B", "TOTAL 2.50"]
    np.testing.assert_array_equal(val[0].lines[0].polygon, QUAD)
    assert val[0].load().shape == (100, 120, 3)
    listed = (tmp_path / "data" / "check-first.txt").read_text("utf-8").splitlines()
    assert len(listed) == 5
    assert listed[0] == "0.40\ttrain/r0, line 2\tTOTAL 0.50"


def test_lines_below_a_confidence_are_unreadable_and_one_folder_will_do(tmp_path: Path) -> None:
    found = readings(tmp_path, ["SHOP A"])
    assert status(found, tmp_path / "data", "--val", 0, "--min-confidence", 0.5) == 0
    assert [line.text for line in open_dataset(tmp_path / "data")[0].lines] == ["SHOP A", None]
    # A folder with files in it is not written to.
    assert status(found, tmp_path / "data") == 2


def test_a_line_that_encloses_nothing_is_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = readings(tmp_path, ["SHOP A"])
    file = found / "r0.json"
    document = Document.from_json(file.read_bytes())
    page = document.pages[0]
    flat = Line("!", 0.1, np.array([[5, 10], [5, 10], [5, 30], [5, 30]], np.float32))
    page = replace(page, lines=(page.lines[0], flat, page.lines[1]), rows=((0,), (1,), (2,)), receipts=())
    file.write_text(replace(document, pages=(page,)).to_json(), "utf-8")
    assert status(found, tmp_path / "data", "--val", 0) == 0
    assert "lines_left_out: 1 " in capsys.readouterr().err
    assert [line.text for line in open_dataset(tmp_path / "data")[0].lines] == ["SHOP A", "TOTAL 0.50"]
    # The numbers are those of the lines that were written.
    assert "r0, line 2\tTOTAL" in (tmp_path / "data" / "check-first.txt").read_text("utf-8")


def test_pictures_without_annotations_are_told_where_to_get_some(tmp_path: Path) -> None:
    readings(tmp_path, ["SHOP A"])
    with pytest.raises(AnnotationInvalid, match="without annotations; `ocr data from-readings`"):
        open_dataset(tmp_path)


def test_what_is_no_document_is_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = readings(tmp_path, ["SHOP A", "SHOP B"])
    (found / "broken.json").write_text("{}")
    (found / "pages.json").write_text(Document((Page(9, 9, (), ()),) * 2, source="x.pdf").to_json())
    assert status(found, tmp_path / "data", "--val", 0) == 4
    told = capsys.readouterr().err
    assert "broken" in told
    assert "2 pages" in told
    assert len(open_dataset(tmp_path / "data")) == 2
    assert status(tmp_path / "none", tmp_path / "other") == 3
