"""Records: checked when made, JSON there and back."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.document import Document, DocumentInvalid, Field, Line, Page, ReadWarning, Word

SQUARE = ((0, 0), (10, 0), (10, 5), (0, 5))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
shares = st.floats(0, 1)
numbers = st.floats(-1e5, 1e5, width=32)
polygons = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=6)
words = st.builds(Word, texts, shares, polygons)
lines = st.builds(Line, texts, shares, polygons, st.lists(words, max_size=2).map(tuple))
pages = st.builds(Page, st.integers(1, 9000), st.integers(1, 9000), st.lists(lines, max_size=3).map(tuple))
fields = st.dictionaries(texts, st.builds(Field, texts, texts, shares), max_size=2)
warnings = st.lists(st.builds(ReadWarning, texts, texts, st.none() | st.integers(0, 9)), max_size=2)
documents = st.builds(Document, st.lists(pages, max_size=2).map(tuple), fields, warnings.map(tuple))


@given(documents)
def test_json_gives_the_same_document_back(document: Document) -> None:
    for indent in (None, 2):
        again = Document.from_json(document.to_json(indent=indent))
        assert again == document
        assert hash(again) == hash(document)
        assert again.to_json() == document.to_json()
    assert "\n" not in document.to_json()
    assert pickle.loads(pickle.dumps(document)) == document
    assert copy.deepcopy(document) == document


def test_json_has_the_layout_of_the_schema() -> None:
    document = Document(
        (Page(100, 50, (Line("TOTAL 9.00", 0.5, SQUARE),)),),
        {"total": Field("9.00", "9.00", 0.75, (0,))},
        (ReadWarning("pages_left_out", "some", 0),),
    )
    assert json.loads(document.to_json()) == {
        "schema": "ocr.document/1",
        "pages": [
            {
                "width": 100,
                "height": 50,
                "lines": [
                    {"text": "TOTAL 9.00", "confidence": 0.5, "polygon": [[0, 0], [10, 0], [10, 5], [0, 5]]}
                ],
            }
        ],
        "fields": {"total": {"value": "9.00", "text": "9.00", "confidence": 0.75, "lines": [0]}},
        "warnings": [{"code": "pages_left_out", "message": "some", "page": 0}],
    }


def test_unknown_keys_are_passed_over_and_other_schemas_refused() -> None:
    found = Document((Page(10, 10, (Line("a", 1, SQUARE),)),)).to_dict()
    found["later"] = 1
    found["pages"][0]["dpi"] = 200
    found["pages"][0]["lines"][0]["language"] = "en"
    assert Document.from_dict(found).pages[0].lines[0].text == "a"
    for schema in ("ocr.document/2", None, "x"):
        with pytest.raises(DocumentInvalid, match=r"expected 'ocr\.document/1'"):
            Document.from_dict(found | {"schema": schema})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"schema": "ocr.document/1"}', '{"schema": "ocr.document/1", "pages": [3]}',
     '{"schema": "ocr.document/1", "pages": [{"width": 0, "height": 1, "lines": []}]}',
     '{"schema": "ocr.document/1", "pages": [{"width": 1, "height": 1, "lines": [{"text": "a"}]}]}',
     "[" * 100_000],
)  # fmt: skip
def test_text_that_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DocumentInvalid):
        Document.from_json(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Line("a", 1.5, SQUARE),
        lambda: Line("a", float("nan"), SQUARE),
        lambda: Line("a", True, SQUARE),
        lambda: Line(3, 0.5, SQUARE),
        lambda: Line("a", 0.5, SQUARE[:2]),
        lambda: Line("a", 0.5, [[0, 0], [1, float("inf")], [1, 1]]),
        lambda: Line("a", 0.5, "xyz"),
        lambda: Line("a", 0.5, SQUARE, ("word",)),
        lambda: Page(0, 5),
        lambda: Page(5, 2.5),
        lambda: Page(5, 5, ("line",)),
        lambda: Field("a", None, 0.5),
        lambda: Document((), {"total": Field("1", "1", 1.0, (0,))}),
        lambda: Document((), {"total": "1"}),
    ],
)
def test_values_that_cannot_be_are_refused(make: object) -> None:
    with pytest.raises(DocumentInvalid):
        make()  # type: ignore[operator]


def test_records_are_frozen() -> None:
    document = Document((Page(10, 10, (Line("a", 1, np.array(SQUARE, np.float64)),)),))
    line = document.lines[0]
    assert line.polygon.dtype == np.float32
    assert line.polygon.shape == (4, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        line.text = "b"  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        line.polygon[0, 0] = 5
    with pytest.raises(TypeError):
        document.fields["total"] = Field("1", "1", 1.0)  # type: ignore[index]


def test_text_joins_the_regions_of_a_row() -> None:
    def line(text: str, x: float, y: float) -> Line:
        return Line(text, 1.0, [[x, y], [x + 30, y], [x + 30, y + 10], [x, y + 10]])

    first = Page(100, 100, (line("TOTAL", 5, 10), line("9.00", 60, 11), line("THANKS", 5, 40)))
    document = Document((first, Page(100, 100), Page(100, 100, (line("END", 0, 0),))))
    assert first.text == "TOTAL 9.00\nTHANKS"
    assert document.text == "TOTAL 9.00\nTHANKS\n\n\n\nEND"


def test_texts_put_right_by_hand() -> None:
    quad = np.array([[0, 0], [10, 0], [10, 5], [0, 5]], np.float32)
    pages = tuple(Page(20, 20, (Line(f"a{k}", 0.4, quad), Line(f"b{k}", 0.6, quad))) for k in range(2))
    document = Document(pages)
    found = document.corrected({2: "right"})
    assert [line.text for line in found.lines] == ["a0", "b0", "right", "b1"]
    assert found.lines[2].confidence == 1.0
    assert document.lines[2].text == "a1"
    with pytest.raises(DocumentInvalid, match="has 4 of them"):
        document.corrected({4: "x"})
