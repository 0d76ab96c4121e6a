"""Where private data stands in texts, and what is none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.pipeline.options import PRIVATE_KINDS
from ocr.receipts.private_text import KINDS, has_luhn_digit, spans


def pieces(text: str, kind: str) -> list[str]:
    """The private pieces of a text, without those inside others."""
    found = [(span.start, span.end) for span in spans(text, [kind])]
    outer = [a for a in found if not any(b != a and b[0] <= a[0] and a[1] <= b[1] for b in found)]
    return [text[start:end] for start, end in dict.fromkeys(outer)]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("card", "VISA 4111 1111 1111 1111 12.50", "4111 1111 1111 1111"),
        ("card", "4111111111111111", "4111111111111111"),
        ("card", "4111\t1111 1111\t1111", "4111\t1111 1111\t1111"),
        ("card", "37828224 6310005", "37828224 6310005"),
        ("card", "3782 822463 10005", "3782 822463 10005"),
        ("card", "debit 411 11 111111 11111", "411 11 111111 11111"),
        ("card", "5555-5555-5555-4444", "5555-5555-5555-4444"),
        ("card", "**** **** **** 1234", "**** **** **** 1234"),
        ("card", "XXXXXXXXXXXX1234", "XXXXXXXXXXXX1234"),
        ("card", "411111******1111", "411111******1111"),
        ("card", "4111.1111.1111.1111", "4111.1111.1111.1111"),
        ("card", "card ****** 123", "****** 123"),
        ("card", "٤١١١ ١١١١ ١١١١ ١١١١", "٤١١١ ١١١١ ١١١١ ١١١١"),
        ("card_last4", "4111 1111 1111 1111", "4111 1111 1111 "),
        ("iban", "IBAN DE89 3704 0044 0532 0130 00 thanks", "DE89 3704 0044 0532 0130 00"),
        ("iban", "GB82WEST12345698765432", "GB82WEST12345698765432"),
        ("iban", "to de89370400440532013000.", "de89370400440532013000"),
        ("phone", "TEL : 03-1234567 DATE 12/03/2018", "03-1234567"),
        ("phone", "Tel.\t030 / 123 45 67", "030 / 123 45 67"),
        ("phone", "+49 (0)30 1234567", "+49 (0)30 1234567"),
        ("phone", "0049 30 1234567", "0049 30 1234567"),
        ("phone", "(212) 555-0123", "(212) 555-0123"),
        ("phone", "03-2012 3456", "03-2012 3456"),
        ("email", "mail info@shop.de now", "info@shop.de"),
        ("email", "info @ shop . de", "info @ shop . de"),
        ("email", "INFO@SHOP,COM", "INFO@SHOP,COM"),
        ("name", "Cashier: ANNA", "ANNA"),
        ("name", "CASHIER\tMARY ANN", "MARY ANN"),
        ("name", "served by Tom", "Tom"),
        ("name", "CASHIER #: 12 LIM", "LIM"),
        ("name", "Frau Schmidt", "Schmidt"),
        ("loyalty", "Clubcard number 634004 1234", "634004 1234"),
        ("loyalty", "PAYBACK Karte: ****1234567", "****1234567"),
        ("loyalty", "Member ID\tA12345", "A12345"),
    ],
)
def test_private_data_is_found(kind: str, text: str, expected: str) -> None:
    assert pieces(text, kind) == [expected]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("card", "4111 1111 1111 1112"),  # another check digit
        ("card", "4060010002913\t2\t3.50\t7.00"),  # a number of goods
        ("card", "0002300417000116"),
        ("card", "INVOICE OR18041602170486"),
        ("card", "45000 45000 90000"),
        ("card", "************************ 12.50"),
        ("card", "****** 25 ******"),
        ("card", "*****12500"),
        ("iban", "DE89 3704 0044 0532 0130 01"),
        ("iban", "XX89 3704 0044 0532 0130 00"),
        ("phone", "12-03-2018 01/2018 12:30"),
        ("phone", "001-2018-03-18 13:21:02"),
        ("phone", "GST ID: 000123456789"),
        ("phone", "3.50 4.00 12.50 +1.50"),
        ("email", "2 @ 3.50"),
        ("email", "RICE@PERMAS"),
        ("name", "Customer copy"),
        ("name", "CASHIER: TOTAL"),
        ("loyalty", "Member points 12.50"),
        ("loyalty", "Points earned 12"),
    ],
)
def test_other_texts_are_left(kind: str, text: str) -> None:
    assert pieces(text, kind) == []


def test_options_name_the_same_kinds() -> None:
    assert PRIVATE_KINDS == KINDS


@given(st.text(alphabet="0123456789", min_size=1, max_size=19))
def test_luhn_finds_one_digit_of_ten(digits: str) -> None:
    assert sum(has_luhn_digit(digits + last) for last in "0123456789") == 1


@given(st.text(alphabet=st.sampled_from("0123456789 -.*xX@\tabDETel:"), max_size=200))
def test_spans_lie_in_any_text(text: str) -> None:
    for start, end, kind in spans(text, KINDS):
        assert 0 <= start < end <= len(text)
        assert kind in KINDS


@pytest.mark.parametrize(
    "text", ["*" * 4000, "1 " * 2000, "1" * 4000, "a@" * 2000, "x- " * 1500, "+49 " * 1000, "member " * 600]
)
def test_long_texts_take_no_longer_than_a_blink(text: str) -> None:
    started = time.process_time()
    spans(text, KINDS)
    assert time.process_time() - started < 2
