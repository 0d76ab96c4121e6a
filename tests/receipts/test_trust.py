"""Confidences of dates, amounts and items: sums that hold raise them, and calibration keeps their order."""

from __future__ import annotations

from ocr.receipt import Receipt
from ocr.receipts import trust
from tests.receipts.printed import receipt

SHOP = """
    GREEN GROCER
    12/03/2024
    2 Apple x 0.50    1.00
    Pear              0.70
    Subtotal          1.70
    Tax 10%           {tax}
    TOTAL             1.87
    """


def guesses(found: Receipt) -> dict[tuple[str, int], float]:
    return {(one.name, one.item): one.value for one in trust.guesses(found)}


def test_an_amount_is_surer_where_sums_hold() -> None:
    right, wrong = guesses(receipt(SHOP.format(tax="0.17"))), guesses(receipt(SHOP.format(tax="0.71")))
    assert right["tax", -1] > wrong["tax", -1] + 0.05
    assert right["subtotal", -1] > wrong["subtotal", -1]
    assert right["amount", 0] > right["amount", 1] > 0.9  # quantity times price, and the sum; the sum alone


def test_every_guess_is_a_probability_and_the_date_has_one() -> None:
    found = guesses(receipt(SHOP.format(tax="0.17")))
    assert ("date", -1) in found
    assert all(0 <= value <= 1 for value in found.values())


def test_calibration_changes_confidences_alone() -> None:
    found = receipt(SHOP.format(tax="0.17"))
    halved = trust.calibrated(found, lambda kind, guess: guess / 2)
    assert halved.tax is not None
    assert found.tax is not None
    assert halved.tax.confidence < found.tax.confidence
    assert halved.tax.value == found.tax.value
    assert [item.amount and item.amount.value for item in halved.items] == [
        item.amount and item.amount.value for item in found.items
    ]
    assert halved.total == found.total


def test_the_calibration_of_the_package_never_falls() -> None:
    for kind in trust.KINDS:
        values = [trust.package_probability(kind, guess / 50) for guess in range(51)]
        assert values == sorted(values)
        assert 0 <= values[0] <= values[-1] <= 1
