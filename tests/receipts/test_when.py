"""Which day and time are those of the sale, and what else a date can mean."""

from __future__ import annotations

from datetime import date, time

import pytest

from ocr.receipt import Receipt
from ocr.receipts import when
from ocr.receipts.extract import extract
from tests.receipts.printed import page, receipt


def _parking(rows: str) -> Receipt:
    return receipt(f"PARKHAUS MELUR\n{rows}\nBetrag    EUR 7,50\nBezahlt    EUR 7,50\n")


@pytest.mark.parametrize(
    "rows",
    [
        "Einfahrt: 11.10.2024 23:14\nAusfahrt: 12.10.2024 00:40",
        "Einfahrt    11.10.2024 23:14\nBezahlt am    12.10.2024 00:40",
        "Entry Time    11/10/2024 (Fri) 23:14\nPaid Time    12/10/2024 (Sat) 00:40",
        "Quittung 12.10.2024 00:40\nEinfahrtszeit 11.10.2024 23:14",
    ],
)
def test_the_entry_to_a_car_park_is_not_the_sale(rows: str) -> None:
    found = _parking(rows)
    assert found.date is not None
    assert found.date.value == date(2024, 10, 12)
    assert found.time is not None
    assert found.time.value == time(0, 40)


def test_the_time_of_the_entry_alone_is_no_time_of_the_sale() -> None:
    found = _parking("Einfahrt: 11.10.2024 23:14")
    assert found.time is None


@pytest.mark.parametrize(
    ("printed", "alternatives"),
    [
        ("24-02-18", (date(2024, 2, 18),)),
        ("24/02/18", ()),  # no country has the year before a slash
        ("24-02-2018", ()),
        ("05-02-18", (date(2018, 5, 2),)),  # the year 2005 is unlikely
    ],
)
def test_a_year_of_two_digits_may_stand_first(printed: str, alternatives: tuple[date, ...]) -> None:
    found = receipt(
        f"KEDAI MELUR SDN BHD\nJALAN MELUR\n81100 JOHOR BAHRU\nDATE: {printed} 14:32\nPen    4.50\nTOTAL RM    4.50"
    )
    assert found.date is not None
    assert found.date.value == (date(2018, 2, 5) if printed.startswith("05") else date(2018, 2, 24))
    assert found.date.alternatives == alternatives


def test_a_day_to_come_is_the_last_that_a_date_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(when, "_last_day", lambda: date(2026, 12, 2))
    found = receipt(
        "KEDAI MELUR SDN BHD\nJALAN MELUR\n81100 JOHOR BAHRU\nDATE: 14-05-30 14:32\nPen    4.50\nTOTAL RM    4.50"
    )
    assert found.date is not None
    assert found.date.value == date(2014, 5, 30)
    assert found.date.alternatives == (date(2030, 5, 14),)


def test_the_time_in_is_no_item_where_points_part_hours_and_minutes() -> None:
    found = receipt(
        "MELUR GRILL LTD\nDATE: 11/05/2022\nTIME IN: 19.32\nPen    4.50\nTOTAL £    4.50\nCASH £    4.50"
    )
    assert [str(item.amount.value) for item in found.items if item.amount] == ["4.50"]


@pytest.mark.parametrize(
    ("shop", "day"), [("MELUR STORE", date(2024, 5, 7)), ("KENANGA STORE", date(2024, 7, 5))]
)
def test_a_receipt_of_the_same_shop_settles_the_order_of_dates(shop: str, day: date) -> None:
    two = [
        page(f"{name}\nDATE: {printed}\nPen    £4.50\nTOTAL    £4.50\nCASH    £4.50")
        for name, printed in (("MELUR STORE", "05/07/2024"), (shop, "07/25/2024"))
    ]
    days = [one.date.value for one in extract(two) if one.date]
    assert days == [day, date(2024, 7, 25)]
