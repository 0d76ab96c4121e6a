"""Typed values of annotations, and the formats that state them."""

from __future__ import annotations

import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.datasets import open_dataset, receipt_truth
from ocr.datasets.receipt_truth import ItemTruth
from ocr.errors import AnnotationInvalid
from ocr.metrics.evaluation import given_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.00", "9.00"),
        ("RM 1,007.50", "1007.50"),
        ("$8.20", "8.20"),
        ("43.7", "43.7"),
        ("-1.73", "-1.73"),
        ("99.999,99", "99999.99"),
        ("16,500", "16500"),
        ("1.234.567", "1234567"),
        ("1 234,50", "1234.50"),
        ("(300)", "-300"),
        ("500-", "-500"),
        ("9,817.8", "9817.8"),
        ("Rp. 45.000", "45000"),
        ("@12,000", "12000"),
        ("1'234.50", "1234.50"),
    ],
)
def test_amounts(text: str, expected: str) -> None:
    assert receipt_truth.amount(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", "free", "10 %", "2 x 3.00"])
def test_what_is_no_amount(text: str) -> None:
    assert receipt_truth.amount(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25/12/2018", date(2018, 12, 25)),
        ("03-04-18", date(2018, 4, 3)),  # day first where either could be
        ("3/29/2018", date(2018, 3, 29)),
        ("2018-03-18", date(2018, 3, 18)),
        ("2018/3/8", date(2018, 3, 8)),
        ("10 MAR 2018", date(2018, 3, 10)),
        ("30 DEC 17", date(2017, 12, 30)),
        ("15-Apr-2017", date(2017, 4, 15)),
        ("January 5, 2019", date(2019, 1, 5)),
        ("20180131", date(2018, 1, 31)),
        ("31012018", date(2018, 1, 31)),
        ("04.05.17", date(2017, 5, 4)),
    ],
)
def test_days(text: str, expected: date) -> None:
    assert receipt_truth.day(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "45/45/2018", "30 FEB 2018"])
def test_what_is_no_day(text: str) -> None:
    assert receipt_truth.day(text) is None


def test_names_of_annotations_stand_for_fields() -> None:
    truth = receipt_truth.from_mapping(
        {"company": "A", "date": "1/2/2018", "time": "9:05", "total": "RM 5", "address": "", "shelf": "7"}
    )
    assert truth is not None
    assert truth.fields == {
        "merchant.name": ("A",),
        "date": (date(2018, 2, 1),),
        "time": (time(9, 5),),
        "total": (Decimal(5),),
    }
    assert truth.items is None
    assert truth.unparsed == ()


def test_values_of_no_known_form_are_named() -> None:
    truth = receipt_truth.from_mapping({"total": "a lot", "date": "1/2/2018"})
    assert truth is not None
    assert truth.unparsed == ("total",)
    assert set(truth.fields) == {"date"}


def test_a_merchant_is_a_part_of_the_printed_name() -> None:
    for name, partial in (("merchant", {"merchant.name"}), ("company", set())):
        truth = receipt_truth.from_mapping({name: "dm"})
        assert truth is not None
        assert truth.partial == partial


def test_nothing_known_is_no_truth() -> None:
    assert receipt_truth.from_mapping({"shelf": "7"}) is None


def test_items_are_a_number_or_a_list() -> None:
    counted = receipt_truth.from_mapping({"items": 3})
    listed = receipt_truth.from_mapping(
        {"items": [{"description": "Tea", "amount": "2,50"}, {"amount": "x"}]}
    )
    assert counted is not None
    assert listed is not None
    assert (counted.item_count, counted.items) == (3, None)
    assert listed.items == (ItemTruth("Tea", Decimal("2.50")),)
    assert listed.item_count == 1


