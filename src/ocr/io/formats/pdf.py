"""PDF pages as pictures, drawn by PDFium in a process of its own; see `ocr.io.pdfium`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import (
    DeadlineExceeded,
    ImageDecodeFailed,
    ImageEmpty,
    ImageTooLarge,
    InputError,
    PdfEncrypted,
    TooManyPages,
)
from ocr.io.formats import jpeg, jpeg_markers
from ocr.io.formats.base import FailedPage, Format, Header, OpenFile, broken
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size
from ocr.io.pdfium.pool import POOL
from ocr.io.pdfium.process import Budget, PdfiumProcess
from ocr.io.pdfium.resolution import POINTS_PER_INCH
from ocr.runtime.child import ProcessEnded

SIGNATURE = b"%PDF-"
#: Something else may stand before the signature, as in mails; readers of PDF look for it up to here.
LATEST_START = 1024
#: PDFium's FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY.
_PASSWORD_ERRORS = (4, 5)
_NO_PAGES = 0
#: Seconds that a page gives back: many pages that each take a little are no attack.
_SECONDS_A_PAGE = 0.2
#: Text below this many pixels is not read reliably.
_SMALL_TEXT = 10.0
#: The grey that stands for missing pixel data, and the share of a page below which it is no sign of that.
_FILL, _FEW = 128, 0.005


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Note the file; PDFium opens it when its pages are asked for. See `ocr.io.formats.base.Opener`."""
    return OpenFile(Header("pdf", ()), lambda: _decode(_File(data, limits, password)))


@dataclass
class _File:
    """A file with what is left of its budget."""

    data: bytes
    limits: Limits
    password: str | None
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.limits.max_seconds)

    def ended(self, error: ProcessEnded, what: str) -> InputError:
        """The error for a process that died of the file."""
        if error.timed_out or self.budget.left <= 0:
            return DeadlineExceeded(
                f"{what} took longer than the {self.limits.max_seconds:g} seconds that a file may take; raise the "
                "limit max_seconds"
            )
        return self.too_much(f"{what} crashes the PDF renderer (status {error.status}), or needs")

    def too_much(self, what: str) -> ImageDecodeFailed:
        """The error for a file that needs too much memory."""
        return ImageDecodeFailed(
            f"{what} more than the {self.limits.max_memory / 2**20:.0f} MiB of memory that a file may take; it is "
            "damaged, or raise the limit max_memory"
        )


def _decode(file: _File) -> Iterator[PageImage | FailedPage]:
    """Page after page, in as many processes as it takes: each crash costs a page and a process."""
    index, count, limits = 0, 1, file.limits
    while index < count:
        opened = False
        try:
            with POOL.lease() as process:
                count = _opened(process, file)
                opened = True
                while index < count:
                    try:
                        # Between two pages the process waits, and the budget is not touched.
                        yield _page(process, file, index)
                    except InputError as error:
                        yield FailedPage(index + 1, count, error)
                    else:
                        file.budget.left = min(file.budget.left + _SECONDS_A_PAGE, limits.max_seconds)
                    index += 1
                process.close_document()
        except ProcessEnded as ended:
            if index >= count:
                return
            failure = file.ended(ended, f"page {index + 1} of the PDF" if opened else "the PDF")
            if not opened or isinstance(failure, DeadlineExceeded):
                raise failure from ended
            yield FailedPage(index + 1, count, failure)
            index += 1


