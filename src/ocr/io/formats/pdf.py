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
from ocr.io.formats import jpeg
from ocr.io.formats.base import FailedPage, Format, Header, OpenFile, broken
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size
from ocr.io.pdfium.pool import POOL
from ocr.io.pdfium.process import Budget, PdfiumProcess, ProcessEnded

SIGNATURE = b"%PDF-"
#: Something else may stand before the signature, as in mails; readers of PDF look for it up to here.
LATEST_START = 1024
_POINTS_PER_INCH = 72.0
#: PDFium's FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY.
_PASSWORD_ERRORS = (4, 5)
_NO_PAGES = 0
#: Pictures that cover this share of a page decide its resolution.
_MIN_COVER = 0.2
#: With more paths than this a page is drawn, whatever pictures it has.
_FEW_PATHS = 20
#: A page that is one picture is drawn at that picture's resolution, but not below this one (dots per inch).
_MIN_DPI = 36.0
#: Text below this many pixels is not read reliably.
_SMALL_TEXT = 10.0
#: The grey that stands for missing pixel data, and the share of a page below which it is no sign of that.
_FILL, _FEW = 128, 0.005
#: PDFium rounds sizes up: a hair less keeps 240.0000001 pixels from becoming 241.
_HAIR = 1 - 1e-6


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
        return broken("PDF", f"{what} more than {self.limits.max_memory / 2**20:.0f} MiB of memory")


def _decode(file: _File) -> Iterator[PageImage | FailedPage]:
    """Page after page, in as many processes as it takes: each crash costs a page and a process."""
    index, count = 0, 1
    while index < count:
        opened = False
        try:
            with POOL.lease() as process:
                sizes = _opened(process, file)
                opened, count = True, len(sizes)
                while index < count:
                    try:
                        # Between two pages the process waits, and the budget is not touched.
                        yield _page(process, file, index, sizes[index])
                    except InputError as error:
                        yield FailedPage(index + 1, count, error)
                    index += 1
                process.close_document(file.budget)
        except ProcessEnded as ended:
            if index >= count:
                return
            failure = file.ended(ended, f"page {index + 1} of the PDF" if opened else "the PDF")
            if not opened or isinstance(failure, DeadlineExceeded):
                raise failure from ended
            yield FailedPage(index + 1, count, failure)
            index += 1


def _opened(process: PdfiumProcess, file: _File) -> list[tuple[float, float]]:
    """Open the file: sizes of its pages in points.

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
        sizes = [(float(width), float(height)) for width, height in answer["sizes"]]
        for number, (width, height) in enumerate(sizes, start=1):
            _check_points(number, width, height, limits)
    except InputError:
        process.close_document(file.budget)
        raise
    return sizes


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


def _page(process: PdfiumProcess, file: _File, index: int, size: tuple[float, float]) -> PageImage:
    what = f"page {index + 1} of the PDF"
    measured, _ = process.ask("measure", file.budget, page=index)
    _raise_failures(measured, file, what)
    dpi = _resolution(measured, size, file.limits)
    width, height = (max(1, math.ceil(side * dpi / _POINTS_PER_INCH * _HAIR)) for side in size)
    check_size(width, height, file.limits)
    answer, pixels = process.draw(width, height, file.budget)
    _raise_failures(answer, file, what)
    drawn = not bool((pixels[:1] == pixels[0, 0]).all() and (pixels == pixels[:1, :1]).all())
    warnings = list(_check_pictures(process, file, what, pixels, drawn=drawn))
    text = measured["text"]
    if text and text * dpi / _POINTS_PER_INCH < _SMALL_TEXT and dpi < file.limits.pdf_dpi:
        warnings.append(
            (
                "low_resolution",
                f"a large PDF page was drawn at {dpi:.0f} dpi, its text {text * dpi / _POINTS_PER_INCH:.0f} pixels "
                "high; small text can be lost",
            )
        )
    if not drawn:
        warnings.append(
            ("page_empty", "nothing is seen on the PDF page: it is blank, or its content is damaged")
        )
    return PageImage(pixels, tuple(warnings))


def _resolution(measured: dict[str, Any], size: tuple[float, float], limits: Limits) -> float:
    """Dots per inch to draw a page at: that of the pictures on it where they are all there is, never less pixels than
    they have elsewhere; lowered for pages that would pass the limit."""
    own = _picture_dpi(measured["pictures"])
    dpi = limits.pdf_dpi
    if own is not None:
        only_pictures = measured["text"] is None and measured["paths"] <= _FEW_PATHS
        dpi = max(own, _MIN_DPI) if only_pictures else max(dpi, own)
    inches = size[0] * size[1] / _POINTS_PER_INCH**2
    affordable = math.sqrt(min(limits.pdf_pixels, limits.max_pixels) / inches)
    return min(dpi, max(affordable, min(_POINTS_PER_INCH, math.sqrt(limits.max_pixels / inches))))


def _picture_dpi(pictures: list[list[float]]) -> float | None:
    """The resolution that half of the area of all pictures reaches; ``None`` where they cover little of the page."""
    covered = sum(share for _, share in pictures)
    if covered < _MIN_COVER:
        return None
    reached = 0.0
    for dpi, share in sorted(((dpi, share) for dpi, share in pictures), reverse=True):
        reached += share
        if reached >= covered / 2:
            return dpi
    return None


def _check_pictures(
    process: PdfiumProcess, file: _File, what: str, pixels: npt.NDArray[np.uint8], *, drawn: bool
) -> Iterator[tuple[str, str]]:
    """Refuse a page with a damaged picture; warnings about pictures that lack nothing but their end."""
    answer, body = process.ask("check", file.budget, drawn=drawn)
    _raise_failures(answer, file, what)
    damaged = f"a picture on {what} is damaged or cut off"
    if answer["damaged"]:
        raise broken("PDF", damaged)
    # What decoders put in place of missing pixel data; without any of it there is no need to decode once more.
    sample = pixels[::8, ::8, 0]
    greyish = int(np.count_nonzero(sample == _FILL)) > _FEW * sample.size
    at, whole = 0, True
    for length, bits in answer["jpegs"]:
        data = bytes(body[at : at + length])
        at += length
        try:
            # CMYK's grey depends on how it is shown.
            whole &= jpeg.check(data, look_for_fill=greyish or bits == 32, strict=file.limits.strict)
        except InputError as error:
            raise broken("PDF", damaged) from error
    if not whole:
        yield "image_incomplete", "a JPEG picture in the PDF lacks its end marker; all of its rows are there"


FORMAT = Format("pdf", "PDF", (SIGNATURE,), open)