def test_receipts_json_finds_its_pictures_and_says_nothing_of_lines(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "A-shop.jpg"), np.full((40, 30, 3), 255, np.uint8))
    file = tmp_path / "truth.json"
    file.write_text(json.dumps({"A-shop": {"merchant": "shop", "date": "2020-04-23", "items": 1}, "B": 5}))
    dataset = open_dataset(tmp_path)
    assert dataset.format == "receipts_json"
    sample = dataset[0]
    assert sample.image_path == tmp_path / "A-shop.jpg"
    assert not sample.lines_annotated
    assert sample.receipt is not None
    assert sample.receipt.fields["date"] == (date(2020, 4, 23),)
    with pytest.raises(AnnotationInvalid, match="'B'"):
        dataset[1]


def test_receipts_json_takes_its_lines_from_a_folder_of_boxes(tmp_path: Path) -> None:
    for folder in ("images", "boxes"):
        (tmp_path / folder).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "0000.jpg"), np.full((40, 90, 3), 255, np.uint8))
    (tmp_path / "boxes" / "0000.txt").write_text("5,5,60,5,60,20,5,20,TOTAL 2.50\n")
    file = tmp_path / "receipts.json"
    file.write_text(json.dumps({"0000.jpg": {"total": "2.50"}}))
    sample = open_dataset(file)[0]
    assert sample.lines_annotated
    assert [line.text for line in sample.lines] == ["TOTAL 2.50"]
    (receipt,) = given_words(sample).receipts
    assert receipt.total is not None
    assert receipt.total.value == Decimal("2.50")


def word(
    text: str, category: str, x: int, y: int, group: int, line: int, *, key: bool = False
) -> dict[str, object]:
    quad = [[x, y], [x + 10 * len(text), y], [x + 10 * len(text), y + 16], [x, y + 16]]
    return {"text": text, "quad": quad, "category": category, "group": group, "key": key, "line": line}


CORD = {
    "id": "receipt_1",
    "width": 400,
    "height": 300,
    "words": [
        word("ICE", "menu.nm", 10, 10, 1, 0),
        word("TEA", "menu.nm", 45, 10, 1, 0),
        word("16,500", "menu.price", 300, 10, 1, 1),
        word("less", "menu.sub_nm", 30, 30, 1, 2),
        word("0", "menu.sub_price", 300, 30, 1, 3),
        word("TOTAL", "total.total_price", 10, 60, 2, 4, key=True),
        word("Rp", "total.total_price", 270, 60, 2, 5),
        word("18.150", "total.total_price", 300, 60, 2, 6),
        word("PB1", "sub_total.tax_price", 10, 80, 3, 7, key=True),
        word("1.650", "sub_total.tax_price", 300, 80, 3, 8),
        word("100", "sub_total.tax_price", 300, 100, 4, 9),
    ],
}


def test_cord_has_words_values_and_no_pictures(tmp_path: Path) -> None:
    file = tmp_path / "dev.jsonl"
    file.write_text(json.dumps(CORD) + "\n" + json.dumps({"id": "bad", "words": [{}]}) + "\n")
    dataset = open_dataset(file)
    assert dataset.format == "cord"
    sample = dataset[0]
    assert (sample.name, sample.size, sample.image_path) == ("receipt_1", (400, 300), None)
    assert [line.text for line in sample.lines][:3] == ["ICE", "TEA", "16,500"]
    truth = sample.receipt
    assert truth is not None
    assert truth.fields == {
        "subtotal": (),
        "tax": (Decimal(1650), Decimal(100), Decimal(1750)),
        "total": (Decimal(18150),),
    }
    assert truth.items == (ItemTruth("ICE TEA", Decimal(16500)),)
    assert truth.optional_items == (ItemTruth("less", Decimal(0)),)
    with pytest.raises(AnnotationInvalid, match="line 2"):
        dataset[1]


def test_every_value_of_the_shared_data_is_understood(shared_data: Path) -> None:
    unparsed = [
        (sample.name, sample.receipt.unparsed)
        for part in ("sroie/val", "german", "cord/dev.jsonl")
        for sample in open_dataset(shared_data / "data" / part)
        if sample.receipt is None or sample.receipt.unparsed
    ]
    assert unparsed == []
