"""Formats of pictures and documents, told apart by their bytes; a format a file, each with one ``open``.

Decoders fill what is missing from a truncated file with grey, and allocate what a header asks for. So each
format reads its header first, refuses what lies outside the limits, and walks the structure before it decodes.
"""

from __future__ import annotations

from ocr.errors import ImageDecodeFailed, ImageEmpty, UnsupportedMediaType
from ocr.io.formats import bmp, gif, heif, jpeg, jpeg2000, jpegxl, pdf, png, pnm, tiff, webp
from ocr.io.formats.base import FailedPage, Format, Header, OpenFile, broken
from ocr.io.limits import Limits

__all__ = ["FORMATS", "SUPPORTED", "FailedPage", "Format", "Header", "OpenFile", "open_bytes", "sniff"]

#: Every format that is recognised, the most frequent first.
FORMATS: tuple[Format, ...] = (
    jpeg.FORMAT,
    png.FORMAT,
    pdf.FORMAT,
    webp.FORMAT,
    tiff.FORMAT,
    gif.FORMAT,
    bmp.FORMAT,
    pnm.FORMAT,
    heif.HEIC,
    heif.AVIF,
    jpeg2000.FORMAT,
    jpegxl.FORMAT,
)
#: Formats that are read without any extra, as they are listed to people.
SUPPORTED = "JPEG, PNG, WebP, GIF, BMP, TIFF, PNM (PBM, PGM, PPM) or PDF"
#: A file that is shorter than this can be one that was cut off inside its signature.
_LONGEST_SIGNATURE = 12


def sniff(data: bytes) -> Format:
    """The format of some bytes; the name of a file never counts.

    Raises:
        ImageEmpty: there are no bytes.
        UnsupportedMediaType: the bytes belong to no known format.
        ImageDecodeFailed: the bytes are the first few of a known format and stop inside its signature.
    """
    if not data:
        raise ImageEmpty("the input is empty (0 bytes); expected a picture or a PDF")
    for known in FORMATS:
        if known.matches(data):
            return known
    if pdf.SIGNATURE in data[: pdf.LATEST_START]:
        return pdf.FORMAT
    if 2 <= len(data) < _LONGEST_SIGNATURE:
        for known in FORMATS:
            if any(signature.startswith(data[: len(signature)]) for signature in known.signatures):
                raise ImageDecodeFailed(
                    f"the {known.title} file is truncated: it ends after {len(data)} bytes"
                )
    raise UnsupportedMediaType(
        f"the input begins with {bytes(data[:8])!r}, which is no known picture; expected {SUPPORTED}"
    )


def open_bytes(data: bytes, limits: Limits | None = None, password: str | None = None) -> OpenFile:
    """Tell the format by the bytes and read the header; nothing is decoded before `OpenFile.decode` is used.

    Args:
        data: the whole file.
        limits: what to refuse; the defaults of `Limits` where ``None``.
        password: of an encrypted PDF.

    Raises:
        ImageEmpty, UnsupportedMediaType, ImageDecodeFailed: the bytes are no whole picture.
        ImageTooLarge, ImageBadAspect, TooManyPages: outside the limits.
        PdfEncrypted: the PDF needs a password, or another one.
    """
    start = data[:64].lstrip(b"\r\n\t ")
    if len(start) < len(data[:64]) and any(known.matches(start) for known in FORMATS):
        data = data[len(data[:64]) - len(start) :]  # A stray newline that a server sent first.
    known = sniff(data)
    try:
        return known.open(data, limits or Limits(), password)
    except (IndexError, ValueError, ArithmeticError) as error:
        raise broken(known.title, "its header is damaged or cut off") from error
