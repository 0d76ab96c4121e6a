"""Codes in the whole path: from a picture with a fiscal code to the receipt, and on the command line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.cli import main
from ocr.document import Document
from ocr.errors import BadConfiguration
from ocr.pipeline.reader import Reader, ReadOptions
from tests.models_for_tests import receipt_like
from tests.receipts import payloads

zxing = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")


def page_with_code() -> np.ndarray:
    """A page of bars that the tiny models read, with a fiscal code below."""
    text = receipt_like()
    made = zxing.create_barcode(payloads.RKSV, zxing.BarcodeFormat.QRCode)
    code = np.repeat(np.array(zxing.write_barcode_to_image(made, scale=4))[..., None], 3, axis=2)
    height, width = max(text.shape[0], 0) + code.shape[0], max(text.shape[1], code.shape[1])
    page = np.full((height, width, 3), 255, np.uint8)
    page[: text.shape[0], : text.shape[1]] = text
    page[text.shape[0] :, : code.shape[1]] = code
    return page


def test_a_fiscal_code_fills_the_receipt(reader: Reader) -> None:
    document = reader.read(page_with_code())
    (receipt,) = document.receipts
    assert [code.kind for code in receipt.codes] == ["rksv"]
    assert receipt.total is not None
    assert receipt.total.value == Decimal("16.60")
    assert Document.from_json(document.to_json()) == document
    # Nothing is read from the pattern of the code.
    top = receipt.codes[0].polygon[:, 1].min()
    assert all(line.polygon[:, 1].min() < top for line in document.lines)


def test_codes_are_not_looked_for_where_they_are_not_wanted(reader: Reader) -> None:
    document = reader.read(page_with_code(), codes="off")
    assert not any(receipt.codes for receipt in document.receipts)
    assert not any(receipt.codes for receipt in reader.detect(page_with_code()).receipts)


def test_a_wrong_choice_of_codes_is_refused() -> None:
    with pytest.raises(BadConfiguration, match="codes"):
        ReadOptions(codes="bars")  # type: ignore[arg-type]


def test_codes_come_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "page.png"
    assert cv2.imwrite(str(file), page_with_code())
    for choice, count in (("qr", 1), ("off", 0)):
        with pytest.raises(SystemExit) as ended:
            main(["read", str(file), "--format", "json", "--codes", choice])
        assert ended.value.code == 0
        found = json.loads(capsys.readouterr().out)
        assert sum(len(receipt["codes"]) for receipt in found["receipts"]) == count
    with pytest.raises(SystemExit) as ended:
        main(["read", str(file), "--codes", "bars"])
    assert ended.value.code == 2
