"""Fields of receipts against their annotation, with receipts made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ocr.datasets.receipt_truth import ItemTruth, ReceiptTruth
from ocr.metrics.fields import (
    ITEM_COUNT,
    ITEMS_BY_AMOUNT,
    ITEMS_BY_NAME,
    Counts,
    FieldMetrics,
    letters_and_digits,
    same,
)
from ocr.receipt import Check, Field, Item, Merchant, Receipt


def total(value: str, confidence: float = 0.9, status: str = "passed") -> Receipt:
    return Receipt(
        total=Field(Decimal(value), value, confidence),
        checks=(Check("total", status),),  # type: ignore[arg-type]
    )


def item(name: str, amount: str | None, *, void: bool = False) -> Item:
    return Item(
        description=Field(name, name, 1.0),
        amount=None if amount is None else Field(Decimal(amount), amount, 1.0),
        void=void,
    )


def items_truth(*rows: tuple[str, str]) -> ReceiptTruth:
    return ReceiptTruth(items=tuple(ItemTruth(name, Decimal(amount)) for name, amount in rows))


TWENTY = ReceiptTruth({"total": (Decimal("20.00"),)})


@pytest.mark.parametrize(
    ("truth", "value", "agree"),
    [
        ("S.H.H. MOTOR (M) SDN. BHD.", "shh motor m sdn bhd", True),
        ("Café", "CAFÉ", True),
        ("Straße 5", "STRASSE 5", True),
        ("19 & 19A", "19, 19 A", True),
        ("19 & 19A", "19 and 19A", False),
        (Decimal("9.00"), Decimal("9"), True),
        (Decimal("9.00"), Decimal("-9.00"), False),
        (Decimal("9.00"), "9.00", False),
        (date(2018, 1, 2), date(2018, 2, 1), False),
        (date(2018, 1, 2), date(2018, 1, 2), True),
    ],
)
def test_values_are_compared_by_what_they_mean(truth: object, value: object, agree: bool) -> None:
    assert same(truth, value) is agree  # type: ignore[arg-type]


def test_texts_keep_their_letters_and_digits() -> None:
    assert letters_and_digits("№ 5-a / Ä") == "no5aä"


def test_fields_count_as_right_wrong_missing_and_invented() -> None:
    metrics = FieldMetrics()
    metrics.add(TWENTY, [total("20")])
    metrics.add(TWENTY, [total("21.00")])
    metrics.add(TWENTY, [])
    metrics.add(ReceiptTruth({"total": ()}), [total("5.00")])  # not on the receipt
    metrics.add(ReceiptTruth({"total": ()}), [Receipt()])
    metrics.add(ReceiptTruth({"date": (date(2018, 1, 2),)}), [total("7.00")])  # nobody annotated the total
    result = metrics.result()
    assert result is not None
    assert result.by_name["total"] == Counts(matched=1, truths=3, predictions=3)
    assert result.by_name["date"] == Counts(0, 1, 0)
    assert result.micro == Counts(1, 4, 3)
    assert result.receipts == 6
    assert result.to_dict()["by_name"]["total"]["precision"] == pytest.approx(1 / 3)


def test_a_computed_value_of_what_is_not_printed_counts_as_none() -> None:
    computed = Receipt(total=Field(Decimal("5.00"), "", 0.5, (), "computed"))
    absent, printed = ReceiptTruth({"total": ()}), ReceiptTruth({"total": (Decimal("5.00"),)})
    for truth, read in ((absent, None), (printed, Decimal("5.00"))):
        (outcome,) = FieldMetrics().add(truth, [computed]).outcomes
        assert outcome.right
        assert outcome.value == read


def test_any_of_several_true_values_is_right() -> None:
    truth = ReceiptTruth({"total": (Decimal("55800"), Decimal("55834"))})
    found = FieldMetrics().add(truth, [total("55834")])
    assert found.outcomes[0].right
    assert not found.wrong


def test_merchants_are_found_by_their_path() -> None:
    truth = ReceiptTruth({"merchant.name": ("FUYI MINI MARKET",)})
    receipt = Receipt(merchant=Merchant(name=Field("Fuyi Mini-Market", "Fuyi Mini-Market", 0.5)))
    assert FieldMetrics().add(truth, [receipt]).outcomes[0].right


def test_only_the_first_receipt_of_a_picture_counts() -> None:
    assert FieldMetrics().add(TWENTY, [total("1"), total("20")]).wrong


def test_items_match_one_to_one_by_amount_and_by_name() -> None:
    truth = items_truth(("Tea", "2.00"), ("Tea", "2.00"), ("Bread", "3.00"))
    receipt = Receipt(
        items=(item("TEA", "2.00"), item("bread", "2.00"), item("cake", "9.00"), item("note", None))
    )
    found = FieldMetrics().add(truth, [receipt])
    assert found.items == {ITEMS_BY_AMOUNT: Counts(2, 3, 3), ITEMS_BY_NAME: Counts(1, 3, 3)}


def test_void_items_do_not_count() -> None:
    found = FieldMetrics().add(
        items_truth(("Tea", "2")), [Receipt(items=(item("Tea", "2"), item("Milk", "4", void=True)))]
    )
    assert found.items[ITEMS_BY_NAME] == Counts(1, 1, 1)


def test_parts_of_items_count_neither_for_nor_against() -> None:
    truth = replace(items_truth(("Menu", "9")), optional_items=(ItemTruth("Fries", Decimal(1)),))
    receipt = Receipt(items=(item("Menu", "9"), item("Fries", "1"), item("Fries", "1")))
    assert FieldMetrics().add(truth, [receipt]).items[ITEMS_BY_AMOUNT] == Counts(1, 1, 2)


def test_items_without_annotated_names_are_measured_by_amount_alone() -> None:
    truth = ReceiptTruth(items=(ItemTruth(None, Decimal(2)),))
    assert FieldMetrics().add(truth, [Receipt()]).items == {ITEMS_BY_AMOUNT: Counts(0, 1, 0)}


def test_the_number_of_items_is_right_or_not() -> None:
    metrics = FieldMetrics()
    metrics.add(ReceiptTruth(item_count=1), [Receipt(items=(item("Tea", "2"),))])
    metrics.add(ReceiptTruth(item_count=2), [Receipt(items=(item("Tea", "2"),))])
    result = metrics.result()
    assert result is not None
    assert result.by_name[ITEM_COUNT] == Counts(1, 2, 2)
    assert result.micro == Counts()


def test_checks_are_worth_how_often_the_passed_are_right() -> None:
    metrics = FieldMetrics()
    for value, status in (("20", "passed"), ("21", "passed"), ("20", "failed"), ("20", "not_possible")):
        metrics.add(TWENTY, [total(value, status=status)])
    metrics.add(TWENTY, [])
    metrics.add(ReceiptTruth({"total": ()}), [total("1")])
    result = metrics.result()
    assert result is not None
    assert (result.checks.receipts, result.checks.passed, result.checks.right) == (5, 2, 1)
    assert result.checks.share_passed == 0.4
    assert result.checks.share_right == 0.5


def test_the_threshold_leaves_99_of_100_accepted_totals_right() -> None:
    metrics = FieldMetrics()
    for k in range(200):
        metrics.add(TWENTY, [total("20" if k < 150 else "21", confidence=1 - k / 400)])
    metrics.add(TWENTY, [Receipt()])
    result = metrics.result()
    assert result is not None
    trust = result.trust["total"]
    # 150 right ones and the first wrong one: 150 / 151 are above 99 %, 150 / 152 are not.
    assert trust.threshold == pytest.approx(1 - 150 / 400)
    assert trust.acceptable == pytest.approx(151 / 200)


def test_without_annotations_there_are_no_figures() -> None:
    assert FieldMetrics().result() is None


def test_the_name_of_a_chain_is_a_part_of_what_is_printed() -> None:
    truth = ReceiptTruth({"merchant.name": ("dm",)}, partial=frozenset({"merchant.name"}))
    printed = Receipt(merchant=Merchant(name=Field("dm-drogerie markt", "dm-drogerie markt", 0.5)))
    other = Receipt(merchant=Merchant(name=Field("Rossmann", "Rossmann", 0.5)))
    assert not FieldMetrics().add(truth, [printed]).wrong
    assert FieldMetrics().add(truth, [other]).wrong
