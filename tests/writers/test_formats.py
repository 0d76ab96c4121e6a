"""The formats by name, suffix and media type, and what a document writes of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocr.document import Document
from ocr.errors import BadConfiguration, InputNotFound, MissingExtra, OutputFailed
from ocr.writers import extras, formats, outputs
from ocr.writers.formats import FORMATS, by_accept, by_name, by_names, by_path
from ocr.writers.together import Together
from tests.pictures import encoded
from tests.writers.samples import BARE, DOCUMENT, EMPTY, HEIGHT, WIDTH, hostile

IMAGE = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("document", [DOCUMENT, BARE, EMPTY, Document(), hostile()], ids=str.__class__)
def test_every_format_writes_every_document(name: str, document: Document, tmp_path: Path) -> None:
    wanted = FORMATS[name]
    pages: Any = tuple(np.full((page.height, page.width, 3), 255, np.uint8) for page in document.pages)
    if not pages and wanted.pictures != "unused":
        return
    path = document.save(tmp_path / f"x{wanted.suffixes[0]}", image=pages[0] if pages else None)
    data = path.read_bytes()
    assert by_path(path) is wanted
    if not wanted.binary:
        text = data.decode("utf-8")
        assert "\x1b" not in text
        assert wanted.name == "json" or "\u202e" not in text or wanted.name in ("hocr", "alto")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_names_and_suffixes_are_each_of_one_format() -> None:
    suffixes = [suffix for one in FORMATS.values() for suffix in one.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert by_name("md") is by_name("markdown")
    assert by_name("xml") is by_name("alto")
    assert by_path("A/B.RECEIPTS.CSV") is FORMATS["csv-receipts"]
    assert by_path("a.b.csv") is FORMATS["csv"]
    assert [one.name for one in by_names("json, pdf,json")] == ["json", "pdf"]


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: by_name("jsno"), "did you mean 'json'"),
        (lambda: by_name("zzz"), "formats are text, json"),
        (lambda: by_path("a.xlxs"), "did you mean '.xlsx'"),
        (lambda: by_path("a"), "suffixes are"),
        (lambda: by_path(".pdf"), "suffixes are"),
        (lambda: by_names(" ,"), "no output format is named"),
        (lambda: DOCUMENT.to_dataframe("item"), "did you mean 'items'"),
    ],
)
def test_a_wrong_name_says_the_nearest_right_one(call: Any, hint: str) -> None:
    with pytest.raises(BadConfiguration, match=hint):
        call()


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("application/json", "json"),
        ("*/*", "json"),
        ("", None),
        ("image/webp", None),
        ("text/html;q=0.4, text/csv;q=0.9", "csv"),
        ("text/html;q=0, application/pdf", "pdf"),
        ("text/*", "text"),
        ("text/csv;q=many, text/markdown", "markdown"),
    ],
)
def test_a_header_prefers_a_format(accept: str, name: str | None) -> None:
    found = by_accept(accept)
    assert (found and found.name) == name


def test_pictures_come_from_the_source_or_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(IMAGE, "PNG"))
    document = replace(DOCUMENT, source=str(path))
    assert document.save(tmp_path / "b.png").stat().st_size > 1000
    assert b"data:image/jpeg" in document.save(tmp_path / "c.html").read_bytes()
    path.unlink()
    with pytest.raises(InputNotFound):
        document.save(tmp_path / "b.pdf")
    assert b"data:image/jpeg" not in document.save(tmp_path / "c.html").read_bytes()
    with pytest.raises(BadConfiguration, match="give image="):
        BARE.save(tmp_path / "b.pdf")
    with pytest.raises(BadConfiguration, match="read from another one"):
        BARE.save(tmp_path / "b.png", image=IMAGE[:100])
    two = replace(BARE, pages=BARE.pages * 2)
    with pytest.raises(BadConfiguration, match="1 pages, the document 2"):
        two.save(tmp_path / "b.png", image=IMAGE)


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OutputFailed, match=r"a\.json"):
        DOCUMENT.save(tmp_path / "a.json")


def test_missing_packages_are_named_with_their_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(extras.importlib, "import_module", absent)
    for call, extra in (
        (lambda: formats.FORMATS["xlsx"].write(DOCUMENT, None), "formats"),
        (lambda: outputs.to_dataframe(DOCUMENT, "items"), "dataframe"),
    ):
        with pytest.raises(MissingExtra, match=rf"pip install 'receipt-ocr\[{extra}\]'"):
            call()


def test_data_frames_have_a_row_an_item_a_line_or_a_word() -> None:
    pandas = pytest.importorskip("pandas")
    items = DOCUMENT.to_dataframe()
    assert isinstance(items, pandas.DataFrame)
    assert list(items["description"]) == ["Äpfel", "=1+1", "Storno"]
    assert [len(DOCUMENT.to_dataframe(level)) for level in ("receipts", "checks", "lines", "words")] == [
        1,
        2,
        5,
        10,
    ]
    assert list(EMPTY.to_dataframe("words").columns) == list(DOCUMENT.to_dataframe("words").columns)


def test_show_opens_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(outputs.webbrowser, "open", opened.append)
    path = DOCUMENT.show(IMAGE)
    assert opened == [path.as_uri()]
    assert "data:image/jpeg" in path.read_text("utf-8")
    path.unlink()
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("name", "heading"),
    [("text", "==> till/a b.jpg <=="), ("receipt", "==> till/a b.jpg <=="), ("markdown", "# a b.jpg")],
)
def test_documents_follow_each_other_in_texts(name: str, heading: str) -> None:
    output = Together(FORMATS[name], 2)
    text = "".join(str(output.add(DOCUMENT)) for _ in range(2))
    assert text.startswith(heading)
    assert text.count(f"\n\n{heading}\n") == 1
    alone = Together(FORMATS[name], 1)
    assert alone.add(DOCUMENT) == FORMATS[name].write(DOCUMENT, None)
    assert alone.end() in ("", b"")


def test_tables_have_one_header_and_workbooks_come_at_the_end() -> None:
    output = Together(FORMATS["csv"], 2)
    text = "".join(str(output.add(DOCUMENT)) for _ in range(2))
    assert [row.split(",")[0] for row in text.splitlines()] == ["source"] + ["till/a b.jpg"] * 6
    output = Together(FORMATS["xlsx"], 2)
    assert [output.add(DOCUMENT), output.add(DOCUMENT)] == [b"", b""]
    openpyxl = pytest.importorskip("openpyxl")
    import io

    book = openpyxl.load_workbook(io.BytesIO(bytes(output.end())))  # type: ignore[arg-type]
    assert book["Receipts"].max_row == 3
    with pytest.raises(BadConfiguration, match="--output DIR --formats pdf"):
        Together(FORMATS["pdf"], 2)
