"""Payloads of fiscal codes to figures."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.receipts import fiscal
from ocr.receipts.fiscal import Figures, RateFigures
from ocr.receipts.fiscal.germany import local
from tests.receipts import payloads

DAY = date(2024, 9, 17)


def rate(
    percent: str, net: str | None = None, tax: str | None = None, gross: str | None = None
) -> RateFigures:
    return RateFigures(
        Decimal(percent), *(None if text is None else Decimal(text) for text in (net, tax, gross))
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            payloads.ATCUD,
            Figures(
                "atcud",
                "EUR",
                total=Decimal("133.60"),
                tax=Decimal("23.60"),
                date=DAY,
                number="FS A/1",
                tax_id="123456789",
                rates=(rate("6", "10.00", "0.60", "10.60"), rate("23", "100.00", "23.00", "123.00")),
            ),
        ),
        (
            payloads.RKSV,
            Figures(
                "rksv",
                "EUR",
                total=Decimal("16.60"),
                date=DAY,
                time=time(18, 42),
                number="83469",
                rates=(rate("20", gross="11.40"), rate("10", gross="5.20")),
            ),
        ),
        (
            payloads.TSE,
            Figures(
                "tse",
                "EUR",
                total=Decimal("16.60"),
                date=DAY,
                time=time(18, 42),
                rates=(rate("19", gross="11.40"), rate("7", gross="5.20")),
            ),
        ),
        (
            payloads.ZATCA,
            Figures(
                "zatca",
                "SAR",
                total=Decimal(1000),
                tax=Decimal(150),
                date=DAY,
                tax_id="310122393500003",
                merchant="Bobs Records",
            ),
        ),
        (
            payloads.VERIFACTU,
            Figures(
                "verifactu",
                "EUR",
                total=Decimal("241.4"),
                date=DAY,
                number="12345678&G33",
                tax_id="89890001K",
            ),
        ),
        (
            payloads.TICKETBAI,
            Figures("ticketbai", "EUR", total=Decimal("4.70"), date=DAY, number="T27174", tax_id="00000006Y"),
        ),
        (
            payloads.CROATIA,
            Figures("fiskalizacija", "EUR", total=Decimal("16.60"), date=DAY, time=time(18, 42)),
        ),
        (
            payloads.RUSSIA,
            Figures("fns_russia", "RUB", total=Decimal("975.88"), date=DAY, time=time(18, 42)),
        ),
        (
            payloads.GST,
            Figures(
                "gst_india",
                "INR",
                total=Decimal("1180.5"),
                date=DAY,
                number="S/17-042",
                tax_id="29ABCDE1234F1Z5",
            ),
        ),
    ],
    ids=list(payloads.ALL),
)
def test_payloads_state_figures(text: str, expected: Figures) -> None:
    assert fiscal.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org/rn?jir=1&datv=20240917_1842&izn=1660",
        "https://porezna.gov.hr.example.org/rn?jir=1&datv=20240917_1842&izn=1660",
        "javascript:alert(1)",
        "4006381333931",
        "WIFI:S:guest;T:WPA;P:secret;;",
        "https://[broken",
        payloads.RKSV.replace("11,40", "eleven"),
        payloads.RKSV.replace("2024-09-17", "2024-19-17"),
        payloads.TSE.replace("Beleg^", "AVTraining^"),
        payloads.TSE.replace("_0.00^", "^"),
        payloads.ATCUD.replace("O:133.60", "O:"),
        payloads.RUSSIA.replace("&fn=8710000101125654", ""),
        payloads.CROATIA.replace("&izn=1660", ""),
        payloads.zatca("Shop", "12", "2024-09-17T18:42:00Z", "1.00", "0.15"),
        payloads.GST.rsplit(".", 1)[0],
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.x",
        "x" * 10_000,
    ],
)
def test_what_is_no_fiscal_code(text: str) -> None:
    assert fiscal.parse(text) is None


@pytest.mark.parametrize(
    ("text", "total"),
    [
        (payloads.ATCUD.replace("D:FS", "D:NC"), "-133.60"),
        (payloads.RUSSIA.replace("n=1", "n=2"), "-975.88"),
        (payloads.gst(DocTyp="CRN"), "-1180.5"),
        (payloads.RKSV.replace("11,40_5,20", "-11,40_-5,20"), "-16.60"),
        (payloads.CROATIA.replace("izn=1660", "izn=-1660"), "-16.60"),
    ],
)
def test_refunds_are_negative(text: str, total: str) -> None:
    figures = fiscal.parse(text)
    assert figures is not None
    assert figures.total == Decimal(total)


def test_croatian_totals_of_earlier_tills_have_a_comma() -> None:
    figures = fiscal.parse(
        payloads.CROATIA.replace("20240917", "20210917").replace("izn=1660", "izn=00000016,60")
    )
    assert figures is not None
    assert (figures.total, figures.currency) == (Decimal("16.60"), "HRK")


def test_german_thousands_and_the_lower_rates_of_2020() -> None:
    text = payloads.TSE.replace("11.40_5.20", "3,000.00_20.00").replace("2024-09", "2020-08")
    figures = fiscal.parse(text)
    assert figures is not None
    assert figures.total == Decimal("3020.00")
    assert [one.rate for one in figures.rates] == [Decimal(16), Decimal(5)]


def test_the_day_of_a_late_saudi_receipt_is_not_told() -> None:
    figures = fiscal.parse(payloads.zatca("A", "310122393500003", "2024-09-17T22:30:00Z", "1.00", "0.15"))
    assert figures is not None
    assert figures.date is None


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        (datetime(2024, 1, 1, 23, 30), datetime(2024, 1, 2, 0, 30)),
        (datetime(2024, 3, 31, 0, 59), datetime(2024, 3, 31, 1, 59)),
        (datetime(2024, 3, 31, 1, 0), datetime(2024, 3, 31, 3, 0)),
        (datetime(2024, 10, 27, 0, 59), datetime(2024, 10, 27, 2, 59)),
        (datetime(2024, 10, 27, 1, 0), datetime(2024, 10, 27, 2, 0)),
    ],
)
def test_german_moments_are_local(utc: datetime, expected: datetime) -> None:
    assert local(utc) == expected


@given(
    st.text()
    | st.sampled_from(sorted(payloads.ALL.values())).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, len(text)), st.text(max_size=5)).map(
            lambda cut: text[: min(cut[:2])] + cut[2] + text[max(cut[:2]) :]
        )
    )
)
def test_damaged_payloads_never_raise(text: str) -> None:
    figures = fiscal.parse(text)
    assert figures is None or figures.total is None or figures.total.is_finite()
