"""Dates and times: every reading that the print allows, and none that it does not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.receipts import dates
from ocr.receipts.extract import extract
from tests.receipts.printed import page

ORDERS = ("dmy", "mdy", "ymd")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Date: 25/12/2018 8:13:39 PM", ["2018-12-25"]),
        ("23-01-2019", ["2019-01-23"]),
        ("TARIH:10-10-202114:15:29", ["2021-10-10"]),
        ("23.03.20115:32", ["2020-03-23", "2023-03-20"]),
        ("2018-03-18 13:18", ["2018-03-18"]),
        ("Datum 08.10.16 14:16 Uhr", ["2016-10-08", "2016-08-10", "2008-10-16"]),
        ("01/02/2018", ["2018-02-01", "2018-01-02"]),
        ("Mar 5, 2020", ["2020-03-05"]),
        ("5 MAC 2018", ["2018-03-05"]),
        ("17/JUN/2018", ["2018-06-17"]),
        ("3. září 2021", ["2021-09-03"]),
        ("2024년 9월 17일", ["2024-09-17"]),
        ("l5/O6/2017", ["2017-06-15"]),
        ("2024.09.17. 14:32", ["2024-09-17"]),
        ("17.09.2024. 14:32", ["2024-09-17"]),
        ("2024. szeptember 17.", ["2024-09-17"]),
        ("2024 m. rugsėjo 17 d.", ["2024-09-17"]),
        ("2024. gada 17. septembrī", ["2024-09-17"]),
        ("Ngày 17 tháng 09 năm 2024", ["2024-09-17"]),
        ("12 listopada 2024", ["2024-11-12", "2024-10-12"]),
    ],
)
def test_a_date_means(text: str, expected: list[str]) -> None:
    (found,) = dates.find(text)
    assert [value.isoformat() for value in found.ordered(ORDERS)] == expected


@pytest.mark.parametrize(
    "text", ["02 21 / 56 79 73 98", "05251/1809732", "12.50", "31/31/2018", "1.234.567", "99/99/99"]
)
def test_what_is_no_date(text: str) -> None:
    assert dates.find(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8:13:39 PM", "20:13:39"),
        ("16:15", "16:15:00"),
        ("12:05 AM", "00:05:00"),
        ("09.51 Uhr", "09:51:00"),
        ("18h42", "18:42:00"),
    ],
)
def test_a_time_means(text: str, expected: str) -> None:
    assert [found.value.isoformat() for found in dates.find_times(text)] == [expected]


@given(
    st.dates(date(1990, 1, 1), date(2039, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y"]),
)
def test_every_date_is_found_again(day: date, form: str) -> None:
    (found,) = dates.find(day.strftime(form))
    assert found.ordered(ORDERS)[0] == day


@given(st.text(max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    for found in dates.find(text):
        assert 0 <= found.start < found.end <= len(text)
    dates.find_times(text)


UNDATED = """
    MELUR STORES
    Pencil           1.20
    Total            1.20
    Date: 21.04.202C   15:51
"""


def test_where_no_date_is_read_another_reading_of_a_line_is_taken() -> None:
    printed = page(UNDATED)
    place = next((0, k) for k, line in enumerate(printed.lines) if "202C" in line.text)
    (without,) = extract([printed])
    assert without.date is None
    others = [("Date: 21.04.2020", -0.9), ("Date: 21.04.2026", -2.0)]
    (found,) = extract([printed], {place: others})
    assert found.date is not None
    assert (found.date.value, found.date.alternatives) == (date(2020, 4, 21), (date(2026, 4, 21),))
    assert found.date.text == "Date: 21.04.202C"
    assert found.date.confidence <= 0.7
    assert found.check("mended").status == "passed"


def test_other_readings_of_a_date_that_was_read_are_its_alternatives() -> None:
    printed = page(UNDATED.replace("202C", "2020"))
    place = next((0, k) for k, line in enumerate(printed.lines) if "2020" in line.text)
    (sure,) = extract([printed], {place: [("Date; 21.04.2020", -0.1)]})
    assert sure.date is not None
    assert (sure.date.value, sure.date.alternatives) == (date(2020, 4, 21), ())
    (found,) = extract([printed], {place: [("Date: 27.04.2020", -1.0), ("Date: 21.04.2O20", -1.2)]})
    assert found.date is not None
    assert (found.date.value, found.date.alternatives) == (date(2020, 4, 21), (date(2020, 4, 27),))
    assert found.date.confidence < 0.75 < sure.date.confidence


def test_a_date_that_stands_alone_in_another_reading_is_none() -> None:
    printed = page("MELUR STORES\nPencil           1.20\nTotal            1.20\n21.04.202C\n")
    place = next((0, k) for k, line in enumerate(printed.lines) if "202C" in line.text)
    (found,) = extract([printed], {place: [("21.04.2020", -0.9)]})
    assert found.date is None
