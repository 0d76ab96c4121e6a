"""Codes on pages: real QR codes and barcodes, drawn and found again."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

import cv2
import numpy as np
import pytest

from ocr.document import Line, Page
from ocr.errors import MissingExtra
from ocr.receipt import Check, Code, Field, Merchant, Receipt
from ocr.receipts import codes
from ocr.receipts.code_checks import with_codes
from tests.receipts import payloads

zxing = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")

SHOP = Field("Shop", "Shop", 0.9)


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def barcode(text: str, form: str = "QRCode", scale: int = 4) -> np.ndarray:
    made = zxing.create_barcode(text, getattr(zxing.BarcodeFormat, form))
    return np.array(zxing.write_barcode_to_image(made, scale=scale))


def page_with(*placed: tuple[np.ndarray, int, int], size: tuple[int, int] = (900, 700)) -> np.ndarray:
    page = np.full(size, 235, np.uint8)
    for picture, x, y in placed:
        height, width = picture.shape[:2]
        page[y : y + height, x : x + width] = np.minimum(picture, 235)
    return page


@pytest.mark.parametrize("kind", payloads.ALL)
def test_fiscal_codes_are_found_and_told_apart(kind: str) -> None:
    picture = barcode(payloads.ALL[kind])
    found = codes.find(page_with((picture, 60, 80)), page=2)
    assert [(code.format, code.kind, code.page) for code in found] == [("QRCode", kind, 2)]
    assert found[0].text == payloads.ALL[kind]
    low, high = found[0].polygon.min(axis=0), found[0].polygon.max(axis=0)
    assert np.all(np.abs(low - (60, 80)) < 30)
    assert np.all(np.abs(high - (60 + picture.shape[1], 80 + picture.shape[0])) < 30)


def test_codes_are_found_turned_and_worn() -> None:
    page = page_with((barcode(payloads.RKSV, scale=5), 200, 250))
    turned = cv2.warpAffine(page, cv2.getRotationMatrix2D((350, 450), 20, 1), (700, 900), borderValue=235)
    noise = np.random.default_rng(1).normal(0, 12, turned.shape)
    found = codes.find(np.clip(cv2.GaussianBlur(turned, (3, 3), 0) + noise, 0, 255).astype(np.uint8))
    assert [code.kind for code in found] == ["rksv"]


def test_bars_are_found_on_request() -> None:
    page = page_with(
        (barcode("4006381333931", "EAN13", 3), 100, 100), (barcode("https://x.example"), 100, 400)
    )
    assert [code.format for code in codes.find(page)] == ["QRCode"]
    found = codes.find(page, which="all")
    assert [(code.format, code.kind) for code in found] == [("EAN13", "unknown"), ("QRCode", "unknown")]
    assert codes.find(page, which="off") == ()


def test_bytes_that_are_no_text_make_a_code_that_json_can_hold() -> None:
    made = zxing.create_barcode(bytes([0xFF, 0xFE, 0x80, 0x41]), zxing.BarcodeFormat.QRCode)
    found = codes.find(page_with((np.array(zxing.write_barcode_to_image(made, scale=5)), 50, 50)))
    for code in found:
        code.text.encode()


def test_without_the_extra_no_code_is_found_and_asking_for_all_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = page_with((barcode(payloads.RKSV), 60, 80))
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    codes._zxing.cache_clear()
    try:
        assert codes.find(page) == ()
        with pytest.raises(MissingExtra, match=r"receipt-ocr\[codes\]"):
            codes.find(page, which="all")
    finally:
        codes._zxing.cache_clear()


def test_lines_read_from_a_code_are_left_out_and_rows_stay() -> None:
    texts = [
        ("TOTAL", box(10, 10, 90, 30)),
        ("9.00", box(200, 10, 260, 30)),
        ("▯IT", box(110, 120, 180, 140)),
    ]
    texts += [("Thanks", box(10, 300, 90, 320)), ("beside", box(150, 120, 400, 140))]
    lines = tuple(Line(text, 0.9, outline) for text, outline in texts)
    page = Page(500, 400, lines, ((0, 1), (2, 4), (3,)), ((0,), (1, 2)))
    code = Code("QRCode", "x", "unknown", box(100, 100, 220, 220))
    left, warnings = codes.without_code_text(page, [code])
    assert [line.text for line in left.lines] == ["TOTAL", "9.00", "Thanks", "beside"]
    assert left.rows == ((0, 1), (3,), (2,))
    assert left.receipts == ((0,), (1, 2))
    assert [code for code, _ in warnings] == ["code_text"]


def test_a_receipt_of_nothing_but_a_code_is_left_out_with_its_rows() -> None:
    page = Page(500, 400, (Line("▯", 0.2, box(110, 120, 180, 140)),))
    left, _ = codes.without_code_text(page, [Code("QRCode", "x", "unknown", box(100, 100, 220, 220))])
    assert (left.lines, left.rows, left.receipts) == ((), (), ())


def test_digits_below_bars_stay() -> None:
    code = Code("EAN13", "4006381333931", "unknown", box(100, 100, 300, 160))
    texts = [("4 006381 333931", box(100, 150, 300, 165)), ("IIIIlI", box(110, 110, 250, 140))]
    page = Page(500, 400, tuple(Line(text, 0.9, outline) for text, outline in texts))
    assert [line.text for line in codes.without_code_text(page, [code])[0].lines] == ["4 006381 333931"]


def receipt(total: str | None, status: str = "not_possible", source: str = "printed") -> Receipt:
    field = None if total is None else Field(Decimal(total), total, 0.8, source=source)  # type: ignore[arg-type]
    return Receipt(total=field, checks=(Check("total", status, "items"),))  # type: ignore[arg-type]


def checked(one: Receipt, text: str = payloads.RKSV) -> Receipt:
    code = Code("QRCode", text, "rksv", box(0, 0, 9, 9))
    (result,) = with_codes([one], [Page(100, 100)], [code])
    assert result.codes == (code,)
    return result


@pytest.mark.parametrize("before", ["not_possible", "failed", "passed"])
def test_code_and_print_agree(before: str) -> None:
    result = checked(receipt("16.60", before))
    assert result.check("code_total").status == "passed"
    assert result.check("total").status == "passed"
    assert result.total is not None
    assert (result.total.source, result.total.confidence) == ("printed", 0.999)


def test_code_and_print_differ_and_both_are_kept() -> None:
    result = checked(receipt("18.60", "passed"))
    assert result.total is not None
    assert (result.total.value, result.total.alternatives) == (Decimal("18.60"), (Decimal("16.60"),))
    assert result.total.confidence <= 0.5
    assert result.check("code_total").status == "failed"
    assert result.check("total").status == "failed"
    assert "16.60" in result.check("total").message
    assert "18.60" in result.check("total").message


def test_a_code_gives_what_is_not_printed() -> None:
    result = checked(receipt(None))
    assert result.total is not None
    assert result.date is not None
    assert result.number is not None
    assert (result.total.value, result.total.source, result.total.text) == (Decimal("16.60"), "code", "")
    assert (result.date.value, result.number.value) == (date(2024, 9, 17), "83469")
    assert result.currency is not None
    assert result.currency.value == "EUR"
    assert [str(tax.rate.value) for tax in result.taxes if tax.rate] == ["20", "10"]
    assert result.check("total").status == "not_possible"


def test_a_code_confirms_or_replaces_a_computed_total() -> None:
    confirmed = checked(receipt("16.60", source="computed"))
    assert confirmed.total is not None
    assert (confirmed.total.source, confirmed.check("total").status) == ("code", "passed")
    replaced = checked(receipt("16.00", source="computed"))
    assert replaced.total is not None
    assert (replaced.total.value, replaced.total.alternatives) == (Decimal("16.60"), (Decimal("16.00"),))
    assert replaced.check("total").status == "failed"


def test_a_code_tells_which_reading_of_a_day_is_right() -> None:
    printed = Field(date(2024, 12, 3), "03/12/24", 0.6, alternatives=(date(2024, 3, 12),))
    result = checked(Receipt(date=printed), payloads.RKSV.replace("2024-09-17", "2024-03-12"))
    assert result.date is not None
    assert (result.date.value, result.date.alternatives) == (date(2024, 3, 12), (date(2024, 12, 3),))
    assert result.check("code_date").status == "passed"


def test_tax_numbers_agree_without_their_country() -> None:
    printed = Receipt(merchant=Merchant(tax_id=Field("PT 123456789", "PT 123456789", 0.7)))
    assert checked(printed, payloads.ATCUD).check("code_tax_id").status == "passed"
    other = Receipt(merchant=Merchant(tax_id=Field("PT 987654321", "PT 987654321", 0.7)))
    assert checked(other, payloads.ATCUD).check("code_tax_id").status == "failed"


def test_codes_without_figures_change_nothing_else() -> None:
    before = receipt("5.00", "failed")
    after = checked(before, "https://shop.example/feedback")
    assert (after.total, after.checks, after.date) == (before.total, before.checks, None)


def test_codes_go_to_the_nearest_receipt_of_a_page() -> None:
    lines = tuple(Line(text, 0.9, box(x, 10, x + 80, 30)) for text, x in (("left", 10), ("right", 400)))
    page = Page(500, 400, lines, ((0,), (1,)), ((0,), (1,)))
    code = Code("QRCode", "x", "unknown", box(380, 100, 480, 200))
    result = with_codes([Receipt(), Receipt()], [page], [code])
    assert [len(one.codes) for one in result] == [0, 1]


def test_a_code_alone_makes_a_receipt() -> None:
    code = Code("QRCode", payloads.TSE, "tse", box(0, 0, 9, 9), page=1)
    (result,) = with_codes([], [Page(100, 100), Page(100, 100)], [code])
    assert result.pages == (1,)
    assert result.total is not None
    assert result.total.source == "code"
