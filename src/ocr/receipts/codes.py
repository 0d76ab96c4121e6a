"""QR codes and barcodes of a page: found with zxing-cpp, told apart by their payload, their junk text left out.

A payload is untrusted text: it is never opened, fetched or run.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from types import ModuleType
from typing import Literal

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.document import Page
from ocr.errors import MissingExtra
from ocr.receipt import Code
from ocr.receipts import fiscal

#: What is looked for: QR codes, all symbologies, or nothing.
Which = Literal["qr", "all", "off"]
CHOICES: tuple[Which, ...] = ("qr", "all", "off")

#: A line of which this share lies in a code was read from it.
_INSIDE = 0.6
#: Symbologies of bars, whose digits are printed as text below.
_LINEAR = frozenset(
    {
        *(
            "Codabar",
            "Code39",
            "Code39Std",
            "Code39Ext",
            "Code32",
            "PZN",
            "Code93",
            "Code128",
            "ITF",
            "ITF14",
        ),
        *("EAN13", "EAN8", "UPCA", "UPCE", "ISBN", "EANUPC", "DataBar", "DataBarOmni", "DataBarStk"),
        *("DataBarStkOmni", "DataBarLtd", "DataBarExp", "DataBarExpStk", "DXFilmEdge", "Telepen"),
    }
)


def find(grey: npt.NDArray[np.uint8], page: int = 0, which: Which = "qr") -> tuple[Code, ...]:
    """The codes of a page from top to bottom.

    Args:
        grey: (H, W) uint8, upright.
        page: its index, for the record.
        which: ``"qr"`` takes about 3 ms, ``"all"`` about 50 ms; without zxing-cpp ``"qr"`` finds nothing.

    Raises:
        MissingExtra: ``"all"`` is asked for and zxing-cpp is not installed.
    """
    if which == "off":
        return ()
    zxing = _zxing()
    if zxing is None:
        if which == "all":
            raise MissingExtra(
                "codes='all' needs zxing-cpp, which is not installed: pip install 'receipt-ocr[codes]'"
            )
        return ()
    wanted = zxing.BarcodeFormat.AllReadable if which == "all" else zxing.BarcodeFormat.QRCode
    barcodes = zxing.read_barcodes(
        np.ascontiguousarray(grey),
        formats=wanted,
        # Receipts are printed dark on light, and looking for the reverse takes half as long again.
        try_invert=which == "all",
        text_mode=zxing.TextMode.Plain,
    )
    codes = [_code(barcode, page) for barcode in barcodes if barcode.valid and barcode.text]
    return tuple(sorted(codes, key=lambda code: float(code.polygon[:, 1].min())))


def without_code_text(page: Page, codes: Sequence[Code]) -> tuple[Page, tuple[tuple[str, str], ...]]:
    """A page without lines that were read from the pattern of a code, and (code, message) warnings that say so.

    Digits that are printed below bars stay, also where they reach into them.

    Args:
        page: as it was read.
        codes: of this page.
    """
    if not codes or not page.lines:
        return page, ()
    kept = [
        k for k, line in enumerate(page.lines) if not any(_is_junk(line.text, line.polygon, c) for c in codes)
    ]
    if len(kept) == len(page.lines):
        return page, ()
    count = len(page.lines) - len(kept)
    message = f"{count} lines that were read from the pattern of a code were left out"
    return _with_lines(page, kept), (("code_text", message),)


def _is_junk(text: str, outline: npt.NDArray[np.float32], code: Code) -> bool:
    area = polygons.area(outline)
    if area <= 0 or polygons.intersection_area(outline, code.polygon) < _INSIDE * area:
        return False
    if code.format not in _LINEAR:
        return True
    read, payload = _plain(text), _plain(code.text)
    return not read or read not in payload


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _with_lines(page: Page, kept: Sequence[int]) -> Page:
    """A page of some of its lines, in rows and receipts as before."""
    number = {old: new for new, old in enumerate(kept)}
    rows = [tuple(number[k] for k in row if k in number) for row in page.rows]
    row_number = {old: new for new, old in enumerate(k for k, row in enumerate(rows) if row)}
    receipts = [tuple(row_number[k] for k in receipt if k in row_number) for receipt in page.receipts]
    return Page(
        page.width,
        page.height,
        tuple(page.lines[k] for k in kept),
        tuple(row for row in rows if row),
        tuple(receipt for receipt in receipts if receipt),
    )


def _code(barcode: object, page: int) -> Code:
    position = barcode.position  # type: ignore[attr-defined]
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    # Bytes that are no text come as halves of surrogate pairs.
    text = str(barcode.text).encode("utf-8", "replace").decode("utf-8")  # type: ignore[attr-defined]
    figures = fiscal.parse(text)
    return Code(
        str(barcode.format.name),  # type: ignore[attr-defined]
        text,
        "unknown" if figures is None else figures.kind,
        np.array([[corner.x, corner.y] for corner in corners], np.float32),
        page,
    )


@functools.cache
def _zxing() -> ModuleType | None:
    try:
        import zxingcpp
    except ImportError:
        return None
    module: ModuleType = zxingcpp
    return module
