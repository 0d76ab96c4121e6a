"""Records: checked when made, JSON there and back."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import date, time
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.document import Document, Line, Page, ReadWarning, Word
from ocr.errors import DocumentInvalid
from ocr.receipt import Check, Code, Field, Item, Merchant, Payment, Receipt, Tax

SQUARE = ((0, 0), (10, 0), (10, 5), (0, 5))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
shares = st.floats(0, 1)
numbers = st.floats(-1e5, 1e5, width=32)
polygons = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=6)
words = st.builds(Word, texts, shares, polygons)
lines = st.builds(Line, texts, shares, polygons, st.lists(words, max_size=2).map(tuple))
pages = st.builds(Page, st.integers(1, 9000), st.integers(1, 9000), st.lists(lines, max_size=3).map(tuple))
amounts = st.decimals(-(10**9), 10**9, places=2)
strings = st.none() | st.builds(
    Field, texts, texts, shares, alternatives=st.lists(texts, max_size=2).map(tuple)
)
figures = st.none() | st.builds(
    Field, amounts, texts, shares, source=st.sampled_from(["printed", "code", "computed"])
)
receipts = st.builds(
    Receipt,
    pages=st.just(()),
    merchant=st.builds(Merchant, name=strings, tax_id=strings),
    date=st.none() | st.builds(Field, st.dates(), texts, shares),
    time=st.none() | st.builds(Field, st.times().map(lambda t: t.replace(microsecond=0)), texts, shares),
    currency=strings,
    items=st.lists(st.builds(Item, description=strings, amount=figures, void=st.booleans()), max_size=2).map(
        tuple
    ),
    total=figures,
    taxes=st.lists(st.builds(Tax, label=strings, rate=figures), max_size=1).map(tuple),
    payments=st.lists(st.builds(Payment, method=strings, amount=figures), max_size=1).map(tuple),
    codes=st.lists(st.builds(Code, texts, texts, texts, polygons), max_size=1).map(tuple),
)
warnings = st.lists(st.builds(ReadWarning, texts, texts, st.none() | st.integers(0, 9)), max_size=2)
documents = st.builds(
    Document,
    st.lists(pages, max_size=2).map(tuple),
    st.lists(receipts, max_size=2).map(tuple),
    warnings.map(tuple),
    st.none() | texts,
)


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
    line = Line("TOTAL 9.00", 0.5, SQUARE, (Word("TOTAL", 0.25, SQUARE),))
    total = Field(Decimal("9.00"), "9.00", 0.75, ((0, 0),), alternatives=(Decimal("900"),))
    day = Field(date(2024, 9, 17), "17/09/2024", 1.0)
    receipt = Receipt(
        date=day, time=Field(time(18, 42), "18:42", 1.0), total=total, items=(Item(amount=total),),
        checks=(Check("total", "passed", "9.00 = 9.00"),),
    )  # fmt: skip
    document = Document(
        (Page(100, 50, (line,)),), (receipt,), (ReadWarning("pages_left_out", "some", 0),), "receipt.jpg"
    )
    square = [[0, 0], [10, 0], [10, 5], [0, 5]]
    found = json.loads(document.to_json())
    assert found["receipts"][0].pop("items") == [
        {"description": None, "code": None, "quantity": None, "unit": None, "unit_price": None, "discount": None,
         "amount": found["receipts"][0]["total"], "tax_code": None, "void": False}
    ]  # fmt: skip
    assert found == {
        "schema": "ocr.document/2",
        "source": "receipt.jpg",
        "pages": [
            {
                "width": 100,
                "height": 50,
                    "confidence": 0.5,
                "lines": [
                    {
                        "text": "TOTAL 9.00",
                        "confidence": 0.5,
                        "polygon": square,
                        "words": [{"text": "TOTAL", "confidence": 0.25, "polygon": square}],
                    }
                ],
                "rows": [[0]],
                "receipts": [[0]],
            }
        ],
        "receipts": [
            {
                "pages": [0],
                "merchant": dict.fromkeys(("name", "address", "phone", "tax_id", "website")),
                "number": None,
                "date": {"value": "2024-09-17", "text": "17/09/2024", "confidence": 1.0, "lines": [],
                         "source": "printed", "alternatives": []},
                "time": {"value": "18:42:00", "text": "18:42", "confidence": 1.0, "lines": [],
                         "source": "printed", "alternatives": []},
                "currency": None,
                **dict.fromkeys(
                    ("subtotal", "discount", "service_charge", "tip", "rounding", "tax", "paid", "change")
                ),
                "total": {"value": "9.00", "text": "9.00", "confidence": 0.75, "lines": [[0, 0]],
                          "source": "printed", "alternatives": ["900"]},
                "taxes": [],
                "payments": [],
                "codes": [],
                "checks": [{"name": "total", "status": "passed", "message": "9.00 = 9.00"}],
            }
        ],
        "warnings": [{"code": "pages_left_out", "message": "some", "page": 0}],
    }  # fmt: skip


def test_documents_of_the_layout_before_are_read() -> None:
    def line(text: str, x: float, y: float) -> dict[str, object]:
        return {
            "text": text,
            "confidence": 1,
            "polygon": [[x, y], [x + 30, y], [x + 30, y + 10], [x, y + 10]],
        }

    lines = [line("TOTAL", 5, 10), line("9.00", 60, 11), line("THANKS", 5, 40)]
    old = {
        "schema": "ocr.document/1",
        "pages": [{"width": 100, "height": 100, "lines": lines}],
        "fields": {"total": {"value": "9.00", "text": "9.00", "confidence": 1, "lines": [1]}},
        "warnings": [],
    }
    document = Document.from_dict(old)
    assert document.pages[0].rows == ((0, 1), (2,))
    assert document.text == "TOTAL 9.00\nTHANKS"
    assert [warning.code for warning in document.warnings] == ["fields_left_out"]
    assert Document.from_json(document.to_json()) == document


def test_unknown_keys_are_passed_over_and_other_schemas_refused() -> None:
    found = Document((Page(10, 10, (Line("a", 1, SQUARE),)),)).to_dict()
    found["later"] = 1
    found["pages"][0]["dpi"] = 200
    found["pages"][0]["lines"][0]["language"] = "en"
    assert Document.from_dict(found).pages[0].lines[0].text == "a"
    for schema in ("ocr.document/3", None, "x"):
        with pytest.raises(DocumentInvalid, match=r"expected 'ocr\.document/2'"):
            Document.from_dict(found | {"schema": schema})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"schema": "ocr.document/2"}', '{"schema": "ocr.document/2", "pages": [3]}',
     '{"schema": "ocr.document/2", "pages": [{"width": 0, "height": 1, "lines": []}]}',
     '{"schema": "ocr.document/2", "pages": [{"width": 1, "height": 1, "lines": [{"text": "a"}]}]}',
     '{"schema": "ocr.document/2", "pages": [{"width": 1, "height": 1, "lines": [], "rows": [[0]]}]}',
     '{"schema": "ocr.document/2", "pages": [], "source": 3}',
     '{"schema": "ocr.document/2", "pages": [], "source": "\\ud800"}',
     '{"schema": "ocr.document/2", "pages": [], "warnings": [{"code": "a", "message": "b", "page": Infinity}]}',
     '{"schema": "ocr.document/2", "pages": [], "receipts": [{"date": {"value": "2024-02-30"}}]}',
     '{"schema": "ocr.document/2", "pages": [], "receipts": [{"total": {"value": "NaN", "text": "", '
     '"confidence": 1}}]}',
     '{"schema": "ocr.document/2", "pages": [{"width": 1, "height": 1, "lines": [{"text": "a", "confidence": 1'
     + "0" * 400 + ', "polygon": [[0, 0], [1, 0], [1, 1]]}]}]}',
     '{"schema": "ocr.document/2", "pages": [{"width": 1, "height": 1, "lines": [{"text": "a", "confidence": 1, '
     '"polygon": [[1' + "0" * 400 + ", 0], [1, 0], [1, 1]]}]}]}",
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
        lambda: Page(5, 5, (Line("a", 1, SQUARE),), ((0,), (0,))),
        lambda: Page(5, 5, (Line("a", 1, SQUARE),), ((1,),)),
        lambda: Page(5, 5, (Line("a", 1, SQUARE),), ((0,),), ((0, 1),)),
        lambda: Field("a", None, 0.5),
        lambda: Field(3, "3", 0.5),
        lambda: Field(Decimal("NaN"), "", 0.5),
        lambda: Field("a", "a", 0.5, source="guessed"),
        lambda: Field("a", "a", 0.5, alternatives=(Decimal(1),)),
        lambda: Receipt(total="1"),
        lambda: Receipt(total=Field("1", "1", 1.0)),
        lambda: Receipt(checks=()),
        lambda: Check("total", "good"),
        lambda: Document((), (Receipt(pages=(0,)),)),
        lambda: Document((Page(5, 5),), (Receipt(total=Field(Decimal(1), "1", 1.0, ((0, 0),))),)),
        lambda: Document((), ("receipt",)),
        lambda: Document((), (), (), 3),
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
    with pytest.raises(dataclasses.FrozenInstanceError):
        document.receipts = ()  # type: ignore[misc]


def test_text_has_a_row_a_line_and_an_empty_line_between_receipts_and_pages() -> None:
    def line(text: str, x: float, y: float) -> Line:
        return Line(text, 1.0, [[x, y], [x + 30, y], [x + 30, y + 10], [x, y + 10]])

    lines = (line("TOTAL", 5, 10), line("9.00", 60, 11), line("THANKS", 5, 40))
    first = Page(100, 100, lines, ((0, 1), (2,)))
    document = Document((first, Page(100, 100), Page(100, 100, (line("END", 0, 0),))))
    assert first.text == "TOTAL 9.00\nTHANKS"
    assert document.text == "TOTAL 9.00\nTHANKS\n\n\n\nEND"
    assert Page(100, 100, lines, ((0, 1), (2,)), ((1,), (0,))).text == "THANKS\n\nTOTAL 9.00"


def test_the_name_of_the_release_before_still_works() -> None:
    import ocr

    with pytest.warns(DeprecationWarning, match="ReadWarning"):
        assert ocr.Warning_ is ReadWarning


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


def test_the_confidence_of_a_page_is_that_of_its_characters():
    square = [[0, 0], [9, 0], [9, 9], [0, 9]]
    page = Page(50, 50, (Line("TOTAL", 0.5, square), Line("12.50 EUR!", 0.8, square)))
    assert page.confidence == pytest.approx(0.7)
    assert page.to_dict()["confidence"] == page.confidence
    assert Page(50, 50).confidence is None