def _opened(process: PdfiumProcess, file: _File) -> int:
    """Open the file: how many pages it has.

    Raises:
        PdfEncrypted, ImageEmpty, TooManyPages, ImageTooLarge, ImageDecodeFailed: it cannot be opened.
    """
    limits = file.limits
    answer = process.open(
        file.data, file.budget, password=file.password, memory=limits.max_memory, most=limits.max_pages
    )
    try:
        code = answer.get("load_error")
        if code in _PASSWORD_ERRORS:
            state = "the password is wrong" if file.password else "it needs a password"
            raise PdfEncrypted(f"the PDF is encrypted, {state}; use the password option")
        if code == _NO_PAGES:
            raise ImageEmpty("the PDF has no pages")
        if code is not None:
            raise broken("PDF", "it is damaged")
        _raise_failures(answer, file, "the PDF")
        if answer["count"] > limits.max_pages:
            raise TooManyPages(
                f"the PDF has {answer['count']} pages; at most {limits.max_pages} are read, raise the limit"
            )
        for number, (width, height) in enumerate(answer["sizes"], start=1):
            _check_points(number, width, height, limits)
    except InputError:
        process.close_document()
        raise
    return int(answer["count"])


def _check_points(number: int, width: float, height: float, limits: Limits) -> None:
    if not (math.isfinite(width) and math.isfinite(height)) or min(width, height) <= 0:
        raise ImageEmpty(f"page {number} of the PDF is {width} × {height} points")
    if width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"page {number} of the PDF is {width:.0f} × {height:.0f} points; "
            f"at most {limits.max_pixels} square points are read"
        )
    check_size(max(1, round(width)), max(1, round(height)), limits)


def _raise_failures(answer: dict[str, Any], file: _File, what: str) -> None:
    if answer.get("out_of_memory"):
        raise file.too_much(f"{what} needs")
    if "failed" in answer:
        raise broken("PDF", f"{what} is damaged ({answer['failed']})")


def _page(process: PdfiumProcess, file: _File, index: int) -> PageImage:
    what = f"page {index + 1} of the PDF"
    limits = file.limits
    answer, jpegs, pixels = process.draw(
        index, file.budget, dpi=limits.pdf_dpi, most=limits.pdf_pixels, limit=limits.max_pixels
    )
    _raise_failures(answer, file, what)
    check_size(answer["width"], answer["height"], limits)
    if answer.get("damaged"):
        raise broken("PDF", _damaged_picture(what))
    if pixels is None:
        raise broken("PDF", f"{what} could not be drawn")
    warnings = list(_check_pictures(answer, jpegs, pixels, what, limits))
    if answer["text"]:
        text = answer["text"] * answer["dpi"] / POINTS_PER_INCH
        if text < _SMALL_TEXT and answer["dpi"] < limits.pdf_dpi:
            message = f"the text of a large PDF page is {text:.0f} pixels high; small text can be lost"
            warnings.append(("low_resolution", message))
    if not answer["drawn"]:
        message = "nothing is seen on the PDF page: it is blank, or its content is damaged"
        warnings.append(("page_empty", message))
    return PageImage(pixels, tuple(warnings))


def _check_pictures(
    answer: dict[str, Any], jpegs: bytearray, pixels: npt.NDArray[np.uint8], what: str, limits: Limits
) -> Iterator[tuple[str, str]]:
    """Refuse a page with a damaged picture; warnings about pictures that lack nothing but their end."""
    # What decoders put in place of missing pixel data; without any of it there is no need to decode once more.
    sample = pixels[::8, ::8, 0]
    greyish = int(np.count_nonzero(sample == _FILL)) > _FEW * sample.size
    at, whole = 0, True
    for length, bits, even in answer["jpegs"]:
        data = bytes(jpegs[at : at + length])
        at += length
        try:
            width, height = jpeg_markers.read_header(data).sizes[0]
            if width * height > limits.max_pixels:
                raise broken("PDF", f"a picture has {width} × {height} pixels")
            # CMYK's grey depends on how it is shown.
            look = greyish or even or bits == 32
            whole &= jpeg.check(data, look_for_fill=look, strict=limits.strict)
        except (InputError, IndexError, ValueError) as error:
            raise broken("PDF", _damaged_picture(what)) from error
    if not whole:
        yield "image_incomplete", "a JPEG picture in the PDF lacks its end marker; all of its rows are there"


def _damaged_picture(page: str) -> str:
    return f"a picture on {page} is damaged or cut off"


FORMAT = Format("pdf", "PDF", (SIGNATURE,), open)
